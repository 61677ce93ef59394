const INITIAL_BYTES = 64 * 1024;
/** A buffer that one very large object needed is not kept for all the small ones. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Shorter texts are written faster here than by a call into the engine. */
const SHORT_TEXT = 48;
const SHORT_BYTES = 16;

/**
 * Writes protobuf's wire format from its end to its beginning, so that the length of a message is known when its time comes to be written. One writer is used
 * again and again: `begin`, write, `take`.
 */
export class BackwardWriter {
  #buffer: Buffer;
  #at: number;

  constructor(initialBytes = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
    this.#at = initialBytes;
  }

  begin(): void {
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#at = this.#buffer.length;
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** A copy of what was written, in memory of its own. */
  take(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.length);
    this.#buffer.copy(bytes, 0, this.#at);
    return bytes;
  }

  /** A whole number that is not negative and below 2^31: tags and lengths. */
  small(value: number): void {
    this.#reserve(5);
    if (value < 0x80) {
      this.#buffer[--this.#at] = value;
      return;
    }
    let at = this.#at - sizeOfVarint(value);
    this.#at = at;
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[at] = rest;
  }

  /** A whole number of 64 bits, negative ones in ten bytes; what has no whole number is 0. */
  integer(value: number): void {
    if (value >= 0 && value < 0x7fffffff) {
      this.small(Math.trunc(value));
      return;
    }
    const bytes: number[] = [];
    let rest = Number.isFinite(value) ? BigInt.asUintN(64, BigInt(Math.trunc(value))) : 0n;
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** A text with its length before it. */
  text(value: string): void {
    const length = value.length <= SHORT_TEXT && this.#ascii(value) ? value.length : this.#utf8(value);
    this.small(length);
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): void {
    this.raw(value);
    this.small(value.length);
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    const { length } = value;
    this.#reserve(length);
    const at = this.#at - length;
    this.#at = at;
    if (length > SHORT_BYTES) this.#buffer.set(value, at);
    else for (let index = 0; index < length; index++) this.#buffer[at + index] = value[index] ?? 0;
  }

  /** False, with nothing written, when there is more than ASCII in it. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(length);
    const start = this.#at - length;
    const buffer = this.#buffer;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      buffer[start + index] = code;
    }
    this.#at = start;
    return true;
  }

  #utf8(value: string): number {
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    this.#buffer.write(value, this.#at, length);
    return length;
  }

  #reserve(length: number): void {
    if (this.#at >= length) return;
    const written = this.length;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, (written + length) * 2));
    this.#buffer.copy(larger, larger.length - written, this.#at);
    this.#at = larger.length - written;
    this.#buffer = larger;
  }
}

/** How many bytes `small` writes. */
export function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}
