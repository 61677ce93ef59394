import type { RollupEntry } from '../engine/rollup.ts';
import type { DocView } from '../query/doc-view.ts';
import type { AggregationPlan, Aggregator } from './aggregator.ts';

export type Plans = ReadonlyMap<string, AggregationPlan>;

/** The aggregations of one level, side by side. */
export class SubAggregations {
  readonly #aggregators: readonly (readonly [string, Aggregator])[];

  constructor(plans: Plans) {
    this.#aggregators = [...plans].map(([name, plan]) => [name, plan.create()] as const);
  }

  collect(doc: DocView): void {
    for (const [, aggregator] of this.#aggregators) aggregator.collect(doc);
  }

  collectRollup(entry: RollupEntry): void {
    for (const [, aggregator] of this.#aggregators) aggregator.collectRollup(entry);
  }

  result(): Record<string, unknown> {
    return Object.fromEntries(this.#aggregators.map(([name, aggregator]) => [name, aggregator.result()]));
  }
}
