import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineTimes } from './line-time.ts';

const nanosOf = (times: LineTimes, text: string) => times.nanos(Buffer.from(`x${text}y`), 1, 1 + text.length);

test.each([
  ['2026-11-29T08:00:00Z', 1_795_939_200_000_000_000n],
  ['2026-11-29T08:00:00.5Z', 1_795_939_200_500_000_000n],
  ['2026-11-29T08:00:00.000000001Z', 1_795_939_200_000_000_001n],
  ['2026-11-29T09:00:00.5+01:00', 1_795_939_200_500_000_000n],
  ['2026-11-29T08:00:00.1234567891Z', undefined],
  ['2026-11-29T08:00:00.12x4Z', undefined],
  ['yesterday, or the day before.1Z', undefined],
  ['', undefined],
])('%s', (text, nanos) => {
  expect(nanosOf(new LineTimes(), text)).toBe(nanos);
});

test('what is remembered of one time does not change the next', () => {
  const time = fc.record({
    second: fc.integer({ min: 0, max: 4_000_000_000 }),
    digits: fc.stringMatching(/^\d{1,9}$/),
  });
  const times = new LineTimes();
  fc.assert(
    fc.property(fc.array(time), (all) => {
      for (const { second, digits } of all) {
        const text = `${new Date(second * 1_000).toISOString().slice(0, 19)}.${digits}Z`;
        const expected = BigInt(second) * 1_000_000_000n + BigInt(digits.padEnd(9, '0'));
        expect(nanosOf(times, text)).toBe(expected);
      }
    }),
  );
});
