import { describe, expect, test } from 'vitest';
import { parseVerbArguments } from './command.ts';

const verb = {
  options: { tail: { type: 'string', help: 'N' }, follow: { type: 'boolean', short: 'f', help: '' } },
} as const;

describe('the arguments of a verb', () => {
  test('a negative number is the value of the option before it', () => {
    const args = parseVerbArguments(verb, ['pod', '--tail', '-1', '-f']);
    expect(args.string('tail')).toBe('-1');
    expect(args.flag('follow')).toBe(true);
    expect(args.positionals).toEqual(['pod']);
  });

  test('what stands behind -- is passed on as it is', () => {
    expect(parseVerbArguments(verb, ['pod', '--', 'ls', '--tail', '-1']).rest).toEqual(['ls', '--tail', '-1']);
  });

  test('an unknown option is named', () => {
    expect(() => parseVerbArguments(verb, ['--nonsense'])).toThrow('--nonsense');
  });
});
