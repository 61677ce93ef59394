/** A value of a type of Kubernetes' own, which knows what it equals. */
interface Comparable {
  equals(other: unknown): boolean;
}

/** Whether two values are equal as expressions mean it: numbers by value, whatever their type, lists and maps by what is in them. Pure. */
export function areEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) {
    // oxlint-disable-next-line eqeqeq
    return a == b;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if ('equals' in a && typeof a.equals === 'function') return (a as Comparable).equals(b);
  if (Array.isArray(a)) return Array.isArray(b) && areListsEqual(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && areListsEqual([...a], [...b]);
  const [left, right] = [entriesOf(a), entriesOf(b)];
  if (left && right)
    return (
      left.size === right.size && [...left].every(([key, value]) => right.has(key) && areEqual(value, right.get(key)))
    );
  // Timestamps, durations and unsigned integers are ordered values.
  return a.constructor === b.constructor && !(a < b) && !(a > b);
}

function isNumber(value: unknown): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

function areListsEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => areEqual(item, b[at]));
}

function entriesOf(value: object): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Map) return value;
  return Object.getPrototypeOf(value) === Object.prototype ? new Map(Object.entries(value)) : undefined;
}
