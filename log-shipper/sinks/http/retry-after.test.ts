import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const nowMs = Date.UTC(2026, 10, 29, 8, 0, 0);

test.each([
  [undefined, undefined],
  ['7', 7_000],
  [' 0 ', 0],
  ['Sun, 29 Nov 2026 08:00:30 GMT', 30_000],
  ['Sun, 29 Nov 2026 07:00:00 GMT', 0],
  ['soon', undefined],
  ['-1', undefined],
])('%s is %s ms', (header, expected) => {
  expect(retryAfterMs(header, nowMs)).toBe(expected);
});
