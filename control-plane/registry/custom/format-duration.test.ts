import { expect, it } from 'vitest';
import { durationIn } from './format-duration.ts';

it.each([
  ['1h30m', '1h30m'],
  ['-1.5s', '-1.5s'],
  ['0', '0'],
  ['1w1d', '168h24h'],
  ['2 days', '48h'],
  ['5s2', '5s'],
  ['soon', undefined],
  ['5', undefined],
  ['5 parsecs', undefined],
])('a text of the format duration says how long: %s', (text, expected) => expect(durationIn(text)).toBe(expected));

it('looks through a text of a million digits once', () => {
  const digits = '1'.repeat(1_000_000);
  expect(durationIn(digits)).toBeUndefined();
  expect(durationIn(`${digits} and 5m`)).toContain('5m');
});
