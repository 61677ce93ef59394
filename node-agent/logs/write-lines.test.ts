import { expect, test } from 'vitest';
import { LineWriter } from './write-lines.ts';
import { parseLogParameters } from './log-parameters.ts';
import type { LogLine } from './log-line.ts';

const line = (escaped: string, over: Partial<LogLine> = {}): LogLine => ({
  escaped: Buffer.from(escaped),
  stream: 'stdout',
  time: '2026-01-02T03:04:05.5Z',
  position: { rotation: 'r', offset: 0 },
  isWhole: true,
  ...over,
});

function write(query: string, lines: readonly LogLine[]): string {
  const writer = new LineWriter(parseLogParameters(new URLSearchParams(query), 0), {
    containerId: 'c'.repeat(64),
    restartCount: 2,
  });
  return writer.encode(lines).toString();
}

test('lines are text, with times when asked for', () => {
  expect(write('', [line('a \\"b\\"'), line('torn', { isWhole: false })])).toBe('a "b"\ntorn');
  expect(write('timestamps=true', [line('a')])).toBe('2026-01-02T03:04:05.5Z a\n');
});

test('records carry position and identity, the text copied as it was escaped', () => {
  const text = write('format=records', [line('a \\"b\\" \\u003c', { position: { rotation: 'r', offset: 71 } })]);
  expect(JSON.parse(text)).toEqual({
    id: `${'c'.repeat(16)}-r-1z`,
    containerId: 'c'.repeat(64),
    restartCount: 2,
    rotation: 'r',
    offset: 71,
    time: '2026-01-02T03:04:05.5Z',
    stream: 'stdout',
    message: 'a "b" <',
  });
});

test('only what is wanted is written', () => {
  const lines = [0, 10, 20].map((offset) =>
    line(`at ${offset}`, {
      position: { rotation: 'r', offset },
      time: `2026-01-02T03:04:${10 + offset}Z`,
      stream: offset === 10 ? 'stderr' : 'stdout',
    }),
  );
  expect(write('after=r-a', lines)).toBe('at 20\n');
  expect(write('stream=Stderr', lines)).toBe('at 10\n');
  expect(write('sinceTime=2026-01-02T03:04:20Z', lines)).toBe('at 10\nat 20\n');
  expect(write('limitBytes=7', lines)).toBe('at 0\nat');
});
