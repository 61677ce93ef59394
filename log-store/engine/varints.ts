/** Whole numbers in as few bytes as they need, seven bits a byte, for columns that are mostly small. Numbers must be below 2^53. */

const MAX_BYTES = 8;

export class VarintWriter {
  #bytes = Buffer.allocUnsafe(16 * 1024);
  #length = 0;

  /** A number that is not negative. */
  number(value: number): void {
    if (this.#length + MAX_BYTES > this.#bytes.length) this.#grow(MAX_BYTES);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    while (rest >= 0x80000000) {
      bytes[at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }

  /** A number of either sign, small when it is near zero; its size must be below 2^52. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  bytes(value: Uint8Array): void {
    this.number(value.length);
    if (this.#length + value.length > this.#bytes.length) this.#grow(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was written; it changes with the next use of this writer. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** What was written, in memory that the next use of this writer does not touch. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  #grow(by: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + by));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** The inverse. Throws a `RangeError` when the bytes end too early. */
export class VarintReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  number(): number {
    const bytes = this.#bytes;
    let byte = this.#byte(bytes);
    if (byte < 128) return byte;
    let value = byte & 127;
    let factor = 128;
    do {
      byte = this.#byte(bytes);
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte >= 128);
    return value;
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  bytes(): Buffer {
    const length = this.number();
    if (this.#at + length > this.#bytes.length) throw new RangeError('bytes end too early');
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  #byte(bytes: Buffer): number {
    const byte = bytes[this.#at++];
    if (byte === undefined) throw new RangeError('bytes end too early');
    return byte;
  }
}
