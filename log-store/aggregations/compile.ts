import { parsingError } from '../engine/store-error.ts';
import { parseSort } from '../search/sort.ts';
import { TopHits } from '../search/top-hits.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { dateHistogram, filters, histogram, ranges, singleBucket, terms } from './buckets.ts';
import { cardinality, numberMetric, percentiles, valueCount } from './metrics.ts';
import type { Plans } from './sub-aggregations.ts';
import { fieldName, type Body } from './values.ts';

const MAX_DEPTH = 10;
const MAX_TOP_HITS = 100;

/** Makes `aggs` ready. Throws a 400 that names the aggregation that is unknown or wrong. */
export function compileAggregations(spec: unknown, context: AggregationContext, depth = 0): Plans {
  const plans = new Map<string, AggregationPlan>();
  if (spec === undefined || spec === null) return plans;
  if (typeof spec !== 'object' || Array.isArray(spec)) throw parsingError('[aggs] is an object of named aggregations');
  if (depth > MAX_DEPTH) throw parsingError(`aggregations are nested deeper than ${MAX_DEPTH}`);
  for (const [name, body] of Object.entries(spec as Body))
    plans.set(name, compileOne(name, body as Body, context, depth));
  return plans;
}

function compileOne(name: string, body: Body, context: AggregationContext, depth: number): AggregationPlan {
  const subs = compileAggregations(body['aggs'] ?? body['aggregations'], context, depth + 1);
  const kinds = Object.keys(body).filter((key) => !['aggs', 'aggregations', 'meta'].includes(key));
  const kind = kinds[0];
  if (kinds.length !== 1 || kind === undefined) throw parsingError(`aggregation [${name}] must have exactly one type`);
  const content = (body[kind] ?? {}) as Body;
  switch (kind) {
    case 'date_histogram':
      return dateHistogram(content, subs, context);
    case 'histogram':
      return histogram(content, subs, context);
    case 'terms':
      return terms(content, subs, context);
    case 'filters':
      return filters(content, subs, context);
    case 'filter':
      return singleBucket(context.compile(content), subs);
    case 'missing': {
      const exists = context.compile({ exists: { field: fieldName(content, 'missing') } });
      return singleBucket((doc) => !exists(doc), subs);
    }
    case 'range':
    case 'date_range':
      return ranges(kind, content, subs, context);
    case 'min':
    case 'max':
    case 'sum':
    case 'avg':
    case 'stats':
    case 'extended_stats':
      return numberMetric(kind, content, context);
    case 'value_count':
      return valueCount(content, context);
    case 'cardinality':
      return cardinality(content, context);
    case 'percentiles':
      return percentiles(content, context);
    case 'top_hits':
      return topHits(content, context);
    default:
      throw parsingError(`Unknown aggregation type [${kind}]`);
  }
}

function topHits(body: Body, context: AggregationContext): AggregationPlan {
  const fields = parseSort(body['sort']);
  const size = Math.min(Number(body['size'] ?? 3), MAX_TOP_HITS);
  return {
    acceptsRollups: false,
    create: () => {
      const top = new TopHits(size, fields);
      let count = 0;
      return {
        collect: (doc) => {
          count++;
          top.offer(doc, context.sortKeysOf(doc, fields));
        },
        collectRollup: () => undefined,
        result: () => ({
          hits: {
            total: { value: count, relation: 'eq' },
            max_score: fields.length > 0 || count === 0 ? null : 1,
            hits: top.sorted().map((hit) => context.renderHit(hit, fields, body['_source'])),
          },
        }),
      };
    },
  };
}
