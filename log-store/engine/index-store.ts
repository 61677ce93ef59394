import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IndexMapping, type MappingBody } from '../mapping/index-mapping.ts';
import { BLOCK_RAW_BYTES, type DecodedBlock, type StoredDoc } from './block.ts';
import { BlockBuilder } from './block-builder.ts';
import type { BlockCache } from './block-cache.ts';
import { DocumentTerms, idTerm } from './doc-terms.ts';
import { IdSequences } from './id-sequences.ts';
import { SharedTails, type SplitDocument } from './shared-tail.ts';
import { Segment, SEGMENT_BLOCKS } from './segment.ts';

const segmentName = /^seg-(\d{1,10})\.dat$/;
const DELETED_FILE = 'deleted.bin';

export interface IndexInfo {
  readonly name: string;
  readonly uuid: string;
  readonly dataStream: boolean;
  readonly createdMs: number;
  readonly mappings: MappingBody;
  readonly settings: Readonly<Record<string, unknown>>;
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
  /** Blocks that could not be read at start; a person should know. */
  corruptBlocks = 0;
  readonly #sequences = new IdSequences();
  readonly #terms: DocumentTerms;
  readonly #tails: SharedTails;
  readonly #cache: BlockCache;
  readonly #segmentBytes: number;
  #nextSegment = 1;

  constructor(dir: string, info: IndexInfo, cache: BlockCache, segmentBytes: number) {
    this.#segmentBytes = segmentBytes;
    this.dir = dir;
    this.name = info.name;
    this.uuid = info.uuid;
    this.dataStream = info.dataStream;
    this.createdMs = info.createdMs;
    this.settings = info.settings;
    this.mapping = new IndexMapping(info.mappings);
    this.#terms = new DocumentTerms(this.mapping);
    this.#tails = new SharedTails((fields, add) => this.#terms.walk(fields, add));
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
    const numbers = readdirSync(this.dir)
      .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    // A number is never used twice while the store runs: caches know blocks by their segment's path.
    this.#nextSegment = (numbers.at(-1) ?? 0) + 1;
    for (const number of numbers) {
      const segment = Segment.open(
        this.#pathOf(number),
        number,
        (block) => this.#rebuild(block),
        () => {
          this.corruptBlocks++;
        },
      );
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

  get docCount(): number {
    return this.segments.reduce((sum, segment) => sum + segment.docCount, this.hot.docs.length) - this.deleted.size;
  }

  get diskBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.diskBytes, this.hot.bytes);
  }

  /** A document taken apart so that what its container's lines have in common is not looked at again; `undefined` when it cannot be. */
  split(source: Buffer): SplitDocument | undefined {
    return this.#tails.split(source);
  }

  /** Adds a document that was accepted; throws `DocumentError` before anything changed when the mapping refuses it. `parsed` lacks what is in `tail`. */
  add(doc: StoredDoc, parsed: Readonly<Record<string, unknown>>, tail?: SplitDocument): void {
    this.#terms.walk(parsed, this.hot.addTerm);
    tail?.addTail(this.hot);
    this.hot.add(doc, parsed);
    this.#sequences.note(doc.id);
    this.nextSeq = Math.max(this.nextSeq, doc.seq + 1);
  }

  get hotIsFull(): boolean {
    return this.hot.bytes >= BLOCK_RAW_BYTES;
  }

  /** Turns the hot documents into a block. They stay searchable throughout. */
  seal(): void {
    if (this.hot.docs.length === 0) return;
    let segment = this.segments.at(-1);
    if (!segment || segment.finished) {
      segment = Segment.create(this.#pathOf(this.#nextSegment), this.#nextSegment++);
      this.segments.push(segment);
    }
    segment.append(this.hot);
    this.hot = new BlockBuilder();
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
    const hot = this.hot.ids.get(id);
    if (hot && !this.deleted.has(hot.seq)) return hot;
    const groups = [[idTerm(id)]];
    for (let s = this.segments.length - 1; s >= 0; s--) {
      const segment = this.segments[s];
      if (!segment) continue;
      const candidates = segment.candidates(groups, ms ?? -Infinity, ms ?? Infinity);
      for (const n of candidates.reverse()) {
        const ids = this.#cache.ids(segment, n);
        const at = ids?.get(id);
        if (at === undefined) continue;
        const block = this.#cache.block(segment, n);
        if (!block || this.deleted.has(block.seq(at))) continue;
        return { seq: block.seq(at), id, ms: block.ms(at), subNs: block.subNs(at), source: block.source(at) };
      }
    }
    return undefined;
  }

  /** Whether a live document has this id. Costs nothing for ids that only grow. */
  has(id: string, ms: number): boolean {
    if (this.hot.ids.has(id)) return this.find(id) !== undefined;
    if (this.#sequences.judge(id) === 'new') return false;
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
    for (const prefix of segment.idBounds.keys()) {
      const elsewhere = this.hot.idBounds.has(prefix) || this.segments.some((other) => other.idBounds.has(prefix));
      if (!elsewhere) this.#sequences.forget(prefix);
    }
  }

  close(): void {
    for (const segment of this.segments) segment.close();
  }

  remove(): void {
    for (const segment of this.segments) segment.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #rebuild(block: DecodedBlock): BlockBuilder {
    const builder = new BlockBuilder();
    for (let n = 0; n < block.count; n++) {
      const source = block.source(n);
      const parsed = JSON.parse(source.toString()) as Record<string, unknown>;
      this.#terms.walk(parsed, builder.addTerm);
      builder.add({ seq: block.seq(n), id: block.id(n), ms: block.ms(n), subNs: block.subNs(n), source }, parsed);
    }
    return builder;
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
