import { logFields } from '../../lib/log-record.ts';
import { badRequest } from '../engine/store-error.ts';
import { regexpTest } from '../query/patterns.ts';
import { textOf } from '../text-of.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { inOrder, parseOrder } from './bucket-order.ts';
import { type Bucket, type BucketKey, KeyedBuckets } from './keyed-buckets.ts';
import type { Plans } from './sub-aggregations.ts';
import { fieldFor, fieldName, keyReader, onlyOptions, textShower, type Body } from './values.ts';

const options =
  'field size shard_size min_doc_count shard_min_doc_count missing include exclude order format show_term_doc_count_error collect_mode execution_hint value_type';

/** The most frequent values, or the first in another order. All values are counted; `size` of them are shown. */
export function terms(body: Body, subs: Plans, context: AggregationContext, budget: BucketBudget): AggregationPlan {
  onlyOptions(body, 'terms', options.split(' '));
  const path = fieldName(body, 'terms');
  const keys = keyReader(context, path, body['missing']);
  const missing = body['missing'] === undefined || body['missing'] === null ? undefined : textOf(body['missing']);
  const size = Number(body['size'] ?? 10);
  if (!(size > 0)) throw badRequest(`[size] must be greater than 0. Found [${String(body['size'])}] in [terms]`);
  // A bucket with no document at all is not known here, so 0 is answered as 1.
  const minimum = Math.max(1, Number(body['min_doc_count'] ?? 1));
  const include = keyFilter(body['include']);
  const exclude = keyFilter(body['exclude']);
  const order = parseOrder(body['order'], subs, { _count: 'desc' });
  // What one shard would send on: Elasticsearch looks no further, and the figure of other documents depends on it.
  const byKey = order.criteria[0]?.by === '_key';
  const shardSize = Math.max(size, Number(body['shard_size'] ?? (byKey ? size : Math.trunc(size * 1.5 + 10))));
  const isAddress = fieldFor(context, path)?.type === 'ip';
  const rollupPart = path === logFields.stream ? 'stream' : path === logFields.level ? 'level' : undefined;
  const wanted = (key: BucketKey) => (!include || include(String(key))) && !exclude?.(String(key));
  return {
    acceptsRollups: rollupPart !== undefined && [...subs.values()].every((plan) => plan.acceptsRollups),
    create: () => {
      const buckets = new KeyedBuckets<BucketKey>(subs, budget);
      return {
        collect: (doc) => {
          for (const key of keys(doc)) if (wanted(key)) buckets.get(key).add(doc);
        },
        collectRollup: (entry) => {
          const key = (rollupPart && entry[rollupPart]) || missing;
          if (key !== undefined && key !== '' && wanted(key)) buckets.get(key).addRollup(entry);
        },
        result: () => {
          const all = inOrder([...buckets.map], order, isAddress);
          const gathered = all.slice(0, shardSize).filter(([, bucket]) => bucket.count >= minimum);
          const error = !order.exact && all.length >= shardSize ? -1 : 0;
          const show = textShower(context, path, body['format']);
          return {
            doc_count_error_upper_bound: error,
            sum_other_doc_count: total(all.slice(shardSize)) + total(gathered.slice(size)),
            buckets: gathered.slice(0, size).map(([key]) => ({
              key,
              ...(show && typeof key === 'number' ? { key_as_string: show(key) } : {}),
              ...(body['show_term_doc_count_error'] === true ? { doc_count_error_upper_bound: error } : {}),
              ...buckets.render(key),
            })),
          };
        },
      };
    },
  };
}

function total(buckets: readonly (readonly [BucketKey, Bucket])[]): number {
  return buckets.reduce((sum, [, { count }]) => sum + count, 0);
}

/** `include` and `exclude`: a list of values or a regular expression. */
function keyFilter(spec: unknown): ((key: string) => boolean) | undefined {
  if (spec === undefined || spec === null) return undefined;
  if (Array.isArray(spec)) {
    const wanted = new Set(spec.map((value) => textOf(value)));
    return (key) => wanted.has(key);
  }
  if (typeof spec === 'object') throw badRequest('[terms] partitions are not supported, use a composite aggregation');
  return regexpTest(textOf(spec));
}
