import { describe, expect, test } from 'vitest';
import { DistinctCounter } from './distinct-counter.ts';
import { TDigest } from './t-digest.ts';

describe('different values', () => {
  test('are counted exactly up to the limit', () => {
    const counter = new DistinctCounter(3_000);
    for (let n = 0; n < 9_000; n++) counter.add(`v${n % 3_000}`);
    expect(counter.count()).toBe(3_000);
  });

  test.each([5_000, 100_000, 400_000])('%i of them are counted within 2 %', (different) => {
    const counter = new DistinctCounter(3_000);
    for (let n = 0; n < different; n++) counter.add(n % 2 === 0 ? n : `v${n}`);
    expect(Math.abs(counter.count() / different - 1)).toBeLessThan(0.02);
  });
});

describe('quantiles', () => {
  const shapes: Readonly<Record<string, (n: number) => number>> = {
    even: (n) => (n * 7_919) % 100_003,
    skewed: (n) => Math.exp(((n * 7_919) % 100_003) / 10_000),
    descending: (n) => 100_003 - n,
  };

  test.each(Object.entries(shapes))('of %s values are within 1 % of rank, the ends much nearer', (_name, shape) => {
    const digest = new TDigest();
    const values = Array.from({ length: 100_003 }, (_, n) => shape(n));
    for (const value of values) digest.add(value);
    const sorted = Float64Array.from(values).sort();
    for (const [q, near] of [
      [0.001, 0.001],
      [0.25, 0.01],
      [0.5, 0.01],
      [0.99, 0.002],
      [0.999, 0.001],
    ] as const) {
      const rank = sorted.findIndex((value) => value >= digest.quantile(q)) / sorted.length;
      expect(Math.abs(rank - q), `quantile ${q}`).toBeLessThan(near);
      expect(Math.abs(digest.rank(sorted[Math.floor(q * sorted.length)] ?? 0) - q), `rank ${q}`).toBeLessThan(near);
    }
    expect(digest.quantile(0)).toBe(sorted[0]);
    expect(digest.quantile(1)).toBe(sorted.at(-1));
  });

  test('of nothing are not a number', () => {
    expect(new TDigest().quantile(0.5)).toBeNaN();
    expect(new TDigest().rank(1)).toBeNaN();
  });
});
