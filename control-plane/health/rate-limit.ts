import { BoundedMap } from './ring.ts';

const MAX_KEYS = 4_000;

/** At most `max` per key in any window that begins with the first use. */
export class RateLimit {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #used = new BoundedMap<{ readonly startMs: number; readonly count: number }>(MAX_KEYS);

  constructor(options: { readonly max: number; readonly windowMs: number; readonly now: () => number }) {
    this.#max = options.max;
    this.#windowMs = options.windowMs;
    this.#now = options.now;
  }

  /** Uses one, if there is one left. */
  allow(key: string): boolean {
    const nowMs = this.#now();
    const used = this.#used.get(key);
    if (!used || nowMs - used.startMs >= this.#windowMs) {
      this.#used.set(key, { startMs: nowMs, count: 1 });
      return true;
    }
    if (used.count >= this.#max) return false;
    this.#used.set(key, { startMs: used.startMs, count: used.count + 1 });
    return true;
  }
}
