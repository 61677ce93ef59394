import type { FieldError } from '../../strategy.ts';
import { duplicateValue, tooMany } from '../field-errors.ts';

/** Lists and maps whose size is bounded: of what is larger than it may be, only that is said. */

export type Check<T> = (item: T, at: string) => readonly FieldError[];

export function checkedList<T>(
  at: string,
  items: readonly T[] | undefined,
  maxItems: number,
  check: Check<T>,
): readonly FieldError[] {
  if (!items) return [];
  if (items.length > maxItems) return [tooMany(at, items.length, maxItems)];
  return items.flatMap((item, index) => check(item, `${at}[${index}]`));
}

/** A list in which no key is there twice; `shownOf` is how messages show an item that is. */
export function checkedSet<T>(
  at: string,
  items: readonly T[] | undefined,
  maxItems: number,
  check: Check<T>,
  keyOf: (item: T) => string,
  shownOf: (item: T) => unknown = keyOf,
): readonly FieldError[] {
  if (items && items.length > maxItems) return [tooMany(at, items.length, maxItems)];
  const seen = new Set<string>();
  const duplicates = (items ?? []).flatMap((item, index) => {
    const key = keyOf(item);
    if (seen.has(key)) return [duplicateValue(`${at}[${index}]`, shownOf(item))];
    seen.add(key);
    return [];
  });
  return [...checkedList(at, items, maxItems, check), ...duplicates];
}

export function checkedMap<T>(
  at: string,
  map: Readonly<Record<string, T>> | undefined,
  maxItems: number,
  checkKey: (key: string) => readonly FieldError[],
  check: Check<T>,
): readonly FieldError[] {
  const entries = Object.entries(map ?? {});
  if (entries.length > maxItems) return [tooMany(at, entries.length, maxItems)];
  return entries.flatMap(([key, item]) => [...checkKey(key), ...check(item, `${at}[${key}]`)]);
}
