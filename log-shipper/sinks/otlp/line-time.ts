import { nanosOf, parseNanoTime } from '../../../lib/nano-time.ts';

const SECONDS_LENGTH = '2026-01-02T03:04:05'.length;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_Z = 0x5a;

/** Nanoseconds since the epoch of RFC 3339 times in bytes. Neighbouring lines share their second, which is parsed once. */
export class LineTimes {
  readonly #second = Buffer.alloc(SECONDS_LENGTH);
  #secondNs = -1n;

  /** `undefined` when the bytes are no time. */
  nanos(bytes: Buffer, start: number, end: number): bigint | undefined {
    const dot = start + SECONDS_LENGTH;
    // Any other shape, as with an offset instead of Z, the long way.
    if (bytes[end - 1] !== LETTER_Z || bytes[dot] !== DOT) return nanosOfText(bytes.toString('latin1', start, end));
    let fraction = 0;
    let digits = 0;
    for (let at = dot + 1; at < end - 1; at++, digits++) {
      const digit = bytes[at] ?? 0;
      if (digit < ZERO || digit > NINE || digits >= 9) return undefined;
      fraction = fraction * 10 + (digit - ZERO);
    }
    for (; digits < 9; digits++) fraction *= 10;
    if (this.#secondNs < 0n || bytes.compare(this.#second, 0, SECONDS_LENGTH, start, dot) !== 0) {
      const nanos = nanosOfText(`${bytes.toString('latin1', start, dot)}Z`);
      if (nanos === undefined) return undefined;
      this.#secondNs = nanos;
      bytes.copy(this.#second, 0, start, dot);
    }
    return this.#secondNs + BigInt(fraction);
  }
}

function nanosOfText(text: string): bigint | undefined {
  const time = parseNanoTime(text);
  return time && nanosOf(time);
}
