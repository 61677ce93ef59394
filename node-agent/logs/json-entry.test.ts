import { expect, test } from 'vitest';
import fc from 'fast-check';
import { parseJsonEntry, unescapeText } from './json-entry.ts';

const time = '2026-01-02T03:04:05.123456789Z';
const entry = (log: string, stream = 'stdout') => Buffer.from(JSON.stringify({ log, stream, time }));

test('whatever a container writes comes back as it was written', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('stdout', 'stderr'),
      fc.boolean(),
      (text, stream, isEnd) => {
        const clean = text.replaceAll('\n', ' ');
        const parsed = parseJsonEntry(entry(isEnd ? `${clean}\n` : clean, stream));
        expect(parsed).toMatchObject({ isLineEnd: isEnd, stream, time });
        expect(unescapeText(parsed?.escaped ?? Buffer.alloc(0)).toString()).toBe(Buffer.from(clean).toString());
      },
    ),
  );
});

test.each([
  ['a backslash and an n at the end are not a newline', 'C:\\n', false],
  ['quotes and names of fields inside the text are text', '","stream":"stderr","time":"x"}\n', true],
  ['an empty line', '\n', true],
])('%s', (_what, log, isLineEnd) => {
  const parsed = parseJsonEntry(entry(log));
  expect(parsed).toMatchObject({ isLineEnd, stream: 'stdout', time });
  expect(unescapeText(parsed?.escaped ?? Buffer.alloc(0)).toString()).toBe(log.replace(/\n$/, ''));
});

test('what a crash tore apart is not an entry', () => {
  const whole = entry('some text\n');
  for (let length = 0; length < whole.length - 2; length++)
    expect(parseJsonEntry(whole.subarray(0, length))).toBeUndefined();
});
