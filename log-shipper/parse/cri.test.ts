import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCriLine } from './cri.ts';
import { criFormat, dockerFormat, formatOf, newLogLine } from './line-format.ts';

function parse(text: string) {
  const bytes = Buffer.from(`before\n${text}`);
  const line = newLogLine();
  if (!parseCriLine(bytes, 7, bytes.length, line)) return undefined;
  return {
    time: bytes.toString('utf8', line.timeStart, line.timeEnd),
    stderr: line.stderr,
    partial: line.partial,
    text: bytes.toString('utf8', line.textStart, line.textEnd),
  };
}

test.each([
  ['2026-01-02T03:04:05.678901234Z stdout F hello you', { stderr: false, partial: false, text: 'hello you' }],
  ['2026-01-02T03:04:05Z stderr P  spaces ', { stderr: true, partial: true, text: ' spaces ' }],
  ['2026-01-02T03:04:05.678901234+02:00 stdout F ', { stderr: false, partial: false, text: '' }],
  ['2026-01-02T03:04:05.678901234+02:00 stdout F', { stderr: false, partial: false, text: '' }],
  ['2026-01-02T03:04:05.1Z stdout P:more:tags text', { stderr: false, partial: true, text: 'text' }],
] as const)('%s', (text, expected) => {
  expect(parse(text)).toEqual({ time: text.split(' ')[0], ...expected });
});

test.each([
  '',
  'text',
  '2026-01-02T03:04:05.678901234Z',
  '2026-01-02T03:04:05.678901234Z stdout',
  '2026-01-02T03:04:05.678901234Z stdin F text',
  '2026-01-02T03:04:05.678901234Z stdout X text',
  '2026-01-02T03:04:05.678901234Z stdout Full text',
  '2026-01-02T03:04:05.6789012345678901234567890Z stdout F text',
  '{"log":"x\\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}',
])('%j is not such a line', (text) => {
  expect(parse(text)).toBeUndefined();
});

test('any text comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (any, partial) => {
      const text = any.replaceAll('\n', ' ');
      const found = parse(`2026-01-02T03:04:05.678901234Z stdout ${partial ? 'P' : 'F'} ${text}`);
      expect(found).toMatchObject({ partial, text: Buffer.from(text).toString() });
    }),
  );
});

test('the first line tells the format', () => {
  expect(formatOf(Buffer.from('2026-01-02T03:04:05Z stderr F x'))).toBe(criFormat);
  expect(formatOf(Buffer.from('{"log":"x\\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}'))).toBe(dockerFormat);
  expect(formatOf(Buffer.from('anything'))).toBe(dockerFormat);
});
