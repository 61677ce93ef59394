const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;

/** Writes one message of protobuf's wire format. Fields come out in the order in which they are written; an absent value writes nothing. */
export class ProtobufWriter {
  readonly #parts: Buffer[] = [];

  string(field: number, text: string | undefined): this {
    return text === undefined ? this : this.#bytes(field, Buffer.from(text));
  }

  strings(field: number, texts: readonly string[] | undefined): this {
    for (const text of texts ?? []) this.string(field, text);
    return this;
  }

  bool(field: number, value: boolean | undefined): this {
    return this.integer(field, value === undefined ? undefined : Number(value));
  }

  /** A whole number that is not negative. */
  integer(field: number, value: number | undefined): this {
    if (value !== undefined) this.#parts.push(varint(field * 8 + VARINT), varint(value));
    return this;
  }

  double(field: number, value: number | undefined): this {
    if (value === undefined) return this;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(varint(field * 8 + DOUBLE), bytes);
    return this;
  }

  message(field: number, message: ProtobufWriter | undefined): this {
    return message === undefined ? this : this.#bytes(field, message.finish());
  }

  messages(field: number, messages: readonly ProtobufWriter[]): this {
    for (const message of messages) this.message(field, message);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #bytes(field: number, bytes: Buffer): this {
    this.#parts.push(varint(field * 8 + BYTES), varint(bytes.length), bytes);
    return this;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  // Not by shifting: numbers of JSON have more than 32 bits.
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
