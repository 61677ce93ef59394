/** Counts of a block's documents per minute, stream and level: enough to draw the common histogram without opening the block. */
export interface RollupEntry {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly stream: string;
  readonly level: string;
  readonly count: number;
}

export class RollupBuilder {
  readonly #counts = new Map<string, { minute: number; stream: string; level: string; count: number }>();

  add(ms: number, stream: unknown, level: unknown): void {
    const minute = Math.floor(ms / 60_000);
    const streamName = typeof stream === 'string' ? stream : '';
    const levelName = typeof level === 'string' ? level : '';
    const key = `${minute} ${streamName} ${levelName}`;
    const entry = this.#counts.get(key);
    if (entry) entry.count++;
    else this.#counts.set(key, { minute, stream: streamName, level: levelName, count: 1 });
  }

  entries(): RollupEntry[] {
    return [...this.#counts.values()];
  }
}
