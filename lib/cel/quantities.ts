import type { Environment } from '@marcbachmann/cel-js';
import { parseQuantity } from '../kube/quantity.ts';

const UNIT = 1_000_000_000n;

/** A resource quantity, exact to a billionth. */
class Quantity {
  readonly nano: bigint;

  constructor(nano: bigint) {
    this.nano = nano;
  }

  static parse(text: string): Quantity {
    return new Quantity(parseQuantity(text).nano);
  }
}

/** `quantity`, `isQuantity`, comparison, `add`, `sub`, `sign`, `asInteger`, `isInteger`, `asApproximateFloat`. */
export function addQuantityFunctions(environment: Environment): void {
  const type = 'kubernetes.Quantity';
  environment
    .registerType(type, Quantity)
    .registerFunction('isQuantity(string): bool', isQuantity)
    .registerFunction(`quantity(string): ${type}`, (text: string) => Quantity.parse(text))
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: Quantity, b: Quantity) => a.nano > b.nano)
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: Quantity, b: Quantity) => a.nano < b.nano)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: Quantity, b: Quantity) => signOf(a.nano - b.nano))
    .registerFunction(`${type}.sign(): int`, (a: Quantity) => signOf(a.nano))
    .registerFunction(`${type}.isInteger(): bool`, (a: Quantity) => a.nano % UNIT === 0n)
    .registerFunction(`${type}.asInteger(): int`, (a: Quantity) => a.nano / UNIT)
    .registerFunction(`${type}.asApproximateFloat(): double`, (a: Quantity) => Number(a.nano) / Number(UNIT))
    .registerFunction(`${type}.add(${type}): ${type}`, (a: Quantity, b: Quantity) => new Quantity(a.nano + b.nano))
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: Quantity, b: Quantity) => new Quantity(a.nano - b.nano))
    .registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => a.nano === b.nano);
}

function signOf(nano: bigint): bigint {
  if (nano === 0n) return 0n;
  return nano > 0n ? 1n : -1n;
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}
