import { badRequest, parsingError } from '../engine/store-error.ts';
import { formatDate } from '../mapping/date-format.ts';
import { parseDate } from '../query/dates.ts';
import { zoneOffset } from '../query/time-zone.ts';
import { textOf } from '../text-of.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { KeyedBuckets } from './keyed-buckets.ts';
import { withoutDocuments } from './no-rollups.ts';
import type { Plans } from './sub-aggregations.ts';
import { fieldFor, fieldName, numberReader, onlyOptions, type Body } from './values.ts';

const MAX_RANGES = 10_000;

interface Range {
  readonly from: number;
  readonly to: number;
  readonly key: string;
}

/** `range` and `date_range`: from inclusive, to exclusive; in the order of their lower, then upper bounds. */
export function ranges(
  kind: 'range' | 'date_range',
  body: Body,
  subs: Plans,
  context: AggregationContext,
  budget: BucketBudget,
): AggregationPlan {
  onlyOptions(body, kind, ['field', 'ranges', 'keyed', 'missing', 'format', 'time_zone']);
  const path = fieldName(body, kind);
  const numbers = numberReader(context, path, body['missing']);
  const show = shower(kind, body, context, path);
  const list = parseRanges(kind, body, context, path, show);
  return {
    acceptsRollups: false,
    create: () => {
      const buckets = new KeyedBuckets<number>(subs, budget);
      return {
        collect: (doc) => {
          const values = numbers(doc);
          list.forEach(({ from, to }, n) => {
            if (values.some((value) => value >= from && value < to)) buckets.get(n).add(doc);
          });
        },
        collectRollup: withoutDocuments,
        result: () => {
          const texts = kind === 'date_range' || body['format'] !== undefined;
          const edge = (name: 'from' | 'to', value: number) =>
            Number.isFinite(value) ? { [name]: value, ...(texts ? { [`${name}_as_string`]: show(value) } : {}) } : {};
          const rendered = list.map(({ from, to, key }, n) => {
            const content = { ...edge('from', from), ...edge('to', to), ...buckets.render(n) };
            return [key, content] as const;
          });
          return {
            buckets:
              body['keyed'] === true
                ? Object.fromEntries(rendered)
                : rendered.map(([key, content]) => ({ key, ...content })),
          };
        },
      };
    },
  };
}

function parseRanges(
  kind: 'range' | 'date_range',
  body: Body,
  context: AggregationContext,
  path: string,
  show: (value: number) => string,
): Range[] {
  const given = body['ranges'];
  if (!Array.isArray(given) || given.length === 0)
    throw badRequest(`No [ranges] specified for the [${kind}] aggregation`);
  if (given.length > MAX_RANGES) throw badRequest(`[${kind}] takes at most ${MAX_RANGES} ranges`);
  const zone = typeof body['time_zone'] === 'string' ? body['time_zone'] : undefined;
  const format = typeof body['format'] === 'string' ? body['format'] : fieldFor(context, path)?.format;
  const edge = (value: unknown, open: number) => {
    if (value === undefined || value === null) return open;
    if (kind === 'date_range') {
      return parseDate(value, context.nowMs, 'down', zone, typeof value === 'number' ? undefined : format).ms;
    }
    const number = Number(value);
    if (Number.isNaN(number)) throw parsingError(`[range] bounds are numbers, not [${textOf(value)}]`);
    return number;
  };
  const list = (given as readonly Body[]).map((range): Range => {
    const from = edge(range['from'], -Infinity);
    const to = edge(range['to'], Infinity);
    return { from, to, key: typeof range['key'] === 'string' ? range['key'] : `${show(from)}-${show(to)}` };
  });
  return list.sort((a, b) => (a.from === b.from ? (a.to < b.to ? -1 : a.to > b.to ? 1 : 0) : a.from - b.from));
}

function shower(kind: string, body: Body, context: AggregationContext, path: string): (value: number) => string {
  const format = typeof body['format'] === 'string' ? body['format'] : fieldFor(context, path)?.format;
  const zone = zoneOffset(body['time_zone']);
  return (value) => {
    if (!Number.isFinite(value)) return '*';
    if (kind === 'date_range') return formatDate(value, format, zone(value));
    return Number.isInteger(value) ? value.toFixed(1) : String(value);
  };
}
