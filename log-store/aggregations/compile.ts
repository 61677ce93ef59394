import { parsingError, StoreError, within } from '../engine/store-error.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { BucketBudget } from './bucket-budget.ts';
import { composite } from './composite.ts';
import { dateHistogram } from './date-histogram.ts';
import { filters, singleBucket } from './filters.ts';
import { histogram } from './histogram.ts';
import { numberMetric, valueCount } from './number-metrics.ts';
import { ranges } from './ranges.ts';
import { cardinality, percentiles } from './sketches.ts';
import type { NamedPlan, Plans } from './sub-aggregations.ts';
import { terms } from './terms.ts';
import { topHits } from './top-hits.ts';
import { fieldName, type Body } from './values.ts';

const MAX_DEPTH = 10;
const nameShape = /^[^[\]>]+$/;

/** Makes `aggs` ready. Throws a 400 that names the aggregation that is unknown or wrong. */
export function compileAggregations(
  spec: unknown,
  context: AggregationContext,
  budget = new BucketBudget(),
  depth = 0,
): Plans {
  const plans = new Map<string, NamedPlan>();
  if (spec === undefined || spec === null) return plans;
  if (typeof spec !== 'object' || Array.isArray(spec)) throw parsingError('[aggs] is an object of named aggregations');
  if (depth > MAX_DEPTH) throw parsingError(`aggregations are nested deeper than ${MAX_DEPTH}`);
  for (const [name, body] of Object.entries(spec as Body)) {
    if (!nameShape.test(name)) {
      throw parsingError(
        `Invalid aggregation name [${name}]. Aggregation names cannot contain '[', ']', and '>'`,
        [name],
        'key',
      );
    }
    plans.set(
      name,
      within(name, () => compileOne(name, body, context, budget, depth)),
    );
  }
  return plans;
}

function compileOne(
  name: string,
  body: unknown,
  context: AggregationContext,
  budget: BucketBudget,
  depth: number,
): NamedPlan {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw parsingError(`Aggregation definition for [${name}] is an object with its type as the key`);
  }
  const definition = body as Body;
  const below = definition['aggs'] === undefined ? 'aggregations' : 'aggs';
  const subs = within(below, () => compileAggregations(definition[below], context, budget, depth + 1));
  const kinds = Object.keys(definition).filter((key) => !['aggs', 'aggregations', 'meta'].includes(key));
  const kind = kinds[0];
  if (kind === undefined) throw parsingError(`Missing definition for aggregation [${name}]`, [], 'end');
  if (kinds.length > 1) {
    throw parsingError(`Found two aggregation type definitions in [${name}]: [${kind}] and [${String(kinds[1])}]`, [
      String(kinds[1]),
    ]);
  }
  const plan = within(kind, () => planOf(kind, (definition[kind] ?? {}) as Body, subs, context, budget));
  if (subs.size > 0 && leafKinds.has(kind)) {
    throw new StoreError(
      400,
      'aggregation_initialization_exception',
      `Aggregator [${name}] of type [${kind}] cannot accept sub-aggregations`,
    );
  }
  const meta = definition['meta'];
  return { ...plan, kind, ...(meta === undefined ? {} : { meta }) };
}

const leafKinds: ReadonlySet<string> = new Set(
  'min max sum avg stats extended_stats value_count cardinality percentiles percentile_ranks top_hits'.split(' '),
);

function planOf(
  kind: string,
  body: Body,
  subs: Plans,
  context: AggregationContext,
  budget: BucketBudget,
): AggregationPlan {
  switch (kind) {
    case 'date_histogram':
      return dateHistogram(body, subs, context, budget);
    case 'histogram':
      return histogram(body, subs, context, budget);
    case 'terms':
      return terms(body, subs, context, budget);
    case 'composite':
      return composite(body, subs, context, budget);
    case 'filters':
      return filters(body, subs, context, budget);
    case 'filter':
      return singleBucket(context.compile(body), subs);
    case 'missing': {
      const exists = context.compile({ exists: { field: fieldName(body, 'missing') } });
      return singleBucket((doc) => !exists(doc), subs);
    }
    case 'range':
    case 'date_range':
      return ranges(kind, body, subs, context, budget);
    case 'min':
    case 'max':
    case 'sum':
    case 'avg':
    case 'stats':
    case 'extended_stats':
      return numberMetric(kind, body, context);
    case 'value_count':
      return valueCount(body, context);
    case 'cardinality':
      return cardinality(body, context);
    case 'percentiles':
    case 'percentile_ranks':
      return percentiles(kind, body, context);
    case 'top_hits':
      return topHits(body, context);
    default:
      throw parsingError(`Unknown aggregation type [${kind}]`, [kind]);
  }
}
