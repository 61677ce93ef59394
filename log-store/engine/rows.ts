import type { SequenceId } from './id-sequences.ts';
import { levelOf, NOT_PLAIN, renderLine, streamOf } from './line-shape.ts';
import type { Tail } from './tail.ts';

/** Bytes of a row in all columns together; a multiple of eight is not needed, as wide columns come first. */
const ROW_BYTES = 50;

/** The columns of documents. Arrays may be longer than the number of rows, and may be shared with other threads. */
export interface Columns {
  /** `@timestamp`, or the time of arrival for documents without: whole milliseconds and nanoseconds below. */
  readonly ms: Float64Array;
  readonly subNs: Uint32Array;
  /** Number of the document within its index. */
  readonly seq: Float64Array;
  /** Where its bytes end in `payload`: a line's message as it stands in the JSON, any other document's whole JSON. */
  readonly payloadEnd: Uint32Array;
  /** Number of its prefix, 0 for none: then its id ends at `idEnd` of `ids`. */
  readonly prefix: Uint16Array;
  readonly idNumber: Float64Array;
  readonly idEnd: Uint32Array;
  /** Number of its tail, 0 for a document that is no line. */
  readonly tail: Uint16Array;
  readonly offset: Float64Array;
  readonly flags: Uint16Array;
}

/** A document as it is handed out: `source` is the JSON exactly as it came. */
export interface StoredDoc {
  readonly seq: number;
  readonly id: string;
  readonly ms: number;
  readonly subNs: number;
  readonly source: Buffer;
}

/** Documents in columns: those of a block, or those that are not in one yet. Nothing is made of a row before it is asked for. */
export class Rows {
  readonly count: number;
  readonly columns: Columns;
  readonly tails: readonly Tail[];
  readonly prefixes: readonly string[];
  /** Bytes of messages and ids, in memory while the heap is open. */
  readonly heapBytes: number;
  /** Called when the heap was opened. */
  onOpened: ((rows: Rows) => void) | undefined;
  readonly #heap: () => RowHeap;
  #open: RowHeap | undefined;

  constructor(
    count: number,
    columns: Columns,
    tails: readonly Tail[],
    prefixes: readonly string[],
    heapBytes: number,
    heap: () => RowHeap,
  ) {
    this.count = count;
    this.columns = columns;
    this.tails = tails;
    this.prefixes = prefixes;
    this.heapBytes = heapBytes;
    this.#heap = heap;
  }

  /** Lets go of messages and ids; they are decompressed again when they are asked for. */
  closeHeap(): void {
    this.#open = undefined;
  }

  get payload(): Buffer {
    return this.#opened().payload;
  }

  get ids(): Buffer {
    return this.#opened().ids;
  }

  id(n: number): string {
    const { prefix, idNumber, idEnd } = this.columns;
    const code = prefix[n] ?? 0;
    if (code > 0) return `${this.prefixes[code - 1] ?? ''}-${(idNumber[n] ?? 0).toString(36)}`;
    return this.ids.toString('utf8', n > 0 ? idEnd[n - 1] : 0, idEnd[n]);
  }

  /** The last row whose id is this position: `splitSequenceId` of it. -1 when there is none, or when it stands among the texts. */
  rowOfPosition({ prefix, number }: SequenceId): number {
    const code = this.prefixes.indexOf(prefix) + 1;
    if (code === 0) return -1;
    const { prefix: codes, idNumber } = this.columns;
    for (let n = this.count - 1; n >= 0; n--) if (idNumber[n] === number && codes[n] === code) return n;
    return -1;
  }

  /** Whether some ids are no positions, but texts. */
  get hasTextIds(): boolean {
    return this.count > 0 && (this.columns.idEnd[this.count - 1] ?? 0) > 0;
  }

  isLine(n: number): boolean {
    return (this.columns.tail[n] ?? 0) > 0;
  }

  /** A line whose message is ASCII without escapes, so that its bytes are its text. */
  isPlainLine(n: number): boolean {
    return this.isLine(n) && ((this.columns.flags[n] ?? 0) & NOT_PLAIN) === 0;
  }

