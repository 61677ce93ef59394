const INITIAL_BYTES = 1_024;
const MAX_VARINT_BYTES = 10;
/** Numbers from here on do not fit 32-bit arithmetic. */
const UINT31 = 0x7fffffff;

/** Writes the fields of one protobuf message, growing as needed. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written; valid until the next write or reset. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes it empty for another message, keeping its memory. */
  reset(): void {
    this.#length = 0;
  }

  integer(field: number, value: number): void {
    this.#room(2 * MAX_VARINT_BYTES);
    this.#varint(field * 8);
    if (value >= 0 && value <= UINT31) this.#varint(value);
    else this.#longVarint(BigInt(Math.trunc(value)));
  }

  double(field: number, value: number): void {
    this.#room(MAX_VARINT_BYTES + 8);
    this.#varint(field * 8 + 1);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  fixed64(field: number, value: bigint): void {
    this.#room(MAX_VARINT_BYTES + 8);
    this.#varint(field * 8 + 1);
    this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  text(field: number, value: string): void {
    const size = Buffer.byteLength(value);
    this.#head(field, size);
    this.#length += this.#bytes.write(value, this.#length);
  }

  /** Bytes, text that is UTF-8 already, or a message that is encoded already. */
  bytes(field: number, value: Buffer, start = 0, end = value.length): void {
    this.#head(field, end - start);
    this.#length += value.copy(this.#bytes, this.#length, start, end);
  }

  message(field: number, message: ProtobufWriter): void {
    this.bytes(field, message.#bytes, 0, message.#length);
  }

  /** Fields that were encoded before. */
  fields(encoded: Buffer): void {
    this.#room(encoded.length);
    this.#length += encoded.copy(this.#bytes, this.#length);
  }

  #head(field: number, size: number): void {
    this.#room(2 * MAX_VARINT_BYTES + size);
    this.#varint(field * 8 + 2);
    this.#varint(size);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #longVarint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #room(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
