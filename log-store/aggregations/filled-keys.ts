import { type BucketBudget, MAX_BUCKETS } from './bucket-budget.ts';

/** The keys between the first and the last bucket, and out to `ends`, that have no bucket; throws a 400 when there are too many. */
export function filledKeys(
  buckets: ReadonlyMap<number, unknown>,
  ends: { readonly min: number | undefined; readonly max: number | undefined },
  next: (key: number) => number,
  budget: BucketBudget,
): number[] {
  let first = ends.min ?? Infinity;
  let last = ends.max ?? -Infinity;
  for (const key of buckets.keys()) {
    first = Math.min(first, key);
    last = Math.max(last, key);
  }
  const added: number[] = [];
  if (first === Infinity) return added;
  for (let key = first; key <= last; key = next(key)) {
    if (!buckets.has(key)) added.push(key);
    if (added.length > MAX_BUCKETS) budget.refuse();
  }
  return added;
}
