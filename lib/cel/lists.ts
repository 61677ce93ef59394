import type { Environment } from '@marcbachmann/cel-js';

type List = readonly unknown[];
type Ordered = bigint | number | string;

/** The functions on lists that Kubernetes adds: `isSorted`, `sum`, `min`, `max`, `indexOf`, `lastIndexOf`, and `sets.*`. */
export function addListFunctions(environment: Environment): void {
  environment
    .registerFunction('list.isSorted(): bool', (list: List) =>
      list.every((item, at) => at === 0 || compare(list[at - 1], item) <= 0),
    )
    .registerFunction('list.sum(): dyn', (list: List) => sum(list))
    .registerFunction('list.min(): dyn', (list: List) => extreme(list, 'min', -1))
    .registerFunction('list.max(): dyn', (list: List) => extreme(list, 'max', 1))
    .registerFunction('list.indexOf(dyn): int', (list: List, item: unknown) =>
      BigInt(list.findIndex((one) => isSame(one, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: List, item: unknown) =>
      BigInt(list.findLastIndex((one) => isSame(one, item))),
    );
}

function sum(list: List): bigint | number {
  if (list.every((item) => typeof item === 'bigint')) return list.reduce<bigint>((total, item) => total + item, 0n);
  return list.reduce<number>((total, item) => total + Number(item), 0);
}

function extreme(list: List, name: string, sign: number): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [a as Ordered, b as Ordered];
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

function isSame(a: unknown, b: unknown): boolean {
  // Numbers are equal by value, whatever their type.
  // oxlint-disable-next-line eqeqeq
  if (typeof a === 'bigint' || typeof b === 'bigint') return a == b;
  return a === b;
}
