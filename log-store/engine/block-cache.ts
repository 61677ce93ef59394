import type { Rows } from './rows.ts';
import type { Segment } from './segment.ts';

/** Memory for decoded blocks: enough for the newest minutes, which most searches ask for again. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024;
/** Blocks whose ids are kept as a map while documents are sent again. */
const MAX_ID_MAPS = 16;

/** Decoded blocks, least recently used first out. */
export class BlockCache {
  readonly #blocks = new Map<string, Rows>();
  readonly #ids = new Map<string, ReadonlyMap<string, number>>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = MAX_CACHE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  block(segment: Segment, n: number): Rows | undefined {
    const key = `${segment.path}:${n}`;
    const known = this.#blocks.get(key);
    if (known) {
      this.#blocks.delete(key);
      this.#blocks.set(key, known);
      return segment.removed ? undefined : known;
    }
    const block = segment.readBlock(n);
    if (!block) return undefined;
    this.#blocks.set(key, block);
    this.#bytes += block.bytes;
    for (const [oldest, old] of this.#blocks) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#blocks.delete(oldest);
      this.#bytes -= old.bytes;
    }
    return block;
  }

  /** Where each id stands in a block. */
  ids(segment: Segment, n: number): ReadonlyMap<string, number> | undefined {
    const key = `${segment.path}:${n}`;
    const known = this.#ids.get(key);
    if (known) return known;
    const block = this.block(segment, n);
    if (!block) return undefined;
    const ids = new Map<string, number>();
    for (let at = 0; at < block.count; at++) ids.set(block.id(at), at);
    this.#ids.set(key, ids);
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= MAX_ID_MAPS) break;
      this.#ids.delete(oldest);
    }
    return ids;
  }
}
