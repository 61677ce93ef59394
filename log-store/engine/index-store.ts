import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IndexMapping, type MappingBody } from '../mapping/index-mapping.ts';
import { DocView } from '../query/doc-view.ts';
import { parseObject } from './document-source.ts';
import { BlockBuilder } from './block-builder.ts';
import type { BlockCache } from './block-cache.ts';
import { DocumentTerms, idTerm } from './doc-terms.ts';
import { IdSequences, numberOf, splitSequenceId } from './id-sequences.ts';
import { LineScanner } from './line-shape.ts';
import { LineTerms } from './line-terms.ts';
import type { Rows, StoredDoc } from './rows.ts';
import { Segment, SEGMENT_BLOCKS, type Damage } from './segment.ts';
import { SharedTails } from './shared-tail.ts';
import type { TailPool } from './tail.ts';
import { scanMessage } from './token-scan.ts';

const segmentName = /^seg-(\d{1,10})\.dat$/;
const DELETED_FILE = 'deleted.bin';
/** Behind the name of a segment that is to take the place of the one whose number is in the file. */
const REPLACES = '.replaces';

export interface IndexInfo {
  readonly name: string;
  readonly uuid: string;
  readonly dataStream: boolean;
  readonly createdMs: number;
  readonly mappings: MappingBody;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A segment was written again. */
export interface Rewritten {
  /** Documents that are no more. */
  readonly documents: number;
  /** Removes the segment as it was before. */
  readonly retire: () => void;
}

/** One index or data stream: hot documents in memory, blocks in segments on disk. Durability is the write-ahead log's business, not this class's. */
export class IndexStore {
  readonly name: string;
  readonly uuid: string;
  readonly dataStream: boolean;
  readonly createdMs: number;
  readonly dir: string;
  readonly mapping: IndexMapping;
  readonly segments: Segment[] = [];
  /** Sequence numbers of documents that are no more. */
  readonly deleted = new Set<number>();
  settings: Readonly<Record<string, unknown>>;
  hot = new BlockBuilder();
  nextSeq = 0;
  /** Deletions that no log entry says yet: of documents whose log entry could not be written. */
  readonly unlogged = new Set<number>();
  readonly #sequences = new IdSequences();
  readonly #terms: DocumentTerms;
  readonly #lineTerms: LineTerms;
  readonly #line = new LineScanner();
  readonly #scan = { plain: true, tokenized: true };
  readonly #tails: SharedTails;
  readonly #pool: TailPool;
  readonly #cache: BlockCache;
  readonly #segmentBytes: number;
  readonly #damaged: (damage: Damage) => void;
  #nextSegment = 1;

  constructor(
    dir: string,
    info: IndexInfo,
    cache: BlockCache,
    pool: TailPool,
    segmentBytes: number,
    damaged: (index: IndexStore, damage: Damage) => void,
  ) {
    this.#segmentBytes = segmentBytes;
    this.#damaged = (damage) => {
      this.segments.find(({ path }) => path === damage.path)?.saveQuarantine();
      damaged(this, damage);
    };
    this.dir = dir;
    this.name = info.name;
    this.uuid = info.uuid;
    this.dataStream = info.dataStream;
    this.createdMs = info.createdMs;
    this.settings = info.settings;
    this.mapping = new IndexMapping(info.mappings);
    this.mapping.alwaysTimed = info.dataStream;
    this.#terms = new DocumentTerms(this.mapping);
    this.#lineTerms = new LineTerms(this.mapping);
    this.#pool = pool;
    this.#tails = new SharedTails(pool, (fields, add) => this.#terms.walk(fields, add));
    this.#cache = cache;
  }

  info(): IndexInfo {
    return {
      name: this.name,
      uuid: this.uuid,
      dataStream: this.dataStream,
      createdMs: this.createdMs,
      mappings: this.mapping.toBody(),
      settings: this.settings,
    };
  }

