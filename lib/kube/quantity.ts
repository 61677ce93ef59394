import { memoized } from '../memoized.ts';

/** How a quantity was written, which decides how it is printed. */
type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** A number with unit as the API writes it (`250m`, `64Mi`, `1e3`), exact to a nano. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** Text that is not a quantity; the message is the API's. */
export class QuantityError extends Error {
  constructor(text: string) {
    super(
      outline.test(text)
        ? "unable to parse quantity's suffix"
        : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
    this.name = 'QuantityError';
  }
}

const NANO = 1_000_000_000n;
/** Larger amounts are cut to what fits a signed 64-bit integer, as upstream does. */
const MAX_WHOLE = 9_223_372_036_854_775_807n;
/** Longer texts are not numbers that anybody wrote. */
const MAX_TEXT = 64;
const MAX_KNOWN = 1_024;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryShifts: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
/** A number and what could be a unit. Read in one way only: texts may be as long as a request. */
const outline = /^(?=.)[+-]?\d*(?:\.\d*)?(?:[eEinumkKMGTP]+[-+]?\d*|[-+]\d*)?$/;
const shape = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]?|[KMGTPE]i|[eE][+-]?\d{1,3})$/;

/** Throws `QuantityError`. Fractions of a nano are rounded up (away from zero). */
export function parseQuantity(text: string | number): Quantity {
  const written = String(text);
  return written.length <= MAX_TEXT ? parsed(written) : refuse(written);
}

/** A cluster writes the same few quantities again and again. */
const parsed = memoized(MAX_KNOWN, (text: string): Quantity => {
  const match = shape.exec(text) ?? refuse(text);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') refuse(text);
  const digits = BigInt(`${whole}${fraction}`);
  const { format, numerator, exponent } = scaleOf(suffix);
  const nano = min(scaled(digits * numerator, exponent + 9 - fraction.length), MAX_WHOLE * NANO);
  return { nano: sign === '-' ? -nano : nano, format };
});

function refuse(text: string): never {
  throw new QuantityError(text);
}

/** The canonical text: no fraction, the largest suffix that fits, no rounding. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const isFine = nano % NANO !== 0n;
  const absolute = abs(nano);
  if (format === 'BinarySI' && !isFine && absolute >= 1024n * NANO) return formatBinary(nano / NANO);
  let exponent = -9;
  let rest = nano;
  while (rest % 1000n === 0n && exponent < 18) {
    rest /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
  const suffix = Object.keys(decimalExponents).find((name) => decimalExponents[name] === exponent) ?? '';
  return `${rest}${suffix}`;
}

/** `1000m` → `1`, `1024Ki` → `1Mi`. Throws `QuantityError`. */
export function canonicalQuantity(text: string | number): string {
  const written = String(text);
  return written.length <= MAX_TEXT ? canonical(written) : refuse(written);
}

const canonical = memoized(MAX_KNOWN, (text: string) => formatQuantity(parseQuantity(text)));

/** The sum, printed in the way of the first that is not zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** Whole units, rounded up: bytes of `64Mi`, pods of `110`. Exact up to 2^53. */
export function wholeValue(text: string | number): number {
  return Number(divideUp(parseQuantity(text).nano, NANO));
}

/** Thousandths, rounded up: millicores of `250m` or `0.25`. */
export function milliValue(text: string | number): number {
  return Number(divideUp(parseQuantity(text).nano, 1_000_000n));
}

function scaleOf(suffix: string): { format: QuantityFormat; numerator: bigint; exponent: number } {
  const shift = binaryShifts[suffix];
  if (shift !== undefined) return { format: 'BinarySI', numerator: 1n << shift, exponent: 0 };
  const exponent = decimalExponents[suffix];
  if (exponent !== undefined) return { format: 'DecimalSI', numerator: 1n, exponent };
  return { format: 'DecimalExponent', numerator: 1n, exponent: Number(suffix.slice(1)) };
}

function scaled(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : divideUp(value, 10n ** BigInt(-exponent));
}

/** Rounds away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function formatBinary(whole: bigint): string {
  let rest = whole;
  let name = '';
  for (const suffix of Object.keys(binaryShifts)) {
    if (rest % 1024n !== 0n) break;
    rest /= 1024n;
    name = suffix;
  }
  return `${rest}${name}`;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
