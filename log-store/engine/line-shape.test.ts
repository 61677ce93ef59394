import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatNanoTime } from '../../lib/nano-time.ts';
import { levelOf, LineScanner, renderLine, streamOf } from './line-shape.ts';
import { scanMessage } from './token-scan.ts';
import { newBloom } from './bloom.ts';

const TAIL = ',"file":{"path":"/a"}},"container":{"id":"c"}}';

/** What the scanner makes of a document, rendered again; `undefined` when it takes it for no line. */
function again(document: string): string | undefined {
  const bytes = Buffer.from(document);
  const line = new LineScanner();
  if (!line.begin(bytes, 0, bytes.length)) return undefined;
  const scan = { plain: true, tokenized: true };
  const messageEnd = scanMessage(bytes, line.messageStart, bytes.length, 1, newBloom(), scan);
  if (messageEnd < 0 || !line.finish(bytes, messageEnd, bytes.length)) return undefined;
  const message = bytes.subarray(line.messageStart, line.messageEnd);
  const tail = bytes.subarray(line.tailStart);
  return renderLine(line.ms, line.subNs, line.flags, message, line.offset, tail).toString();
}

function line(over: { time?: string; stream?: string; message?: string; log?: string } = {}): string {
  const { time = '2026-11-29T08:00:00.123456789Z', stream = 'stdout', message = 'hello' } = over;
  return `{"@timestamp":"${time}","stream":"${stream}","message":"${message}","log":{${over.log ?? '"level":"warn","offset":12'}${TAIL}`;
}

describe('a line of the shape that the shipper writes', () => {
  test('is made again byte for byte from its parts, whatever it says', () => {
    const time = fc
      .tuple(
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
        fc.integer({ min: 0, max: 999_999 }),
        fc.integer({ min: 0, max: 9 }),
      )
      .map(([ms, subNs, digits]) => {
        const text = formatNanoTime({ ms, subNs: subNs === 0 ? 1 : subNs });
        return digits === 0 ? `${text.slice(0, 19)}Z` : `${text.slice(0, 20 + digits)}Z`;
      });
    const message = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text).slice(1, -1));
    const log = fc
      .tuple(
        fc.constantFrom('', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'),
        fc.integer({ min: 0, max: 2 ** 50 - 1 }),
      )
      .map(([level, offset]) => `${level === '' ? '' : `"level":"${level}",`}"offset":${offset}`);
    fc.assert(
      fc.property(time, fc.constantFrom('stdout', 'stderr'), message, log, (...[at, stream, said, rest]) => {
        const document = line({ time: at, stream, message: said, log: rest });
        expect(again(document)).toBe(document);
      }),
    );
  });

  test('is read into time, stream and level', () => {
    const bytes = Buffer.from(line({ stream: 'stderr' }));
    const scanner = new LineScanner();
    expect(scanner.begin(bytes, 0, bytes.length)).toBe(true);
    expect(scanner.finish(bytes, scanner.messageStart + 'hello'.length, bytes.length)).toBe(true);
    expect(scanner.ms).toBe(Date.UTC(2026, 10, 29, 8) + 123);
    expect(scanner.subNs).toBe(456_789);
    expect([streamOf(scanner.flags), levelOf(scanner.flags), scanner.offset]).toEqual(['stderr', 'warn', 12]);
  });
});

test.each([
  ['a day that does not exist', line({ time: '2026-02-30T08:00:00Z' })],
  ['an hour that does not exist', line({ time: '2026-02-03T24:00:00Z' })],
  ['a time with an offset', line({ time: '2026-02-03T08:00:00+01:00' })],
  ['ten digits of fraction', line({ time: '2026-02-03T08:00:00.1234567890Z' })],
  ['a point without digits', line({ time: '2026-02-03T08:00:00.Z' })],
  ['another stream', line({ stream: 'stdlog' })],
  ['another level', line({ log: '"level":"warning","offset":1' })],
  ['an offset with a leading zero', line({ log: '"offset":01' })],
  ['an offset that is no whole number', line({ log: '"offset":1.5' })],
  ['a negative offset', line({ log: '"offset":-1' })],
  ['an offset beyond what is exact', line({ log: '"offset":9007199254740993' })],
  ['a control character', line({ message: 'a\u0001b' })],
  ['an escape that JSON does not have', line({ message: String.raw`a\x41` })],
  ['a message without end', '{"@timestamp":"2026-11-29T08:00:00Z","stream":"stdout","message":"hello'],
])('%s is left to the long way', (_name, document) => {
  expect(again(document)).toBeUndefined();
});
