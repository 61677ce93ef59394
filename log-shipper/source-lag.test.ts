import { expect, test } from 'vitest';
import { SourceLag, type SourceProgress } from './source-lag.ts';

const idle: SourceProgress = {
  passedBytes: 0,
  backlogBytes: 0,
  sentBatches: 0,
  acknowledgedBatches: 0,
  isGathering: false,
};

test('nothing waits, nothing lags', () => {
  const lag = new SourceLag();
  expect(lag.observe(0, idle)).toBe(0);
  expect(lag.observe(60_000, { ...idle, passedBytes: 10, sentBatches: 1, acknowledgedBatches: 1 })).toBe(0);
});

test('while the output takes nothing, lag grows from the moment that all was well', () => {
  const lag = new SourceLag();
  lag.observe(0, idle);
  const stuck = { ...idle, passedBytes: 100, sentBatches: 1 };
  expect([1_000, 30_000, 31_000].map((ms) => lag.observe(ms, stuck))).toEqual([1, 30, 31]);
  // More and more waits; that is no reason to look younger.
  expect(lag.observe(60_000, { ...stuck, backlogBytes: 5_000 })).toBe(60);
  expect(lag.observe(61_000, { ...idle, passedBytes: 5_100, sentBatches: 2, acknowledgedBatches: 2 })).toBe(0);
});

test('under steady load lag is about the time between two looks, although something always waits', () => {
  const lag = new SourceLag();
  const seen = Array.from({ length: 60 }, (_, n) =>
    lag.observe(n * 1_000, {
      passedBytes: n * 1_000,
      backlogBytes: 10,
      sentBatches: n * 10 + 1,
      acknowledgedBatches: n * 10,
      isGathering: true,
    }),
  );
  expect(Math.max(...seen)).toBeLessThanOrEqual(3);
});

test('a reader that is slower than its writer falls behind, and that shows', () => {
  const lag = new SourceLag();
  // A thousand bytes are written a second, half of them read.
  const seen = Array.from({ length: 101 }, (_, n) =>
    lag.observe(n * 1_000, {
      passedBytes: n * 500,
      backlogBytes: n * 500,
      sentBatches: n,
      acknowledgedBatches: n,
      isGathering: false,
    }),
  );
  // What is read after a hundred seconds was written after fifty.
  expect(seen[100]).toBeGreaterThanOrEqual(45);
  expect(seen[100]).toBeLessThanOrEqual(80);
});

test('bytes that were given up do not wait for ever', () => {
  const lag = new SourceLag();
  lag.observe(0, { ...idle, backlogBytes: 1_000 });
  expect(lag.observe(1_000, { ...idle, passedBytes: 1_000, backlogBytes: 50 })).toBeLessThanOrEqual(1);
});
