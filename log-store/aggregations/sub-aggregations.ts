import type { RollupEntry } from '../engine/rollup.ts';
import type { DocView } from '../query/doc-view.ts';
import type { AggregationPlan, Aggregator } from './aggregator.ts';

export interface NamedPlan extends AggregationPlan {
  /** The aggregation's type, such as `max`. */
  readonly kind: string;
  /** What the request wrote into `meta`, given back beside the result. */
  readonly meta?: unknown;
}

export type Plans = ReadonlyMap<string, NamedPlan>;

/** The aggregations of one level, side by side. */
export class SubAggregations {
  readonly #plans: Plans;
  readonly #aggregators: readonly Aggregator[];

  constructor(plans: Plans) {
    this.#plans = plans;
    this.#aggregators = [...plans.values()].map((plan) => plan.create());
  }

  collect(doc: DocView): void {
    for (const aggregator of this.#aggregators) aggregator.collect(doc);
  }

  collectRollup(entry: RollupEntry): void {
    for (const aggregator of this.#aggregators) aggregator.collectRollup(entry);
  }

  resultOf(name: string): Readonly<Record<string, unknown>> {
    return this.#aggregators[[...this.#plans.keys()].indexOf(name)]?.result() ?? {};
  }

  result(): Record<string, unknown> {
    const results: Record<string, unknown> = {};
    let n = 0;
    for (const [name, { meta }] of this.#plans) {
      results[name] = { ...(meta === undefined ? {} : { meta }), ...this.#aggregators[n++]?.result() };
    }
    return results;
  }
}
