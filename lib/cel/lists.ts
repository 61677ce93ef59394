import type { Environment } from '@marcbachmann/cel-js';
import { areEqual } from './equal-values.ts';

type List = readonly unknown[];
type Ordered = bigint | number | string;

interface Duration {
  addDuration(other: unknown): Duration;
}

/** Namespace of `sets.contains`, `sets.equivalent`, `sets.intersects`. */
class SetFunctions {
  readonly contains = (list: List, other: List): boolean =>
    other.every((item) => list.some((one) => areEqual(one, item)));

  readonly intersects = (list: List, other: List): boolean =>
    other.some((item) => list.some((one) => areEqual(one, item)));
}

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
      BigInt(list.findIndex((one) => areEqual(one, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: List, item: unknown) =>
      BigInt(list.findLastIndex((one) => areEqual(one, item))),
    )
    .registerType('SetFunctions', SetFunctions)
    .registerConstant('sets', 'SetFunctions', new SetFunctions())
    .registerFunction('SetFunctions.contains(list, list): bool', (sets: SetFunctions, a: List, b: List) =>
      sets.contains(a, b),
    )
    .registerFunction(
      'SetFunctions.equivalent(list, list): bool',
      (sets: SetFunctions, a: List, b: List) => sets.contains(a, b) && sets.contains(b, a),
    )
    .registerFunction('SetFunctions.intersects(list, list): bool', (sets: SetFunctions, a: List, b: List) =>
      sets.intersects(a, b),
    );
}

function sum(list: List): unknown {
  if (list.every((item) => typeof item === 'bigint')) return list.reduce<bigint>((total, item) => total + item, 0n);
  const [first, ...rest] = list;
  if (isDuration(first)) return rest.reduce<Duration>((total, item) => total.addDuration(item), first);
  return list.reduce<number>((total, item) => total + Number(item), 0);
}

function isDuration(value: unknown): value is Duration {
  return typeof value === 'object' && value !== null && 'addDuration' in value;
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