  open(): void {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    this.#settleRewrites();
    const numbers = readdirSync(this.dir)
      .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    // A number is never used twice while the store runs: caches know blocks by their segment's path.
    this.#nextSegment = (numbers.at(-1) ?? 0) + 1;
    for (const number of numbers) {
      const segment = Segment.open(this.#pathOf(number), number, this.#pool, this.#damaged, (rows) =>
        this.#rebuild(rows),
      );
      if (segment.quarantined.size > 0) segment.saveQuarantine();
      if (segment.blocks.length === 0) {
        segment.remove();
        continue;
      }
      this.segments.push(segment);
      this.nextSeq = Math.max(this.nextSeq, segment.maxSeq + 1);
      for (const [prefix, highest] of segment.idBounds) this.#sequences.noteHighest(prefix, highest);
    }
    for (const segment of this.segments.slice(0, -1)) segment.finish();
    this.#loadDeleted();
  }

  /** Blocks that cannot be read; a person should know. */
  get quarantinedBlocks(): number {
    return this.segments.reduce((sum, segment) => sum + segment.quarantined.size, 0);
  }

  /** Another thread found a damaged block. */
  quarantine(damage: Damage): void {
    this.segments.find(({ path }) => path === damage.path)?.quarantine(damage);
  }

  get docCount(): number {
    return this.segments.reduce((sum, segment) => sum + segment.readableDocs, this.hot.count) - this.deleted.size;
  }

