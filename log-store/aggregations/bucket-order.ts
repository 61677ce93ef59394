import { badRequest } from '../engine/store-error.ts';
import type { Bucket, BucketKey } from './keyed-buckets.ts';
import type { Plans } from './sub-aggregations.ts';
import { compareKeys, type Body } from './values.ts';

interface Criterion {
  readonly descending: boolean;
  /** `_count`, `_key`, or the name of the aggregation below. */
  readonly by: string;
  /** Which figure of it: `avg` of `stats`, `99` of `percentiles`. */
  readonly figure: string;
  readonly kind: string;
}

export interface BucketOrder {
  readonly criteria: readonly Criterion[];
  /** Whether the order is by count descending or by key: then what is cut off is known not to matter. */
  readonly exact: boolean;
}

/** Reads `order`: `{_count: 'desc'}`, `{stats.avg: 'asc'}` or a list of those; ties go by ascending key. Throws a 400 that names the path. */
export function parseOrder(order: unknown, plans: Plans, fallback: Body): BucketOrder {
  const list = (Array.isArray(order) ? order : [order ?? fallback]) as readonly Body[];
  const criteria = list.flatMap((item) =>
    Object.entries(item ?? {}).map(([path, way]) => {
      if (way !== 'asc' && way !== 'desc') throw badRequest(`Unknown order direction [${String(way)}]`);
      return criterion(path, way === 'desc', plans);
    }),
  );
  const [first] = criteria;
  const exact = first === undefined || first.by === '_key' || (first.by === '_count' && first.descending);
  if (!criteria.some(({ by }) => by === '_key')) criteria.push(criterion('_key', false, plans));
  return { criteria, exact };
}

function criterion(path: string, descending: boolean, plans: Plans): Criterion {
  if (path === '_count' || path === '_key') return { descending, by: path, figure: '', kind: '' };
  if (path === '_term' || path === '_time') return { descending, by: '_key', figure: '', kind: '' };
  const match = /^([^.[\]]+)(?:\.(.+)|\[(.+)\])?$/.exec(path);
  const plan = plans.get(match?.[1] ?? '') ?? plans.get(path);
  if (!plan) {
    throw badRequest(
      `Invalid aggregator order path [${path}]. The provided aggregation [${match?.[1] ?? path}] does not exist below it.`,
      'aggregation_execution_exception',
    );
  }
  if (plans.has(path)) return { descending, by: path, figure: 'value', kind: plan.kind };
  return { descending, by: match?.[1] ?? '', figure: match?.[2] ?? match?.[3] ?? 'value', kind: plan.kind };
}

/** The buckets in order. */
export function inOrder<Key extends BucketKey>(
  buckets: readonly (readonly [Key, Bucket])[],
  order: BucketOrder,
  isAddress = false,
): (readonly [Key, Bucket])[] {
  const rows = buckets.map((entry) => ({
    entry,
    values: order.criteria.map(({ by, figure, kind }) =>
      by === '_count' ? entry[1].count : by === '_key' ? entry[0] : figureOf(entry[1], by, figure, kind),
    ),
  }));
  rows.sort((a, b) => {
    for (let n = 0; n < order.criteria.length; n++) {
      const x = a.values[n] ?? 0;
      const y = b.values[n] ?? 0;
      const descending = order.criteria[n]?.descending === true;
      // Buckets without a figure come last in both directions.
      if (typeof x === 'number' && typeof y === 'number' && Number.isNaN(x) !== Number.isNaN(y))
        return Number.isNaN(x) ? 1 : -1;
      const way = Number.isNaN(x) ? 0 : compareKeys(x, y, isAddress);
      if (way !== 0) return descending ? -way : way;
    }
    return 0;
  });
  return rows.map(({ entry }) => entry);
}

function figureOf(bucket: Bucket, name: string, figure: string, kind: string): number {
  const result = bucket.resultOf(name);
  const values = result['values'] as Body | undefined;
  const value = result[figure] ?? values?.[figure] ?? values?.[Number(figure).toFixed(1)] ?? result['doc_count'];
  if (typeof value === 'number') return value;
  // What an aggregation without documents is to the order, before it is shown as null.
  const what = figure === 'value' ? kind : figure;
  return what === 'min' ? Infinity : what === 'max' ? -Infinity : Number.NaN;
}
