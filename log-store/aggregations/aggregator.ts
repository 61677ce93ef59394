import type { RollupEntry } from '../engine/rollup.ts';
import type { IndexMapping } from '../mapping/index-mapping.ts';
import type { DocView } from '../query/doc-view.ts';
import type { SortField } from '../search/sort.ts';
import type { TopHit } from '../search/top-hits.ts';

/** Gathers one aggregation. A new one is made for every bucket that it is nested in. */
export interface Aggregator {
  collect(doc: DocView): void;
  /** Takes the count of a rollup entry instead of its documents; only called when `acceptsRollups`. */
  collectRollup(entry: RollupEntry): void;
  /** The finished part of the answer; throws a 400 when all of it together has too many buckets. */
  result(): Record<string, unknown>;
}

/** An aggregation made ready: knows whether rollups are enough for it, and makes aggregators. */
export interface AggregationPlan {
  readonly acceptsRollups: boolean;
  create(): Aggregator;
}

/** What aggregations are compiled against. The mapping changes from index to index while one search goes on. */
export interface AggregationContext {
  mapping: IndexMapping;
  readonly nowMs: number;
  readonly compile: (query: unknown) => (doc: DocView) => boolean;
  readonly sortKeysOf: (doc: DocView, fields: readonly SortField[]) => TopHit['keys'];
  readonly renderHit: (hit: TopHit, fields: readonly SortField[], source: unknown) => Record<string, unknown>;
}