  get diskBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.diskBytes, this.hot.bytes);
  }

  /**
   * Adds a line of a container without parsing it, when its document has the shape that `line-shape.ts` describes and its id is surely new. Returns its sequence
   * number; -1 when the document has to be looked at the long way. Nothing is stored then.
   */
  addLine(id: string, bytes: Buffer, start: number, end: number): number {
    const prefix = this.#sequences.prefixOf(id);
    if (!prefix) return -1;
    const number = numberOf(id, prefix.prefix);
    if (number <= prefix.highest || !this.#appendLine(this.hot, this.nextSeq, id, bytes, start, end)) return -1;
    prefix.highest = number;
    return this.nextSeq++;
  }

  /** Adds a document that was accepted; throws `DocumentError` before anything changed when the mapping refuses it. */
  add(doc: StoredDoc, parsed: Readonly<Record<string, unknown>>): void {
    this.#appendWhole(this.hot, doc, parsed);
    this.#noteId(doc.id);
    this.nextSeq = Math.max(this.nextSeq, doc.seq + 1);
  }

  /** Adds documents again that are in the log but not in a block. */
  replay(rows: Rows, full: () => void): void {
    for (let n = 0; n < rows.count; n++) {
      if ((rows.columns.seq[n] ?? 0) < this.nextSeq) continue;
      const doc = rows.doc(n);
      this.#appendAgain(this.hot, doc);
      this.#noteId(doc.id);
      this.nextSeq = doc.seq + 1;
      if (this.hot.isFull) full();
    }
  }

  /** Notes deletions that the log tells of, as far as there are such documents. */
  replayDeleted(seqs: readonly number[]): void {
    for (const seq of seqs) if (this.#holds(seq)) this.deleted.add(seq);
  }

  /** Turns the hot documents into a block. They stay searchable throughout. */
  seal(): void {
    if (this.hot.count === 0) return;
    let segment = this.segments.at(-1);
    if (!segment || segment.finished) {
      segment = Segment.create(this.#pathOf(this.#nextSegment), this.#nextSegment++, this.#pool, this.#damaged);
      this.segments.push(segment);
    }
    segment.append(this.hot);
    this.hot = new BlockBuilder(this.hot.count, this.hot.bytes);
    if (segment.rawBytes >= this.#segmentBytes || segment.blocks.length >= SEGMENT_BLOCKS) segment.finish();
  }

  /** All blocks and deletions survive a power cut afterwards. */
  sync(): void {
    this.segments.at(-1)?.sync();
    const bytes = Buffer.alloc(this.deleted.size * 8);
    let at = 0;
    for (const seq of this.deleted) at = bytes.writeDoubleLE(seq, at);
    const path = join(this.dir, DELETED_FILE);
    if (this.deleted.size === 0) {
      rmSync(path, { force: true });
      return;
    }
    writeFileSync(`${path}.tmp`, bytes, { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }

  /** The live document with this id. `ms`, when given, is the time it must have: then only blocks of that time are opened. */
  find(id: string, ms?: number): StoredDoc | undefined {
    const hot = this.hot.rowOf(id);
    if (hot !== undefined) {
      const doc = this.hot.rows().doc(hot);
      if (!this.deleted.has(doc.seq)) return doc;
    }
    const groups = [[idTerm(id)]];
    const position = splitSequenceId(id);
    for (let s = this.segments.length - 1; s >= 0; s--) {
      const segment = this.segments[s];
      if (!segment) continue;
      const candidates = segment.candidates(groups, ms ?? -Infinity, ms ?? Infinity);
      for (const n of candidates.reverse()) {
        const at = this.#cache.rowOf(segment, n, id, position);
        if (at === undefined) continue;
        const doc = this.#cache.block(segment, n)?.doc(at);
        if (doc && !this.deleted.has(doc.seq)) return doc;
      }
    }
    return undefined;
  }

  /** Whether a live document has this id. Costs nothing for ids that only grow. */
  has(id: string, ms: number): boolean {
    if (!this.#sequences.mayHave(id)) return false;
    // A line that is sent again has the time it had the first time, so few blocks are opened.
    return this.find(id, isSequence(id) ? ms : undefined) !== undefined;
  }

  /** Drops whole segments; the ids in them count as new again. */
  dropSegment(segment: Segment): void {
    const at = this.segments.indexOf(segment);
    if (at < 0) return;
    this.segments.splice(at, 1);
    const minSeq = Math.min(...segment.blocks.map((block) => block.minSeq));
    for (const seq of this.deleted) if (seq >= minSeq && seq <= segment.maxSeq) this.deleted.delete(seq);
    segment.remove();
    this.#forgetIdsOf(segment);
  }

  /**
   * Writes a segment again without the documents that `isGone` tells, a block between two turns, and puts it in the old one's place; `undefined` when the segment
   * was dropped meanwhile. The old one stays readable for searches that go on until the caller retires it. A crash leaves one of the two.
   */
  async rewriteSegment(
    segment: Segment,
    isGone: (doc: DocView) => boolean,
    turn: () => Promise<void>,
  ): Promise<Rewritten | undefined> {
    const number = this.#nextSegment++;
    const path = this.#pathOf(number);
    // Written first: while both are there, the old one counts.
    writeFileSync(`${path}${REPLACES}`, String(segment.number), { mode: 0o600, flush: true });
    const copy = Segment.create(path, number, this.#pool, this.#damaged);
    const left: number[] = [];
    for (let n = 0; n < segment.blocks.length && !segment.removed; n++) {
      const rows = segment.readBlock(n);
      if (!rows) continue;
      const builder = new BlockBuilder();
      const doc = new DocView(this.name, rows, 0);
      for (let at = 0; at < rows.count; at++) {
        doc.moveTo(rows, at);
        if (this.deleted.has(doc.seq) || isGone(doc)) left.push(doc.seq);
        else this.#appendAgain(builder, rows.doc(at));
      }
      if (builder.count > 0) copy.append(builder);
      await turn();
    }
    copy.finish();
    const at = this.segments.indexOf(segment);
    if (at < 0 || segment.removed) {
      copy.remove();
      rmSync(`${path}${REPLACES}`, { force: true });
      return undefined;
    }
    this.segments.splice(at, 1, ...(copy.blocks.length > 0 ? [copy] : []));
    if (copy.blocks.length === 0) copy.remove();
    this.#forgetIdsOf(segment);
    const retire = () => {
      for (const seq of left) this.deleted.delete(seq);
      segment.remove();
      rmSync(`${path}${REPLACES}`, { force: true });
    };
    return { documents: left.length, retire };
  }

  #forgetIdsOf(segment: Segment): void {
    const inHot = new Map(this.hot.idBounds());
    for (const prefix of segment.idBounds.keys()) {
      const elsewhere = inHot.has(prefix) || this.segments.some((other) => other.idBounds.has(prefix));
      if (!elsewhere) this.#sequences.forget(prefix);
    }
  }

  /** Of segments that were being written again when the store ended, one stays: the old one while it is there, else the new one. */
  #settleRewrites(): void {
    for (const name of readdirSync(this.dir)) {
      if (!name.endsWith(REPLACES)) continue;
      const marker = join(this.dir, name);
      const old = this.#pathOf(Number(readFileSync(marker, 'utf8')));
      const copy = marker.slice(0, -REPLACES.length);
      if (existsSync(old)) for (const file of [copy, `${copy}.idx`, `${copy}.idx.tmp`]) rmSync(file, { force: true });
      rmSync(marker, { force: true });
    }
  }

  close(): void {
    for (const segment of this.segments) segment.close();
  }

  remove(): void {
    for (const segment of this.segments) segment.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #rebuild(rows: Rows): BlockBuilder {
    const builder = new BlockBuilder(rows.count, rows.heapBytes);
    for (let n = 0; n < rows.count; n++) this.#appendAgain(builder, rows.doc(n));
    return builder;
  }

  /** Adds a document that was accepted before. */
  #appendAgain(builder: BlockBuilder, doc: StoredDoc): void {
    const { seq, id, source } = doc;
    if (splitSequenceId(id) && this.#appendLine(builder, seq, id, source, 0, source.length)) return;
    this.#appendWhole(builder, doc, parseObject(source));
  }

  #appendLine(builder: BlockBuilder, seq: number, id: string, bytes: Buffer, start: number, end: number): boolean {
    const prefix = this.#sequences.prefixOf(id);
    const line = this.#line;
    if (!prefix || !line.begin(bytes, start, end)) return false;
    const terms = this.#lineTerms;
    const messageEnd = scanMessage(bytes, line.messageStart, end, terms.messageSeed, builder.bloom, this.#scan);
    if (messageEnd < 0 || !line.finish(bytes, messageEnd, end) || !terms.canTake(line.flags)) return false;
    const known = this.#tails.find(prefix, bytes, line.tailStart, end);
    if (!known) return false;
    if (!this.#scan.tokenized) {
      const text = JSON.parse(`"${bytes.toString('utf8', line.messageStart, messageEnd)}"`) as string;
      terms.words(text, builder.addTerm);
    }
    if (!builder.hasTail(known.tail)) for (const term of known.terms) builder.addTerm(term);
    if (builder.isNewKind(line.flags)) for (const term of terms.common(line.flags)) builder.addTerm(term);
    builder.addLine(seq, id, prefix, line, bytes, this.#scan.plain, known.tail);
    return true;
  }

  #appendWhole(builder: BlockBuilder, doc: StoredDoc, parsed: Readonly<Record<string, unknown>>): void {
    this.#terms.walk(parsed, builder.addTerm);
    builder.addWhole(doc, this.#sequences.prefixOf(doc.id), parsed);
  }

  #noteId(id: string): void {
    const split = splitSequenceId(id);
    if (split) this.#sequences.noteHighest(split.prefix, split.number);
  }

  #holds(seq: number): boolean {
    const { seq: hotSeqs } = this.hot.rows().columns;
    if (hotSeqs.subarray(0, this.hot.count).includes(seq)) return true;
    for (const segment of this.segments) {
      if (seq > segment.maxSeq) continue;
      const n = segment.blocks.findIndex((block) => block.minSeq <= seq && seq <= block.maxSeq);
      const ref = segment.blocks[n];
      if (!ref) continue;
      if (ref.maxSeq - ref.minSeq + 1 === ref.count) return true;
      const rows = this.#cache.block(segment, n);
      return rows?.columns.seq.includes(seq) ?? false;
    }
    return false;
  }

  #loadDeleted(): void {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(this.dir, DELETED_FILE));
    } catch {
      return;
    }
    for (let at = 0; at + 8 <= bytes.length; at += 8) this.deleted.add(bytes.readDoubleLE(at));
  }

  #pathOf(number: number): string {
    return join(this.dir, `seg-${String(number).padStart(8, '0')}.dat`);
  }
}

function isSequence(id: string): boolean {
  return /^[0-9a-f]{16}-[0-9a-z]+-[0-9a-z]+$/.test(id);
}
