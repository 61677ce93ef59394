/** How a value is laid out: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
export type WireType = number;

const malformed = 'the protobuf message ends in the middle of a field';

/** Reads the fields of one message one after another. Throws an `Error` at anything that is not well formed; never reads beyond its bytes. */
export class ProtobufReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  tag(): { readonly number: number; readonly wireType: WireType } {
    const tag = this.#unsigned();
    return { number: Math.floor(tag / 8), wireType: tag % 8 };
  }

  /** A signed whole number; beyond 2^53 the nearest that JavaScript has, as JSON would give. */
  integer(wireType: WireType): number {
    if (wireType !== 0) throw new Error(`expected a varint, found wire type ${wireType}`);
    const short = this.#short();
    return short >= 0 ? short : Number(BigInt.asIntN(64, this.#varint()));
  }

  double(wireType: WireType): number {
    if (wireType !== 1) throw new Error(`expected eight bytes, found wire type ${wireType}`);
    return this.#take(8).readDoubleLE(0);
  }

  bytes(wireType: WireType): Buffer {
    if (wireType !== 2) throw new Error(`expected bytes, found wire type ${wireType}`);
    return this.#take(this.#unsigned());
  }

  skip(wireType: WireType): void {
    if (wireType === 0) this.#unsigned();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.#take(this.#unsigned());
    else if (wireType === 5) this.#take(4);
    else throw new Error(`unknown wire type ${wireType}`);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error(malformed);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #unsigned(): number {
    const short = this.#short();
    return short >= 0 ? short : Number(this.#varint());
  }

  /** A varint of at most four bytes, as nearly all are; -1, with nothing read, when it is longer or cut off. */
  #short(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let index = 0; index < 4; index++) {
      const byte = bytes[this.#at + index] ?? 0x80;
      value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) {
        this.#at += index + 1;
        return value;
      }
    }
    return -1;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new Error(malformed);
      this.#at++;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a varint is longer than ten bytes');
  }
}
