import type { Position, Progress } from './position.ts';

/** Memory of a batch that no giant is in. */
const CAPACITY_BYTES = 2 * 1024 * 1024;
/** A bulk body is sent at this size at the latest. The line that gets it there still fits, unless it is very long, so that no batch doubles its memory for its end. */
export const MAX_BATCH_BYTES = CAPACITY_BYTES - 64 * 1024;
/** A body grows from this size, so that a quiet shipper stays small. */
const INITIAL_BYTES = 64 * 1024;
/** One document may be larger than a batch should be: lines of several MiB. */
const MAX_GROWN_BYTES = 64 * 1024 * 1024;

/** What a batch knows of a source whose lines are in it. */
export interface Contributor {
  /** Key of its checkpoint. */
  readonly key: string;
  readonly progress: Progress;
  /** Everything before this is in batches (or deliberately dropped). */
  position(): Position | undefined;
  /** A batch that this source contributed to is stored. */
  acknowledged(batch: Batch, lines: number): void;
}

/** The body of one bulk request in the making, and where each item begins in it. */
export class Batch {
  bytes: Buffer;
  /** Bytes used. */
  length = 0;
  count = 0;
  /** The oldest line's time of reading (monotonic), for latency. */
  openedMs = 0;
  /** Lines per source. */
  readonly contributions = new Map<Contributor, number>();
  #starts = new Uint32Array(256);

  constructor(bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)) {
    this.bytes = bytes;
  }

  get full(): boolean {
    return this.length >= MAX_BATCH_BYTES;
  }

  /** Makes room for `size` more bytes and notes that an item begins here. */
  beginItem(size: number): void {
    const needed = this.length + size;
    if (needed > this.bytes.length) {
      if (needed > MAX_GROWN_BYTES) throw new RangeError(`a batch of ${needed} bytes is too large`);
      let capacity = this.bytes.length;
      while (capacity < needed) capacity *= 2;
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    if (this.count === this.#starts.length) {
      const grown = new Uint32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.count++] = this.length;
  }

  /** Notes one line of a source. */
  contribute(source: Contributor): void {
    source.progress.gathered();
    this.contributions.set(source, (this.contributions.get(source) ?? 0) + 1);
  }

  get body(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Action line and document of item `n`. */
  item(n: number): Buffer {
    const end = n + 1 < this.count ? this.#starts[n + 1] : this.length;
    return this.bytes.subarray(this.#starts[n], end);
  }

  /** All items: what is left to send of a fresh batch. */
  allItems(): number[] {
    return Array.from({ length: this.count }, (_, n) => n);
  }

  /** Makes the batch empty for another use of its memory; memory that a rare giant took is given back. */
  reset(): void {
    if (this.bytes.length > CAPACITY_BYTES) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.length = 0;
    this.count = 0;
    this.openedMs = 0;
    this.contributions.clear();
  }
}
