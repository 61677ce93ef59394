import type { SequenceId } from './id-sequences.ts';
import type { Rows } from './rows.ts';
import type { Segment } from './segment.ts';

/** What a cache may hold: enough for the newest minutes, which most searches ask for again. */
export interface CacheBounds {
  /** Blocks as they are on disk, with the columns that were looked at. */
  readonly blockBytes: number;
  /** Messages, decompressed. */
  readonly heapBytes: number;
}

const defaultBounds: CacheBounds = { blockBytes: 6 * 1024 * 1024, heapBytes: 4 * 1024 * 1024 };
/** Columns of a row that most searches look at: time, sequence number, length of the message, tail and flags. */
const ROW_BYTES = 24;
/** Blocks whose ids are kept as a map, where they are texts, while documents are sent again. */
const MAX_ID_MAPS = 16;

interface CachedBlock {
  readonly rows: Rows;
  readonly bytes: number;
}

/** Decoded blocks, least recently used first out. Messages are let go of sooner than columns, which are a quarter of them. */
export class BlockCache {
  readonly #blocks = new Map<string, CachedBlock>();
  /** Blocks with open heaps, longest open first. */
  readonly #heaps = new Set<Rows>();
  readonly #ids = new Map<string, ReadonlyMap<string, number>>();
  readonly #bounds: CacheBounds;
  #bytes = 0;
  #heapBytes = 0;

  constructor(bounds = defaultBounds) {
    this.#bounds = bounds;
  }

  /** The rows of a block; `undefined` when it is gone or damaged. */
  block(segment: Segment, n: number): Rows | undefined {
    const key = `${segment.path}:${n}`;
    const known = this.#blocks.get(key);
    if (known) {
      this.#blocks.delete(key);
      this.#blocks.set(key, known);
      return segment.removed ? undefined : known.rows;
    }
    const rows = segment.readBlock(n);
    if (!rows) return undefined;
    rows.onOpened = this.#opened;
    const bytes = (segment.blocks[n]?.bytes ?? 0) + rows.count * ROW_BYTES;
    this.#blocks.set(key, { rows, bytes });
    this.#bytes += bytes;
    for (const [oldest, old] of this.#blocks) {
      if (this.#bytes <= this.#bounds.blockBytes || oldest === key) break;
      this.#blocks.delete(oldest);
      this.#bytes -= old.bytes;
      this.#close(old.rows);
    }
    return rows;
  }

  /** Where an id stands in a block. `position` is what `splitSequenceId` makes of it: such ids are numbers there, which are looked through without making anything of them. */
  rowOf(segment: Segment, n: number, id: string, position: SequenceId | undefined): number | undefined {
    const block = this.block(segment, n);
    if (!block) return undefined;
    const at = position ? block.rowOfPosition(position) : -1;
    if (at >= 0) return at;
    return block.hasTextIds ? this.#textIds(`${segment.path}:${n}`, block).get(id) : undefined;
  }

  #textIds(key: string, block: Rows): ReadonlyMap<string, number> {
    const known = this.#ids.get(key);
    if (known) return known;
    const ids = new Map<string, number>();
    for (let at = 0; at < block.count; at++) if (block.columns.prefix[at] === 0) ids.set(block.id(at), at);
    this.#ids.set(key, ids);
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= MAX_ID_MAPS) break;
      this.#ids.delete(oldest);
    }
    return ids;
  }

  readonly #opened = (rows: Rows): void => {
    this.#heaps.add(rows);
    this.#heapBytes += rows.heapBytes;
    for (const oldest of this.#heaps) {
      if (this.#heapBytes <= this.#bounds.heapBytes || oldest === rows) break;
      this.#close(oldest);
    }
  };

  #close(rows: Rows): void {
    if (!this.#heaps.delete(rows)) return;
    this.#heapBytes -= rows.heapBytes;
    rows.closeHeap();
  }
}
