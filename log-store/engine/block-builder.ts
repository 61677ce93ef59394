import { bloomAdd, newBloom } from './bloom.ts';
import { idTerm, prefixTerm } from './doc-terms.ts';
import { numberOf, type IdPrefix } from './id-sequences.ts';
import { NOT_PLAIN, streamLevelOf, type LineScanner } from './line-shape.ts';
import { RollupBuilder } from './rollup.ts';
import { growColumns, newColumns, Rows, type Columns, type StoredDoc } from './rows.ts';
import type { Tail } from './tail.ts';

/** Bytes of documents at which a block is closed. */
export const BLOCK_RAW_BYTES = 256 * 1024;
/** Documents at which it is closed, however small they are: their words would fill its bloom. */
export const BLOCK_ROWS = 4_096;
const FIRST_ROWS = 32;
const FIRST_HEAP_BYTES = 4 * 1024;

/**
 * Documents that are not yet in a block: searchable at once, with the bloom, rollups and id bounds that their block will have. It only grows, in memory that
 * threads can share, so that `rows()` of an earlier moment stays as it was.
 */
export class BlockBuilder {
  readonly bloom = newBloom();
  readonly rollup = new RollupBuilder();
  count = 0;
  minMs = Infinity;
  maxMs = -Infinity;
  #columns: Columns;
  #payload: Buffer;
  #payloadBytes = 0;
  #ids: Buffer = Buffer.alloc(0);
  #idsBytes = 0;
  readonly #tails: Tail[] = [];
  readonly #tailCodes = new Map<Tail, number>();
  readonly #prefixes: string[] = [];
  readonly #prefixCodes = new Map<IdPrefix, number>();
  readonly #highest: number[] = [];
  #kinds = 0;
  /** Rows by id, made when it is first asked for. */
  readonly #byId = new Map<string, number>();
  #byIdCount = 0;

  /** Makes room for so many documents and bytes at once: a busy index fills a block like the one before. */
  constructor(rows = FIRST_ROWS, bytes = FIRST_HEAP_BYTES) {
    this.#columns = newColumns(Math.min(rows, BLOCK_ROWS), true);
    this.#payload = Buffer.from(new SharedArrayBuffer(Math.min(bytes, BLOCK_RAW_BYTES + FIRST_HEAP_BYTES)));
  }

  /** Bytes of documents and their ids. */
  get bytes(): number {
    return this.#payloadBytes + this.#idsBytes;
  }

  get isFull(): boolean {
    return this.bytes >= BLOCK_RAW_BYTES || this.count >= BLOCK_ROWS;
  }

  addTerm = (term: number): void => bloomAdd(this.bloom, term);

  /** Whether a tail's terms are in this block's bloom already. */
  hasTail(tail: Tail): boolean {
    return this.#tailCodes.has(tail);
  }

  /** Whether no line with this stream and level is in it yet. */
  isNewKind(flags: number): boolean {
    return (this.#kinds & (1 << streamLevelOf(flags))) === 0;
  }

  /** Highest number of each id prefix in it. */
  *idBounds(): Generator<readonly [string, number]> {
    for (let n = 0; n < this.#prefixes.length; n++) yield [this.#prefixes[n] ?? '', this.#highest[n] ?? -1];
  }

  /** Adds a line as the scanner found it in `bytes`. */
  addLine(
    seq: number,
    id: string,
    prefix: IdPrefix | undefined,
    line: LineScanner,
    bytes: Buffer,
    plain: boolean,
    tail: Tail,
  ): void {
    const n = this.#begin(seq, id, prefix, line.ms, line.subNs);
    this.#append(bytes, line.messageStart, line.messageEnd);
    const columns = this.#columns;
    columns.payloadEnd[n] = this.#payloadBytes;
    columns.tail[n] = this.#codeOf(tail);
    columns.offset[n] = line.offset;
    columns.flags[n] = plain ? line.flags : line.flags | NOT_PLAIN;
    this.#kinds |= 1 << streamLevelOf(line.flags);
    this.rollup.addLine(line.ms, line.flags);
  }

  /** Adds any other document; `document` is the same parsed. */
  addWhole(doc: StoredDoc, prefix: IdPrefix | undefined, document: Readonly<Record<string, unknown>>): void {
    const n = this.#begin(doc.seq, doc.id, prefix, doc.ms, doc.subNs);
    this.#append(doc.source, 0, doc.source.length);
    this.#columns.payloadEnd[n] = this.#payloadBytes;
    const log = document['log'];
    const level =
      typeof log === 'object' && log !== null ? (log as Record<string, unknown>)['level'] : document['log.level'];
    this.rollup.add(doc.ms, document['stream'], level);
  }

  /** The documents so far. */
  rows(): Rows {
    const heap = {
      payload: this.#payload.subarray(0, this.#payloadBytes),
      ids: this.#ids.subarray(0, this.#idsBytes),
    };
    return new Rows(this.count, this.#columns, [...this.#tails], [...this.#prefixes], this.bytes, () => heap);
  }

  /** The row with this id; the last one when there are several. */
  rowOf(id: string): number | undefined {
    if (this.#byIdCount < this.count) {
      const rows = this.rows();
      for (; this.#byIdCount < this.count; this.#byIdCount++) this.#byId.set(rows.id(this.#byIdCount), this.#byIdCount);
    }
    return this.#byId.get(id);
  }

  #begin(seq: number, id: string, prefix: IdPrefix | undefined, ms: number, subNs: number): number {
    const n = this.count++;
    if (n >= this.#columns.ms.length) this.#columns = growColumns(this.#columns, Math.max(FIRST_ROWS, n * 2));
    const columns = this.#columns;
    columns.seq[n] = seq;
    columns.ms[n] = ms;
    columns.subNs[n] = subNs;
    if (prefix) {
      const number = numberOf(id, prefix.prefix);
      columns.prefix[n] = this.#prefixCode(prefix, number);
      columns.idNumber[n] = number;
    } else {
      this.#appendId(id);
      bloomAdd(this.bloom, idTerm(id));
    }
    columns.idEnd[n] = this.#idsBytes;
    if (ms < this.minMs) this.minMs = ms;
    if (ms > this.maxMs) this.maxMs = ms;
    return n;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const length = this.#payloadBytes + end - start;
    if (length > this.#payload.length) this.#payload = grow(this.#payload, this.#payloadBytes, length);
    bytes.copy(this.#payload, this.#payloadBytes, start, end);
    this.#payloadBytes = length;
  }

  #appendId(id: string): void {
    const length = this.#idsBytes + Buffer.byteLength(id);
    if (length > this.#ids.length) this.#ids = grow(this.#ids, this.#idsBytes, length);
    this.#ids.write(id, this.#idsBytes);
    this.#idsBytes = length;
  }

  #codeOf(tail: Tail): number {
    let code = this.#tailCodes.get(tail);
    if (code === undefined) {
      code = this.#tails.push(tail);
      this.#tailCodes.set(tail, code);
    }
    return code;
  }

  #prefixCode(prefix: IdPrefix, number: number): number {
    let code = this.#prefixCodes.get(prefix);
    if (code === undefined) {
      code = this.#prefixes.push(prefix.prefix);
      this.#prefixCodes.set(prefix, code);
      bloomAdd(this.bloom, prefixTerm(prefix.prefix));
    }
    if (number > (this.#highest[code - 1] ?? -1)) this.#highest[code - 1] = number;
    return code;
  }
}

function grow(bytes: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.from(new SharedArrayBuffer(Math.max(FIRST_HEAP_BYTES, bytes.length * 2, needed)));
  larger.set(bytes.subarray(0, used));
  return larger;
}
