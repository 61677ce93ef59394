import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { StoreError } from '../engine/store-error.ts';
import { timeValueMs } from '../time-value.ts';

/** Points in time and scrolls held at once. */
const MAX_CONTEXTS = 500;
const MAX_KEEP_ALIVE_MS = 24 * 3_600_000;

interface Held<T> {
  readonly value: T;
  untilMs: number;
}

/** Things that clients hold open by an id and a time to live (points in time, scrolls). Expired ones go when a new one is made. */
export class Contexts<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#held.size;
  }

  open(value: T, keepAlive: unknown): string {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, held] of this.#held) if (held.untilMs < nowMs) this.#held.delete(id);
    if (this.#held.size >= MAX_CONTEXTS) {
      throw new StoreError(
        429,
        'too_many_scroll_contexts_exception',
        `at most ${MAX_CONTEXTS} scrolls and points in time may be open`,
      );
    }
    const id = randomBytes(24).toString('base64url');
    this.#held.set(id, { value, untilMs: nowMs + parseKeepAlive(keepAlive) });
    return id;
  }

  /** The thing itself, kept for longer when a new time to live is given. */
  use(id: unknown, keepAlive?: unknown): T {
    const held = typeof id === 'string' ? this.#held.get(id) : undefined;
    const nowMs = this.#clock.monotonicMs();
    if (!held || held.untilMs < nowMs) {
      throw new StoreError(404, 'search_context_missing_exception', `No search context found for id [${String(id)}]`);
    }
    if (keepAlive !== undefined && keepAlive !== null) held.untilMs = nowMs + parseKeepAlive(keepAlive);
    return held.value;
  }

  close(id: unknown): boolean {
    return typeof id === 'string' && this.#held.delete(id);
  }

  closeAll(): number {
    const count = this.#held.size;
    this.#held.clear();
    return count;
  }
}

function parseKeepAlive(text: unknown): number {
  return Math.min(timeValueMs(text ?? '5m', 'keep_alive'), MAX_KEEP_ALIVE_MS);
}
