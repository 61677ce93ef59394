import { expect, test } from 'vitest';
import { BusyLog } from './busy-log.ts';

/** Waits that a log asks for, which grows by so many bytes a millisecond in files of this size. */
function waits(bytesPerMs: number, fileBytes: number, forMs: number): number[] {
  const log = new BusyLog(0);
  const found: number[] = [];
  let file = 0;
  for (let nowMs = 0; nowMs < forMs; nowMs = log.dueMs) {
    const written = nowMs * bytesPerMs;
    const current = Math.floor(written / fileBytes);
    log.observed(nowMs, written % fileBytes, current !== file);
    file = current;
    found.push(log.dueMs - nowMs);
  }
  return found;
}

test.each([
  ['small files at full speed', 30_000, 100_000],
  ['tiny files', 30_000, 20_000],
  ['large files', 100_000, 10_485_760],
])('%s are asked for at least twice while one fills', (_what, bytesPerMs, fileBytes) => {
  const fillMs = fileBytes / bytesPerMs;
  const later = waits(bytesPerMs, fileBytes, fillMs * 20).slice(20);
  expect(later.length).toBeGreaterThan(0);
  expect(Math.max(...later)).toBeLessThanOrEqual(Math.max(fillMs / 2, 0.2));
});

test('before a rotation was seen, files are taken to be small, and the log to be fast', () => {
  const log = new BusyLog(0);
  log.observed(0, 0, false);
  expect(log.dueMs).toBeCloseTo(0.2);
  log.observed(1, 1_000_000, false);
  expect(log.dueMs).toBeCloseTo(1.2);
});

test('a log that is slower than it was is asked less often, at least every 10 ms', () => {
  const log = new BusyLog(0);
  for (let nowMs = 0; nowMs < 100; nowMs++) log.observed(nowMs, nowMs * 100, false);
  expect(log.dueMs).toBeCloseTo(109);
});

test('a log that does not grow is quiet', () => {
  const log = new BusyLog(0);
  log.observed(0, 100, false);
  log.observed(50, 200, false);
  expect(log.isQuiet(150)).toBe(false);
  log.observed(151, 200, false);
  expect(log.isQuiet(151)).toBe(true);
});
