import { levelOf, STREAM_LEVELS, streamLevelOf, streamOf } from './line-shape.ts';

/** Counts of a block's documents per minute, stream and level: enough to draw the common histogram without opening the block. */
export interface RollupEntry {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly stream: string;
  readonly level: string;
  readonly count: number;
}

const MINUTE_MS = 60_000;

export class RollupBuilder {
  readonly #lines = new Map<number, { count: number }>();
  readonly #counts = new Map<string, { minute: number; stream: string; level: string; count: number }>();
  #lastKey = -1;
  #last = { count: 0 };
  #exact = true;

  /** A line, whose stream and level are in its flags. */
  addLine(ms: number, flags: number): void {
    const key = Math.floor(ms / MINUTE_MS) * STREAM_LEVELS + streamLevelOf(flags);
    if (key !== this.#lastKey) {
      const known = this.#lines.get(key);
      this.#last = known ?? { count: 0 };
      this.#lastKey = key;
      if (!known) this.#lines.set(key, this.#last);
    }
    this.#last.count++;
  }

  /** Any other document. A stream or level that is no word cannot be counted: then there are no entries at all. */
  add(ms: number, stream: unknown, level: unknown): void {
    if (!isWordOrNothing(stream) || !isWordOrNothing(level)) this.#exact = false;
    const minute = Math.floor(ms / MINUTE_MS);
    const streamName = typeof stream === 'string' ? stream : '';
    const levelName = typeof level === 'string' ? level : '';
    const key = `${minute} ${streamName} ${levelName}`;
    const entry = this.#counts.get(key);
    if (entry) entry.count++;
    else this.#counts.set(key, { minute, stream: streamName, level: levelName, count: 1 });
  }

  /** `undefined` when the documents have to be looked at. */
  entries(): RollupEntry[] | undefined {
    if (!this.#exact) return undefined;
    const lines = [...this.#lines].map(([key, { count }]) => ({
      minute: Math.floor(key / STREAM_LEVELS),
      stream: streamOf(key % STREAM_LEVELS),
      level: levelOf(key % STREAM_LEVELS),
      count,
    }));
    return [...lines, ...this.#counts.values()];
  }
}

function isWordOrNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value !== '');
}