  payloadStart(n: number): number {
    return n > 0 ? (this.columns.payloadEnd[n - 1] ?? 0) : 0;
  }

  payloadEnd(n: number): number {
    return this.columns.payloadEnd[n] ?? 0;
  }

  /** The message of a line. */
  message(n: number): string {
    const { payload } = this;
    const start = this.payloadStart(n);
    const end = this.payloadEnd(n);
    if (this.isPlainLine(n)) return payload.toString('latin1', start, end);
    return JSON.parse(`"${payload.toString('utf8', start, end)}"`) as string;
  }

  stream(n: number): string {
    return streamOf(this.columns.flags[n] ?? 0);
  }

  level(n: number): string {
    return levelOf(this.columns.flags[n] ?? 0);
  }

  tailOf(n: number): Tail | undefined {
    return this.tails[(this.columns.tail[n] ?? 0) - 1];
  }

  /** The document's JSON, as bytes of its own. */
  source(n: number): Buffer {
    const { ms, subNs, flags, offset } = this.columns;
    const bytes = this.payload.subarray(this.payloadStart(n), this.payloadEnd(n));
    const tail = this.tailOf(n);
    if (!tail) return Buffer.from(bytes);
    return renderLine(ms[n] ?? 0, subNs[n] ?? 0, flags[n] ?? 0, bytes, offset[n] ?? 0, tail.bytes);
  }

  doc(n: number): StoredDoc {
    const { seq, ms, subNs } = this.columns;
    return { seq: seq[n] ?? 0, id: this.id(n), ms: ms[n] ?? 0, subNs: subNs[n] ?? 0, source: this.source(n) };
  }

  #opened(): RowHeap {
    if (!this.#open) {
      this.#open = this.#heap();
      this.onOpened?.(this);
    }
    return this.#open;
  }
}

/** A document as the only row. */
export function rowOf(doc: StoredDoc): Rows {
  const columns = newColumns(1);
  const ids = Buffer.from(doc.id);
  columns.seq[0] = doc.seq;
  columns.ms[0] = doc.ms;
  columns.subNs[0] = doc.subNs;
  columns.idEnd[0] = ids.length;
  columns.payloadEnd[0] = doc.source.length;
  return new Rows(1, columns, [], [], doc.source.length + ids.length, () => ({ payload: doc.source, ids }));
}

/** The bytes of rows that are of any length. */
export interface RowHeap {
  readonly payload: Buffer;
  readonly ids: Buffer;
}

/** Columns for so many rows in one piece of memory, which threads can share when asked for. */
export function newColumns(rows: number, shared = false): Columns {
  const memory = shared ? new SharedArrayBuffer(rows * ROW_BYTES) : new ArrayBuffer(rows * ROW_BYTES);
  return {
    ms: new Float64Array(memory, 0, rows),
    seq: new Float64Array(memory, rows * 8, rows),
    idNumber: new Float64Array(memory, rows * 16, rows),
    offset: new Float64Array(memory, rows * 24, rows),
    subNs: new Uint32Array(memory, rows * 32, rows),
    payloadEnd: new Uint32Array(memory, rows * 36, rows),
    idEnd: new Uint32Array(memory, rows * 40, rows),
    prefix: new Uint16Array(memory, rows * 44, rows),
    tail: new Uint16Array(memory, rows * 46, rows),
    flags: new Uint16Array(memory, rows * 48, rows),
  };
}

/** Columns for more rows, with what is in the given ones. */
export function growColumns(columns: Columns, rows: number): Columns {
  const grown = newColumns(rows, true);
  grown.ms.set(columns.ms);
  grown.seq.set(columns.seq);
  grown.idNumber.set(columns.idNumber);
  grown.offset.set(columns.offset);
  grown.subNs.set(columns.subNs);
  grown.payloadEnd.set(columns.payloadEnd);
  grown.idEnd.set(columns.idEnd);
  grown.prefix.set(columns.prefix);
  grown.tail.set(columns.tail);
  grown.flags.set(columns.flags);
  return grown;
}
