import { Rows, type Columns, type RowHeap } from './rows.ts';
import type { TailPool } from './tail.ts';
import { VarintReader, VarintWriter } from './varints.ts';

/**
 * Rows as bytes, in three pieces: the columns, the ids that are no sequence, the payload. Both the write-ahead log and blocks are made of them.
 *
 *     columns    count, bytes of ids and payload; tails and prefixes that occur; then each column with its length, so that only those are decoded that are looked
 *                at: time, nanoseconds, sequence number, payload length, id length, prefix, id number, tail, offset, flags. Numbers that grow are differences.
 */
export interface EncodedRows {
  readonly columns: Buffer;
  readonly ids: Buffer;
  readonly payload: Buffer;
}

/** Times beyond this are kept as doubles: differences of larger ones are not exact. */
const MAX_EXACT_MS = 2 ** 50;
const writer = new VarintWriter();
const part = new VarintWriter();

/** Rows `from` up to but not including `to`; `ids` and `payload` share the rows' memory. */
export function encodeRows(rows: Rows, from = 0, to = rows.count): EncodedRows {
  const { columns } = rows;
  const idsStart = from > 0 ? (columns.idEnd[from - 1] ?? 0) : 0;
  const idsEnd = to > 0 ? (columns.idEnd[to - 1] ?? 0) : 0;
  const payloadStart = rows.payloadStart(from);
  const payloadEnd = to > 0 ? rows.payloadEnd(to - 1) : 0;
  const tails = used(columns.tail, from, to, rows.tails.length);
  const prefixes = used(columns.prefix, from, to, rows.prefixes.length);
  writer.number(to - from);
  writer.number(idsEnd - idsStart);
  writer.number(payloadEnd - payloadStart);
  writer.number(tails.codes.length);
  for (const code of tails.codes) writer.bytes(rows.tails[code - 1]?.bytes ?? Buffer.alloc(0));
  writer.number(prefixes.codes.length);
  for (const code of prefixes.codes) writer.bytes(Buffer.from(rows.prefixes[code - 1] ?? ''));
  const column = (write: () => void) => {
    write();
    writer.bytes(part.written);
    part.clear();
  };
  column(() => writeTimes(columns.ms, from, to));
  column(() => {
    for (let n = from; n < to; n++) part.number(columns.subNs[n] ?? 0);
  });
  column(() => writeSteps(columns.seq, from, to));
  column(() => writeLengths(columns.payloadEnd, payloadStart, from, to));
  column(() => writeLengths(columns.idEnd, idsStart, from, to));
  column(() => {
    for (let n = from; n < to; n++) part.number(prefixes.renamed[columns.prefix[n] ?? 0] ?? 0);
  });
  column(() => writeSteps(columns.idNumber, from, to));
  column(() => {
    for (let n = from; n < to; n++) part.number(tails.renamed[columns.tail[n] ?? 0] ?? 0);
  });
  // The number of a line's id is its offset.
  column(() => {
    for (let n = from; n < to; n++) part.signed((columns.offset[n] ?? 0) - (columns.idNumber[n] ?? 0));
  });
  column(() => {
    for (let n = from; n < to; n++) part.number(columns.flags[n] ?? 0);
  });
  return {
    columns: writer.take(),
    ids: rows.ids.subarray(idsStart, idsEnd),
    payload: rows.payload.subarray(payloadStart, payloadEnd),
  };
}

/** The inverse. `heap` is called when something asks for ids or payload, with their lengths. Throws a `RangeError` for bytes that are no columns. */
export function decodeRows(
  bytes: Buffer,
  pool: TailPool,
  heap: (idsBytes: number, payloadBytes: number) => RowHeap,
): Rows {
  const reader = new VarintReader(bytes);
  const count = reader.number();
  // Every row takes more than one byte: a count beyond is garbage, and no reason to reserve memory.
  if (count > bytes.length) throw new RangeError('more rows than bytes');
  const idsBytes = reader.number();
  const payloadBytes = reader.number();
  const tails = Array.from({ length: Math.min(reader.number(), bytes.length) }, () => pool.of(reader.bytes()));
  const prefixes = Array.from({ length: Math.min(reader.number(), bytes.length) }, () => reader.bytes().toString());
  const columns = new EncodedColumns(reader, count);
  return new Rows(count, columns, tails, prefixes, idsBytes + payloadBytes, () => heap(idsBytes, payloadBytes));
}

