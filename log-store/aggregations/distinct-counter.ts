import { createHash } from 'node:crypto';

/** Registers: 2^14 give a standard error of 0.8 %. */
const INDEX_BITS = 14;
const REGISTERS = 1 << INDEX_BITS;
const VALUE_BITS = 50;

/**
 * Counts different values: exactly up to `exactLimit` of them, then by HyperLogLog in 16 KiB with a standard error of 0.8 %. Sources: Flajolet et al. 2007;
 * estimator without bias tables by Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017.
 */
export class DistinctCounter {
  readonly #exactLimit: number;
  #exact: Set<string | number> | undefined = new Set();
  #registers: Uint8Array | undefined;

  constructor(exactLimit: number) {
    this.#exactLimit = exactLimit;
  }

  add(value: string | number): void {
    if (this.#exact) {
      this.#exact.add(value);
      if (this.#exact.size > this.#exactLimit) this.#condense();
    } else this.#note(value);
  }

  count(): number {
    return this.#exact ? this.#exact.size : Math.round(estimate(this.#registers ?? new Uint8Array(REGISTERS)));
  }

  #condense(): void {
    if (!this.#exact) return;
    this.#registers = new Uint8Array(REGISTERS);
    const values = this.#exact;
    this.#exact = undefined;
    for (const value of values) this.#note(value);
  }

  #note(value: string | number): void {
    const digest = createHash('md5')
      .update(typeof value === 'number' ? `#${value}` : value)
      .digest();
    const register = digest.readUInt16LE(0) & (REGISTERS - 1);
    const zeros = leadingZeros(digest.readUInt32LE(2), digest.readUInt32LE(6));
    const own = this.#registers;
    if (own && (own[register] ?? 0) <= zeros) own[register] = zeros + 1;
  }
}

function leadingZeros(high: number, low: number): number {
  return Math.min(VALUE_BITS, high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
}

function estimate(registers: Uint8Array): number {
  const counts = Array.from({ length: VALUE_BITS + 2 }, () => 0);
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1;
  let z = REGISTERS * tau((REGISTERS - (counts[VALUE_BITS + 1] ?? 0)) / REGISTERS);
  for (let rank = VALUE_BITS; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0));
  z += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS);
  return (REGISTERS / (2 * Math.LN2)) * (REGISTERS / z);
}

function sigma(start: number): number {
  if (start === 1) return Infinity;
  let x = start;
  let y = 1;
  let z = x;
  for (let before = -1; before !== z;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; before !== z;) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
