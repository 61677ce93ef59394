import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommandOptions, ResizeParser } from './command-streams.ts';
import { statusOfError, statusOfExitCode } from './command-status.ts';

describe('the query of exec and attach', () => {
  test.each([
    [
      'command=ls&command=-l&stdout=true',
      { command: ['ls', '-l'], stdin: false, stdout: true, stderr: false, tty: false },
    ],
    ['command=sh&input=1&output=1&error=1', { command: ['sh'], stdin: true, stdout: true, stderr: true, tty: false }],
    ['command=sh&stdin=true&stdout=true&stderr=true&tty=true', { stderr: false, tty: true }],
    ['command=&stdout=true', { command: [''] }],
  ])('%s is understood', (query, expected) => {
    expect(parseCommandOptions(new URLSearchParams(query))).toMatchObject(expected);
  });

  test.each([
    ['nothing to stream', 'command=ls'],
    ['a NUL byte', 'command=a%00b&stdout=true'],
    ['a command that is too long', `command=${'x'.repeat(300_000)}&stdout=true`],
    ['too many arguments', `${'command=x&'.repeat(2000)}stdout=true`],
  ])('%s is refused with a sentence', (_what, query) => {
    expect(parseCommandOptions(new URLSearchParams(query))).toBeTypeOf('string');
  });
});

describe('terminal sizes', () => {
  test('are read however the bytes are cut', () => {
    const size = fc.record({ width: fc.integer({ min: 1, max: 500 }), height: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(fc.array(size, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (sizes, step) => {
        const text = sizes.map(({ width, height }) => `{"Width":${width},"Height":${height}}\n`).join('');
        const parser = new ResizeParser();
        const read = [];
        for (let at = 0; at < text.length; at += step)
          read.push(...parser.push(Buffer.from(text.slice(at, at + step))));
        expect(read).toEqual(sizes);
      }),
    );
  });

  test('what is no size is dropped', () => {
    const parser = new ResizeParser();
    expect(parser.push(Buffer.from('{"Width":0,"Height":3}{"Width":1e9,"Height":3}nonsense}'))).toEqual([]);
    expect(parser.push(Buffer.from('{"Width":80,"Height":24}'))).toEqual([{ width: 80, height: 24 }]);
  });

  test('an endless object takes no memory', () => {
    const parser = new ResizeParser();
    for (let count = 0; count < 100; count++) parser.push(Buffer.from('{"Width":'.repeat(100)));
    expect(parser.push(Buffer.from('}{"Width":80,"Height":24}'))).toEqual([{ width: 80, height: 24 }]);
  });
});

describe('the status at the end of a command', () => {
  test('tells success, an exit code and an error apart', () => {
    expect(statusOfExitCode(0)).toEqual({ metadata: {}, status: 'Success' });
    expect(statusOfExitCode(2)).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '2' }] },
    });
    expect(statusOfError(new Error('no such container'))).toMatchObject({ reason: 'InternalError', code: 500 });
  });
});
