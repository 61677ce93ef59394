import { describe, expect, test } from 'vitest';
import { helpOf, parseVerbArguments } from './command.ts';

const verb = {
  options: {
    tail: { type: 'string', help: 'N' },
    follow: { type: 'boolean', short: 'f', help: '' },
    previous: { type: 'string', short: 'p', help: 'N runs before', implied: '1' },
  },
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

  test('an option with an implied value stands alone or has its value behind =', () => {
    const previousOf = (...words: string[]) => parseVerbArguments(verb, words).string('previous');
    expect([previousOf('pod'), previousOf('--previous', 'pod'), previousOf('-p', 'pod')]).toEqual([
      undefined,
      '1',
      '1',
    ]);
    expect(previousOf('--previous=3')).toBe('3');
  });

  test('are explained with what can be left out, and by examples', () => {
    const help = helpOf('logs', {
      ...verb,
      usage: 'POD',
      summary: 's',
      run: () => Promise.resolve(0),
      examples: [['kctl logs a', 'lines of a']],
    });
    expect(help).toContain('--previous[=N] ');
    expect(help).toContain('examples:\n  kctl logs a\n      lines of a');
  });

  test('an unknown option is named', () => {
    expect(() => parseVerbArguments(verb, ['--nonsense'])).toThrow('--nonsense');
  });
});
