import { logFields } from '../../lib/log-record.ts';
import { formatDate } from '../mapping/date-format.ts';
import { parseDate } from '../query/dates.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { inOrder, parseOrder } from './bucket-order.ts';
import { parseInterval } from './calendar.ts';
import { filledKeys } from './filled-keys.ts';
import { Bucket, KeyedBuckets } from './keyed-buckets.ts';
import type { Plans } from './sub-aggregations.ts';
import { fieldFor, fieldName, numberReader, onlyOptions, type Body } from './values.ts';

const options = `field fixed_interval calendar_interval interval time_zone offset format missing min_doc_count extended_bounds hard_bounds order keyed`;

export function dateHistogram(
  body: Body,
  subs: Plans,
  context: AggregationContext,
  budget: BucketBudget,
): AggregationPlan {
  onlyOptions(body, 'date_histogram', options.split(' '));
  const path = fieldName(body, 'date_histogram');
  const interval = parseInterval({
    fixed: body['fixed_interval'],
    calendar: body['calendar_interval'],
    legacy: body['interval'],
    zone: body['time_zone'],
    offset: body['offset'],
  });
  const numbers = numberReader(context, path, body['missing']);
  const minimum = Number(body['min_doc_count'] ?? 0);
  const bound = (name: string, end: 'min' | 'max') => {
    const value = (body[name] as Body | undefined)?.[end];
    if (value === undefined || value === null) return undefined;
    const format = typeof body['format'] === 'string' ? body['format'] : undefined;
    return parseDate(
      value,
      context.nowMs,
      'down',
      zoneText(body['time_zone']),
      typeof value === 'number' ? undefined : format,
    ).ms;
  };
  const extended = { min: bound('extended_bounds', 'min'), max: bound('extended_bounds', 'max') };
  const floorOf = (ms: number | undefined, open: number) => (ms === undefined ? open : interval.floor(ms));
  const hard = {
    min: floorOf(bound('hard_bounds', 'min'), -Infinity),
    max: floorOf(bound('hard_bounds', 'max'), Infinity),
  };
  const order = parseOrder(body['order'], subs, { _key: 'asc' });
  const format = typeof body['format'] === 'string' ? body['format'] : fieldFor(context, path)?.format;
  const wholeMinutes = (interval.ms ?? 60_000) % 60_000 === 0 && body['offset'] === undefined;
  return {
    acceptsRollups:
      path === logFields.time &&
      wholeMinutes &&
      body['hard_bounds'] === undefined &&
      [...subs.values()].every((plan) => plan.acceptsRollups),
    create: () => {
      const buckets = new KeyedBuckets<number>(subs, budget);
      return {
        collect: (doc) => {
          let last: number | undefined;
          for (const ms of numbers(doc)) {
            const start = interval.floor(ms);
            if (start < hard.min || start >= hard.max) continue;
            // A document with several values in one bucket counts there once.
            if (start !== last) buckets.get(start).add(doc);
            last = start;
          }
        },
        collectRollup: (entry) => buckets.get(interval.floor(entry.minute * 60_000)).addRollup(entry),
        result: () => {
          const keys = [...buckets.map.keys()];
          if (minimum === 0) {
            const ends = {
              min: extended.min === undefined ? undefined : interval.floor(extended.min),
              max: extended.max === undefined ? undefined : interval.floor(extended.max),
            };
            keys.push(...filledKeys(buckets.map, ends, (start) => interval.next(start), budget));
          }
          const entries = keys.map((key) => [key, buckets.map.get(key) ?? new Bucket(subs)] as const);
          const list = inOrder(entries, order)
            .filter(([, bucket]) => bucket.count >= minimum)
            .map(([key]) => ({
              key_as_string: formatDate(key, format, interval.zone(key)),
              key,
              ...buckets.render(key),
            }));
          return {
            buckets: body['keyed'] === true ? Object.fromEntries(list.map((item) => [item.key_as_string, item])) : list,
          };
        },
      };
    },
  };
}

function zoneText(zone: unknown): string | undefined {
  return typeof zone === 'string' ? zone : undefined;
}
