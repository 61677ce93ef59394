import { badOption } from '../engine/store-error.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { inOrder, parseOrder } from './bucket-order.ts';
import { filledKeys } from './filled-keys.ts';
import { Bucket, KeyedBuckets } from './keyed-buckets.ts';
import type { Plans } from './sub-aggregations.ts';
import { fieldName, numberReader, onlyOptions, textShower, type Body } from './values.ts';
import { withoutDocuments } from './no-rollups.ts';

const options = 'field interval offset missing min_doc_count extended_bounds hard_bounds order keyed format';

export function histogram(body: Body, subs: Plans, context: AggregationContext, budget: BucketBudget): AggregationPlan {
  onlyOptions(body, 'histogram', options.split(' '));
  const path = fieldName(body, 'histogram');
  const numbers = numberReader(context, path, body['missing']);
  const interval = Number(body['interval']);
  if (!(interval > 0)) throw badOption('histogram', 'interval', 'it must be greater than 0');
  const offset = Number(body['offset'] ?? 0);
  const minimum = Number(body['min_doc_count'] ?? 0);
  const stepOf = (value: number) => Math.floor((value - offset) / interval);
  const end = (name: string, which: 'min' | 'max') => {
    const value = (body[name] as Body | undefined)?.[which];
    return value === undefined || value === null ? undefined : Number(value);
  };
  const extended = { min: end('extended_bounds', 'min'), max: end('extended_bounds', 'max') };
  const hard = { min: end('hard_bounds', 'min') ?? -Infinity, max: end('hard_bounds', 'max') ?? Infinity };
  const order = parseOrder(body['order'], subs, { _key: 'asc' });
  return {
    acceptsRollups: false,
    create: () => {
      // Keys are whole steps: those of fractional intervals would differ by rounding.
      const buckets = new KeyedBuckets<number>(subs, budget);
      return {
        collect: (doc) => {
          let last: number | undefined;
          for (const value of numbers(doc)) {
            const step = stepOf(value);
            const key = step * interval + offset;
            if (key >= hard.min && key <= hard.max && step !== last) buckets.get(step).add(doc);
            last = step;
          }
        },
        collectRollup: withoutDocuments,
        result: () => {
          const keys = [...buckets.map.keys()];
          if (minimum === 0) {
            const ends = {
              min: extended.min === undefined ? undefined : stepOf(extended.min),
              max: extended.max === undefined ? undefined : stepOf(extended.max),
            };
            keys.push(...filledKeys(buckets.map, ends, (step) => step + 1, budget));
          }
          const show = textShower(context, path, body['format']);
          const entries = keys.map((key) => [key, buckets.map.get(key) ?? new Bucket(subs)] as const);
          const list = inOrder(entries, order)
            .filter(([, bucket]) => bucket.count >= minimum)
            .map(([step]) => {
              const key = step * interval + offset;
              return { ...(show ? { key_as_string: show(key) } : {}), key, ...buckets.render(step) };
            });
          return {
            buckets: body['keyed'] === true ? Object.fromEntries(list.map((item) => [keyText(item), item])) : list,
          };
        },
      };
    },
  };
}

function keyText(item: { readonly key: number; readonly key_as_string?: string }): string {
  return item.key_as_string ?? (Number.isInteger(item.key) ? item.key.toFixed(1) : String(item.key));
}
