import { logFields } from '../../lib/log-record.ts';
import { badRequest, parsingError } from '../engine/store-error.ts';
import { parseDate } from '../query/dates.ts';
import type { DocView } from '../query/doc-view.ts';
import type { AggregationContext, AggregationPlan, Aggregator } from './aggregator.ts';
import { parseInterval } from './calendar.ts';
import { SubAggregations, type Plans } from './sub-aggregations.ts';
import { fieldName, isDateField, keysOf, numbersOf, type Body } from './values.ts';
import { textOf } from '../text-of.ts';

/** One bucket: how many documents and what is aggregated below it. */
class Bucket {
  count = 0;
  readonly #subs: SubAggregations;

  constructor(plans: Plans) {
    this.#subs = new SubAggregations(plans);
  }

  add(doc: DocView): void {
    this.count++;
    this.#subs.collect(doc);
  }

  render(): Record<string, unknown> {
    return { doc_count: this.count, ...this.#subs.result() };
  }

  addRollup(entry: Parameters<Aggregator['collectRollup']>[0]): void {
    this.count += entry.count;
    this.#subs.collectRollup(entry);
  }
}

/** Gaps between the first and last bucket are filled up to this many. */
const MAX_FILLED = 65_536;

export function dateHistogram(body: Body, subs: Plans, context: AggregationContext): AggregationPlan {
  const path = fieldName(body, 'date_histogram');
  const legacy = body['interval'];
  const isCalendar =
    typeof legacy === 'string' && /^(?:1[smhdwMqy]|second|minute|hour|day|week|month|quarter|year)$/.test(legacy);
  const interval = parseInterval({
    fixed: body['fixed_interval'] ?? (isCalendar ? undefined : legacy),
    calendar: body['calendar_interval'] ?? (isCalendar ? legacy : undefined),
    zone: body['time_zone'],
    offset: body['offset'],
  });
  const numbers = numbersOf(
    context,
    path,
    body['missing'] === undefined ? undefined : parseDate(body['missing'], context.nowMs).ms,
  );
  const minimum = Number(body['min_doc_count'] ?? 0);
  const bound = (name: string, end: 'min' | 'max') => {
    const value = (body[name] as Body | undefined)?.[end];
    return value === undefined || value === null ? undefined : parseDate(value, context.nowMs).ms;
  };
  const extended = { min: bound('extended_bounds', 'min'), max: bound('extended_bounds', 'max') };
  const hard = { min: bound('hard_bounds', 'min') ?? -Infinity, max: bound('hard_bounds', 'max') ?? Infinity };
  const wholeMinutes = interval.ms !== undefined && interval.ms % 60_000 === 0 && body['offset'] === undefined;
  return {
    acceptsRollups: path === logFields.time && wholeMinutes && [...subs.values()].every((plan) => plan.acceptsRollups),
    create: () => {
      const buckets = new Map<number, Bucket>();
      const bucketOf = (ms: number): Bucket => {
        const start = interval.floor(ms);
        let bucket = buckets.get(start);
        if (!bucket) {
          context.countBucket();
          buckets.set(start, (bucket = new Bucket(subs)));
        }
        return bucket;
      };
      return {
        collect: (doc) => {
          for (const ms of numbers(doc)) if (ms >= hard.min && ms <= hard.max) bucketOf(ms).add(doc);
        },
        collectRollup: (entry) => {
          const ms = entry.minute * 60_000;
          if (ms >= hard.min && ms <= hard.max) bucketOf(ms).addRollup(entry);
        },
        result: () => {
          const starts = [...buckets.keys()];
          if (minimum === 0 && (starts.length > 0 || extended.min !== undefined)) {
            const first = Math.min(
              ...starts.slice(0, 1),
              starts.reduce((a, b) => Math.min(a, b), Infinity),
              interval.floor(extended.min ?? Infinity) || Infinity,
            );
            const last = Math.max(
              starts.reduce((a, b) => Math.max(a, b), -Infinity),
              extended.max === undefined ? -Infinity : interval.floor(extended.max),
            );
            let filled = 0;
            for (let start = first; start <= last; start = interval.next(start)) {
              if (++filled > MAX_FILLED)
                throw badRequest(
                  'Trying to create too many buckets; choose a longer interval',
                  'too_many_buckets_exception',
                );
              if (!buckets.has(start)) buckets.set(start, new Bucket(subs));
            }
          }
          const order = textOf(Object.values((body['order'] as Body | undefined) ?? {})[0] ?? 'asc');
          const list = [...buckets]
            .filter(([, bucket]) => bucket.count >= minimum)
            .sort(([a], [b]) => (order === 'desc' ? b - a : a - b))
            .map(([key, bucket]) => ({ key_as_string: interval.show(key), key, ...bucket.render() }));
          return {
            buckets: body['keyed'] === true ? Object.fromEntries(list.map((item) => [item.key_as_string, item])) : list,
          };
        },
      };
    },
  };
}

export function histogram(body: Body, subs: Plans, context: AggregationContext): AggregationPlan {
  const numbers = numbersOf(context, fieldName(body, 'histogram'), body['missing']);
  const interval = Number(body['interval']);
  if (!(interval > 0)) throw badRequest('[interval] must be >0 for histogram aggregation');
  const offset = Number(body['offset'] ?? 0);
  const minimum = Number(body['min_doc_count'] ?? 0);
  return {
    acceptsRollups: false,
    create: () => {
      const buckets = new Map<number, Bucket>();
      return {
        collect: (doc) => {
          for (const value of numbers(doc)) {
            const key = Math.floor((value - offset) / interval);
            let bucket = buckets.get(key);
            if (!bucket) {
              context.countBucket();
              buckets.set(key, (bucket = new Bucket(subs)));
            }
            bucket.add(doc);
          }
        },
        collectRollup: noRollup,
        result: () => {
          const keys = [...buckets.keys()].sort((a, b) => a - b);
          const first = keys[0] ?? 0;
          const last = keys.at(-1) ?? -1;
          if (minimum === 0 && last - first <= MAX_FILLED) {
            for (let key = first; key <= last; key++) if (!buckets.has(key)) buckets.set(key, new Bucket(subs));
          }
          const list = [...buckets]
            .filter(([, bucket]) => bucket.count >= minimum)
            .sort(([a], [b]) => a - b)
            .map(([key, bucket]) => ({ key: key * interval + offset, ...bucket.render() }));
          return { buckets: list };
        },
      };
    },
  };
}

export function terms(body: Body, subs: Plans, context: AggregationContext): AggregationPlan {
  const path = fieldName(body, 'terms');
  const keys = keysOf(context, path);
  const size = Number(body['size'] ?? 10);
  const minimum = Number(body['min_doc_count'] ?? 1);
  const missing = body['missing'] as string | number | undefined;
  const include = keyFilter(body['include']);
  const exclude = keyFilter(body['exclude']);
  const orders = parseOrders(body['order']);
  const rollupPart = path === logFields.stream ? 'stream' : path === logFields.level ? 'level' : undefined;
  return {
    acceptsRollups: rollupPart !== undefined && [...subs.values()].every((plan) => plan.acceptsRollups),
    create: () => {
      const buckets = new Map<string | number | boolean, Bucket>();
      const bucketOf = (key: string | number | boolean): Bucket | undefined => {
        let bucket = buckets.get(key);
        if (!bucket) {
          if (include && !include(String(key))) return undefined;
          if (exclude?.(String(key))) return undefined;
          context.countBucket();
          buckets.set(key, (bucket = new Bucket(subs)));
        }
        return bucket;
      };
      return {
        collect: (doc) => {
          const found = keys(doc);
          if (found.length === 0 && missing !== undefined) bucketOf(missing)?.add(doc);
          for (const key of found) bucketOf(key)?.add(doc);
        },
        collectRollup: (entry) => {
          const key = (rollupPart && entry[rollupPart]) || missing;
          if (key !== undefined && key !== '') bucketOf(key)?.addRollup(entry);
        },
        result: () => {
          const all = [...buckets]
            .filter(([, bucket]) => bucket.count >= minimum)
            .map(([key, bucket]) => ({ key, count: bucket.count, body: bucket.render() }))
            .sort((a, b) => compareBuckets(a, b, orders));
          const kept = all.slice(0, size);
          const dates = isDateField(context, path);
          return {
            doc_count_error_upper_bound: 0,
            sum_other_doc_count: all.slice(size).reduce((sum, bucket) => sum + bucket.count, 0),
            buckets: kept.map(({ key, body: content }) => ({
              key: typeof key === 'boolean' ? Number(key) : key,
              ...(typeof key === 'boolean' ? { key_as_string: String(key) } : {}),
              ...(dates && typeof key === 'number' ? { key_as_string: new Date(key).toISOString() } : {}),
              ...content,
            })),
          };
        },
      };
    },
  };
}

interface RenderedBucket {
  readonly key: string | number | boolean;
  readonly count: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function parseOrders(order: unknown): readonly (readonly [string, boolean])[] {
  const list = (Array.isArray(order) ? order : order === undefined ? [{ _count: 'desc' }] : [order]) as Body[];
  const orders = list.flatMap((item) => Object.entries(item).map(([path, way]) => [path, way === 'desc'] as const));
  return [...orders, ['_key', false] as const];
}

function compareBuckets(a: RenderedBucket, b: RenderedBucket, orders: readonly (readonly [string, boolean])[]): number {
  for (const [path, descending] of orders) {
    const x = orderValue(a, path);
    const y = orderValue(b, path);
    const order =
      typeof x === 'number' && typeof y === 'number'
        ? x - y
        : String(x) < String(y)
          ? -1
          : String(x) > String(y)
            ? 1
            : 0;
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function orderValue(bucket: RenderedBucket, path: string): unknown {
  if (path === '_count') return bucket.count;
  if (path === '_key' || path === '_term') return bucket.key;
  const [name, figure] = path.split(/[.>]/);
  const sub = bucket.body[name ?? ''] as Body | undefined;
  if (!sub) throw badRequest(`Invalid aggregation order path [${path}]`);
  return sub[figure ?? 'value'] ?? sub['doc_count'] ?? -Infinity;
}

function keyFilter(spec: unknown): ((key: string) => boolean) | undefined {
  if (spec === undefined) return undefined;
  if (Array.isArray(spec)) {
    const wanted = new Set(spec.map(String));
    return (key) => wanted.has(key);
  }
  const pattern = new RegExp(`^(?:${textOf(spec).slice(0, 1_000)})$`, 's');
  return (key) => pattern.test(key);
}

export function filters(body: Body, subs: Plans, context: AggregationContext): AggregationPlan {
  const spec = body['filters'];
  if (typeof spec !== 'object' || spec === null) throw parsingError('[filters] needs [filters]');
  const named = Object.entries(spec).map(([name, query]) => ({ name, test: context.compile(query) }));
  const other = body['other_bucket'] === true || body['other_bucket_key'] !== undefined;
  return {
    acceptsRollups: false,
    create: () => {
      const buckets = named.map(() => new Bucket(subs));
      const rest = new Bucket(subs);
      return {
        collect: (doc) => {
          let any = false;
          named.forEach(({ test }, n) => {
            if (!test(doc)) return;
            any = true;
            buckets[n]?.add(doc);
          });
          if (!any) rest.add(doc);
        },
        collectRollup: noRollup,
        result: () => {
          const list = named.map(({ name }, n) => [name, buckets[n]?.render() ?? {}] as const);
          if (other) list.push([textOf(body['other_bucket_key'] ?? '_other_'), rest.render()]);
          return { buckets: Array.isArray(spec) ? list.map(([, content]) => content) : Object.fromEntries(list) };
        },
      };
    },
  };
}

/** `filter`, `missing` and `global`: one bucket. */
export function singleBucket(test: (doc: DocView) => boolean, subs: Plans): AggregationPlan {
  return {
    acceptsRollups: false,
    create: () => {
      const bucket = new Bucket(subs);
      return {
        collect: (doc) => {
          if (test(doc)) bucket.add(doc);
        },
        collectRollup: noRollup,
        result: () => bucket.render(),
      };
    },
  };
}

export function ranges(
  kind: 'range' | 'date_range',
  body: Body,
  subs: Plans,
  context: AggregationContext,
): AggregationPlan {
  const numbers = numbersOf(context, fieldName(body, kind), body['missing']);
  const edge = (value: unknown) =>
    value === undefined || value === null
      ? undefined
      : kind === 'range'
        ? Number(value)
        : parseDate(value, context.nowMs).ms;
  const list = (Array.isArray(body['ranges']) ? (body['ranges'] as Body[]) : []).map((range) => ({
    from: edge(range['from']),
    to: edge(range['to']),
    key: range['key'] as string | undefined,
  }));
  if (list.length === 0) throw badRequest(`No [ranges] specified for the [${kind}] aggregation`);
  const show = (value: number | undefined) =>
    value === undefined ? '*' : kind === 'range' ? value.toFixed(1) : new Date(value).toISOString();
  return {
    acceptsRollups: false,
    create: () => {
      const buckets = list.map(() => new Bucket(subs));
      return {
        collect: (doc) => {
          const values = numbers(doc);
          list.forEach(({ from, to }, n) => {
            const inside = (value: number) => (from === undefined || value >= from) && (to === undefined || value < to);
            if (values.some(inside)) buckets[n]?.add(doc);
          });
        },
        collectRollup: noRollup,
        result: () => {
          const rendered = list.map(({ from, to, key }, n) => ({
            key: key ?? `${show(from)}-${show(to)}`,
            ...(from === undefined ? {} : { from, ...(kind === 'date_range' ? { from_as_string: show(from) } : {}) }),
            ...(to === undefined ? {} : { to, ...(kind === 'date_range' ? { to_as_string: show(to) } : {}) }),
            ...buckets[n]?.render(),
          }));
          return {
            buckets: body['keyed'] === true ? Object.fromEntries(rendered.map((item) => [item.key, item])) : rendered,
          };
        },
      };
    },
  };
}

function noRollup(): never {
  throw new Error('this aggregation needs documents');
}
