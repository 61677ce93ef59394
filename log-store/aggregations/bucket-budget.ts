import { StoreError } from '../engine/store-error.ts';

/** Buckets in one answer, all levels together, as Elasticsearch's `search.max_buckets`. */
export const MAX_BUCKETS = 65_536;
/** Buckets held in memory while one search gathers; of a terms aggregation only the best are shown, but all are counted. */
const MAX_HELD_BUCKETS = 500_000;

/** Bounds the buckets of one search, so that no request takes the memory of all others. */
export class BucketBudget {
  #held = 0;
  #shown = 0;

  /** A bucket is made; throws a 429 when too many are held. */
  hold(): void {
    if (++this.#held > MAX_HELD_BUCKETS) {
      throw new StoreError(
        429,
        'circuit_breaking_exception',
        `the aggregation would hold more than ${MAX_HELD_BUCKETS} buckets in memory; narrow the query or choose a longer interval`,
        { durability: 'TRANSIENT' },
      );
    }
  }

  release(count: number): void {
    this.#held -= count;
  }

  /** A bucket goes into the answer; throws a 400 when that has too many. */
  show(): void {
    if (++this.#shown > MAX_BUCKETS) this.refuse();
  }

  refuse(): never {
    throw new StoreError(
      400,
      'too_many_buckets_exception',
      `Trying to create too many buckets. Must be less than or equal to: [${MAX_BUCKETS}].`,
      { max_buckets: MAX_BUCKETS },
    );
  }
}