/** Columns that are decoded when they are looked at: most searches need four of the ten. */
class EncodedColumns implements Columns {
  readonly #count: number;
  readonly #bytes: readonly Buffer[];
  #ms: Float64Array | undefined;
  #subNs: Uint32Array | undefined;
  #seq: Float64Array | undefined;
  #payloadEnd: Uint32Array | undefined;
  #idEnd: Uint32Array | undefined;
  #prefix: Uint16Array | undefined;
  #idNumber: Float64Array | undefined;
  #tail: Uint16Array | undefined;
  #offset: Float64Array | undefined;
  #flags: Uint16Array | undefined;

  constructor(reader: VarintReader, count: number) {
    this.#count = count;
    this.#bytes = Array.from({ length: 10 }, () => reader.bytes());
  }

  get ms(): Float64Array {
    return (this.#ms ??= readTimes(this.#reader(0), new Float64Array(this.#count)));
  }

  get subNs(): Uint32Array {
    return (this.#subNs ??= readNumbers(this.#reader(1), new Uint32Array(this.#count)));
  }

  get seq(): Float64Array {
    return (this.#seq ??= readSteps(this.#reader(2), new Float64Array(this.#count)));
  }

  get payloadEnd(): Uint32Array {
    return (this.#payloadEnd ??= readEnds(this.#reader(3), new Uint32Array(this.#count)));
  }

  get idEnd(): Uint32Array {
    return (this.#idEnd ??= readEnds(this.#reader(4), new Uint32Array(this.#count)));
  }

  get prefix(): Uint16Array {
    return (this.#prefix ??= readNumbers(this.#reader(5), new Uint16Array(this.#count)));
  }

  get idNumber(): Float64Array {
    return (this.#idNumber ??= readSteps(this.#reader(6), new Float64Array(this.#count)));
  }

  get tail(): Uint16Array {
    return (this.#tail ??= readNumbers(this.#reader(7), new Uint16Array(this.#count)));
  }

  get offset(): Float64Array {
    if (!this.#offset) {
      const { idNumber } = this;
      const reader = this.#reader(8);
      this.#offset = new Float64Array(this.#count);
      for (let n = 0; n < this.#count; n++) this.#offset[n] = reader.signed() + (idNumber[n] ?? 0);
    }
    return this.#offset;
  }

  get flags(): Uint16Array {
    return (this.#flags ??= readNumbers(this.#reader(9), new Uint16Array(this.#count)));
  }

  #reader(column: number): VarintReader {
    return new VarintReader(this.#bytes[column] ?? Buffer.alloc(0));
  }
}

/** The codes above 0 that occur between two rows, and the numbers 1, 2, … that they get. */
function used(
  codes: Uint16Array,
  from: number,
  to: number,
  highest: number,
): { codes: number[]; renamed: Uint16Array } {
  const renamed = new Uint16Array(highest + 1);
  const found: number[] = [];
  for (let n = from; n < to; n++) {
    const code = codes[n] ?? 0;
    if (code > 0 && renamed[code] === 0) renamed[code] = found.push(code);
  }
  return { codes: found, renamed };
}

function writeTimes(ms: Float64Array, from: number, to: number): void {
  let exact = true;
  for (let n = from; n < to; n++) {
    const at = ms[n] ?? 0;
    if (!(Math.abs(at) < MAX_EXACT_MS && Number.isInteger(at))) exact = false;
  }
  part.number(exact ? 1 : 0);
  if (exact) writeSteps(ms, from, to);
  else for (let n = from; n < to; n++) part.double(ms[n] ?? 0);
}

function readTimes(reader: VarintReader, ms: Float64Array): Float64Array {
  if (reader.number() === 1) return readSteps(reader, ms);
  for (let n = 0; n < ms.length; n++) ms[n] = reader.double();
  return ms;
}

function writeSteps(numbers: Float64Array, from: number, to: number): void {
  let before = 0;
  for (let n = from; n < to; n++) {
    const number = numbers[n] ?? 0;
    part.signed(number - before);
    before = number;
  }
}

function readSteps(reader: VarintReader, numbers: Float64Array): Float64Array {
  let number = 0;
  for (let n = 0; n < numbers.length; n++) numbers[n] = number += reader.signed();
  return numbers;
}

function writeLengths(ends: Uint32Array, start: number, from: number, to: number): void {
  let before = start;
  for (let n = from; n < to; n++) {
    const end = ends[n] ?? 0;
    part.number(end - before);
    before = end;
  }
}

function readEnds(reader: VarintReader, ends: Uint32Array): Uint32Array {
  let end = 0;
  for (let n = 0; n < ends.length; n++) ends[n] = end += reader.number();
  return ends;
}

function readNumbers<T extends Uint16Array | Uint32Array>(reader: VarintReader, numbers: T): T {
  for (let n = 0; n < numbers.length; n++) numbers[n] = reader.number();
  return numbers;
}
