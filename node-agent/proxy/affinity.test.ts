import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AFFINITY_BUCKETS, affinityBuckets } from './affinity.ts';

const backends = fc.uniqueArray(
  fc.integer({ min: 2, max: 254 }).map((last) => ({ ip: `10.244.1.${last}`, port: 80, node: undefined })),
  { minLength: 2, maxLength: 6, selector: (backend) => backend.ip },
);

describe('session affinity', () => {
  test('when a backend goes, only its own clients move', () => {
    fc.assert(
      fc.property(backends, (all) => {
        const [gone, ...rest] = all;
        const [before, after] = [affinityBuckets(all), affinityBuckets(rest)];
        expect(before).toHaveLength(AFFINITY_BUCKETS);
        for (const [bucket, backend] of before.entries()) {
          if (backend.ip !== gone?.ip) expect(after[bucket]).toBe(backend);
        }
      }),
    );
  });

  test('every backend has a share', () => {
    const three = [2, 3, 4].map((last) => ({ ip: `10.244.1.${last}`, port: 80, node: undefined }));
    const shares = Object.values(Object.groupBy(affinityBuckets(three), (backend) => backend.ip)).map(
      (share) => share?.length ?? 0,
    );
    expect(Math.min(...shares)).toBeGreaterThan(AFFINITY_BUCKETS / 10);
  });
});
