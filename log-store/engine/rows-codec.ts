import { newColumns, Rows, type RowHeap } from './rows.ts';
import type { TailPool } from './tail.ts';
import { VarintReader, VarintWriter } from './varints.ts';

/**
 * Rows as bytes, in three pieces: the columns, the ids that are no sequence, the payload. Both the write-ahead log and blocks are made of them.
 *
 *     columns    count, bytes of ids and payload; tails and prefixes that occur; then column by column: time, nanoseconds, sequence number, payload length, id
 *                length, prefix, id number, tail, offset, flags. Numbers that grow are kept as differences.
 */
export interface EncodedRows {
  readonly columns: Buffer;
  readonly ids: Buffer;
  readonly payload: Buffer;
}

/** Times beyond this are kept as doubles: differences of larger ones are not exact. */
const MAX_EXACT_MS = 2 ** 50;
const writer = new VarintWriter();

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
  writeTimes(columns.ms, from, to);
  for (let n = from; n < to; n++) writer.number(columns.subNs[n] ?? 0);
  let seq = 0;
  for (let n = from; n < to; n++) {
    writer.number((columns.seq[n] ?? 0) - seq);
    seq = columns.seq[n] ?? 0;
  }
  writeLengths(columns.payloadEnd, payloadStart, from, to);
  writeLengths(columns.idEnd, idsStart, from, to);
  for (let n = from; n < to; n++) writer.number(prefixes.renamed[columns.prefix[n] ?? 0] ?? 0);
  let position = 0;
  for (let n = from; n < to; n++) {
    if (columns.prefix[n] === 0) continue;
    const number = columns.idNumber[n] ?? 0;
    writer.signed(number - position);
    position = number;
  }
  for (let n = from; n < to; n++) writer.number(tails.renamed[columns.tail[n] ?? 0] ?? 0);
  for (let n = from; n < to; n++) {
    if (columns.tail[n] === 0) continue;
    // The number of a line's id is its offset.
    writer.signed((columns.offset[n] ?? 0) - (columns.idNumber[n] ?? 0));
    writer.number(columns.flags[n] ?? 0);
  }
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
  const columns = newColumns(count);
  readTimes(reader, columns.ms, count);
  for (let n = 0; n < count; n++) columns.subNs[n] = reader.number();
  let seq = 0;
  for (let n = 0; n < count; n++) columns.seq[n] = seq += reader.number();
  if (readLengths(reader, columns.payloadEnd, count) !== payloadBytes) throw new RangeError('lengths do not add up');
  if (readLengths(reader, columns.idEnd, count) !== idsBytes) throw new RangeError('lengths do not add up');
  for (let n = 0; n < count; n++) columns.prefix[n] = reader.number();
  let position = 0;
  for (let n = 0; n < count; n++) {
    if (columns.prefix[n] !== 0) columns.idNumber[n] = position += reader.signed();
  }
  for (let n = 0; n < count; n++) columns.tail[n] = reader.number();
  for (let n = 0; n < count; n++) {
    if (columns.tail[n] === 0) continue;
    columns.offset[n] = reader.signed() + (columns.idNumber[n] ?? 0);
    columns.flags[n] = reader.number();
  }
  return new Rows(count, columns, tails, prefixes, idsBytes + payloadBytes, () => heap(idsBytes, payloadBytes));
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
  writer.number(exact ? 1 : 0);
  let before = 0;
  for (let n = from; n < to; n++) {
    const at = ms[n] ?? 0;
    if (exact) writer.signed(at - before);
    else writer.double(at);
    before = at;
  }
}

function readTimes(reader: VarintReader, ms: Float64Array, count: number): void {
  const exact = reader.number() === 1;
  let at = 0;
  for (let n = 0; n < count; n++) ms[n] = exact ? (at += reader.signed()) : reader.double();
}

function writeLengths(ends: Uint32Array, start: number, from: number, to: number): void {
  let before = start;
  for (let n = from; n < to; n++) {
    const end = ends[n] ?? 0;
    writer.number(end - before);
    before = end;
  }
}

/** Returns the sum. */
function readLengths(reader: VarintReader, ends: Uint32Array, count: number): number {
  let end = 0;
  for (let n = 0; n < count; n++) ends[n] = end += reader.number();
  return end;
}
