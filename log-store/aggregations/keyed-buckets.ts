import type { RollupEntry } from '../engine/rollup.ts';
import type { DocView } from '../query/doc-view.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { SubAggregations, type Plans } from './sub-aggregations.ts';

export type BucketKey = string | number;

/** One bucket: how many documents and what is aggregated below it. */
export class Bucket {
  count = 0;
  readonly #subs: SubAggregations | undefined;

  constructor(plans: Plans) {
    this.#subs = plans.size > 0 ? new SubAggregations(plans) : undefined;
  }

  add(doc: DocView): void {
    this.count++;
    this.#subs?.collect(doc);
  }

  addRollup(entry: RollupEntry): void {
    this.count += entry.count;
    this.#subs?.collectRollup(entry);
  }

  /** The result of one of the aggregations below. */
  resultOf(name: string): Readonly<Record<string, unknown>> {
    return this.#subs?.resultOf(name) ?? {};
  }

  render(): Record<string, unknown> {
    return { doc_count: this.count, ...this.#subs?.result() };
  }
}

/** Buckets by key, made when they are first asked for. */
export class KeyedBuckets<Key extends BucketKey> {
  readonly map = new Map<Key, Bucket>();
  readonly #plans: Plans;
  readonly #budget: BucketBudget;

  constructor(plans: Plans, budget: BucketBudget) {
    this.#plans = plans;
    this.#budget = budget;
  }

  get(key: Key): Bucket {
    let bucket = this.map.get(key);
    if (!bucket) {
      this.#budget.hold();
      this.map.set(key, (bucket = new Bucket(this.#plans)));
    }
    return bucket;
  }

  delete(key: Key): void {
    if (this.map.delete(key)) this.#budget.release(1);
  }

  /** The bucket for the answer; an empty one where nothing was gathered. */
  render(key: Key): Record<string, unknown> {
    this.#budget.show();
    return (this.map.get(key) ?? new Bucket(this.#plans)).render();
  }
}
