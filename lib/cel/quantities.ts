import type { Environment } from '@marcbachmann/cel-js';
import { parseQuantity } from '../kube/quantity.ts';

const UNIT = 1_000_000_000n;
/** What is read as more is cut to this, so that this is no amount that is known exactly. */
const MAX_WHOLE = 9_223_372_036_854_775_807n;

/** A resource quantity, exact to a billionth. */
class Quantity {
  readonly nano: bigint;

  constructor(nano: bigint) {
    this.nano = nano;
  }

  static parse(text: string): Quantity {
    return new Quantity(parseQuantity(text).nano);
  }

  get isInteger(): boolean {
    const whole = this.nano / UNIT;
    return this.nano % UNIT === 0n && whole < MAX_WHOLE && whole > -MAX_WHOLE;
  }

  plus(nano: bigint): Quantity {
    return new Quantity(this.nano + nano);
  }

  equals(other: unknown): boolean {
    return other instanceof Quantity && other.nano === this.nano;
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
    .registerFunction(`${type}.isInteger(): bool`, (a: Quantity) => a.isInteger)
    .registerFunction(`${type}.asInteger(): int`, asInteger)
    .registerFunction(`${type}.asApproximateFloat(): double`, (a: Quantity) => Number(a.nano) / Number(UNIT))
    .registerFunction(`${type}.add(${type}): ${type}`, (a: Quantity, b: Quantity) => a.plus(b.nano))
    .registerFunction(`${type}.add(int): ${type}`, (a: Quantity, b: bigint) => a.plus(b * UNIT))
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: Quantity, b: Quantity) => a.plus(-b.nano))
    .registerFunction(`${type}.sub(int): ${type}`, (a: Quantity, b: bigint) => a.plus(-b * UNIT))
    .registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => a.equals(b));
}

function asInteger(quantity: Quantity): bigint {
  if (!quantity.isInteger) throw new Error('cannot convert value to integer');
  return quantity.nano / UNIT;
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
