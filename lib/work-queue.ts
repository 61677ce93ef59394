import type { Clock } from './clock.ts';
import { DueHeap } from './due-heap.ts';

/** First delay after a failure; doubles with each further one. */
const BASE_DELAY_MS = 5;
/** No key waits longer than this between tries, so that a repaired cause is noticed in reasonable time. */
const MAX_DELAY_MS = 60_000;
/** Beyond this many doublings the delay is at its maximum anyway; keeps the power finite. */
const MAX_DOUBLINGS = 32;

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly baseDelayMs?: number | undefined;
  readonly maxDelayMs?: number | undefined;
}

/**
 * Keys that need work.
 * - A key waits once, however often it is added, and is never handed out twice at a time: added while it is worked on, it waits again once `done` is called.
 * - Keys come out in the order in which they began to wait.
 * - A key added for later is handed out at the earliest of the times asked for.
 * - After `shutDown` nothing more goes in, what waits is dropped and `take` resolves to `undefined`.
 *
 * Its size is bounded by the number of distinct keys, since a key is the name of an object and not a change.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  /** Keys that wait, in order. */
  readonly #waiting = new Set<string>();
  /** Keys handed out and not yet done. */
  readonly #working = new Set<string>();
  /** Keys added while handed out. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #later = new DueHeap<string>();
  readonly #laterDueMs = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #timerDueMs = Infinity;
  #cancelTimer: () => void = () => {};
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#baseDelayMs = options.baseDelayMs ?? BASE_DELAY_MS;
    this.#maxDelayMs = options.maxDelayMs ?? MAX_DELAY_MS;
  }

  /** How many keys wait to be taken now; those set for later and those being worked on are not counted. */
  get length(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#isShutDown) return;
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    const taker = this.#waiting.has(key) ? undefined : this.#takers.shift();
    if (!taker) {
      this.#waiting.add(key);
      return;
    }
    this.#working.add(key);
    taker(key);
  }

  /** Adds the key after `delayMs`; an earlier time that was already asked for stands. */
  addAfter(key: string, delayMs: number): void {
    if (this.#isShutDown) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const current = this.#laterDueMs.get(key);
    if (current !== undefined && current <= dueMs) return;
    this.#laterDueMs.set(key, dueMs);
    this.#later.push(dueMs, key);
    this.#setTimer();
  }

  /** Adds the key after a delay that doubles with each failure since the last `forget`. Returns the delay. */
  addRateLimited(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#baseDelayMs * 2 ** Math.min(failures, MAX_DOUBLINGS), this.#maxDelayMs);
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** The key succeeded: its next failure starts with the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often the key was added rate-limited since the last `forget`. */
  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; waits for one. `undefined` after `shutDown`. Call `done` when the work on it has ended, whatever its outcome. */
  take(signal?: AbortSignal): Promise<string | undefined> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      this.#working.add(key);
      return Promise.resolve(key);
    }
    if (this.#isShutDown) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const taker = (key: string | undefined) => {
        signal?.removeEventListener('abort', onAbort);
        resolve(key);
      };
      const onAbort = () => {
        const at = this.#takers.indexOf(taker);
        if (at >= 0) this.#takers.splice(at, 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#takers.push(taker);
    });
  }

  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Takes nothing more in and forgets what waits. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#waiting.clear();
    this.#again.clear();
    this.#laterDueMs.clear();
    this.#cancelTimer();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #setTimer(): void {
    const dueMs = this.#later.nextDueMs;
    if (dueMs === undefined || dueMs >= this.#timerDueMs) return;
    this.#cancelTimer();
    this.#timerDueMs = dueMs;
    this.#cancelTimer = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => {
      this.#timerDueMs = Infinity;
      this.#addDue();
      this.#setTimer();
    });
  }

  #addDue(): void {
    // Timers may fire a fraction of a millisecond early; what is due by then is due now.
    const nowMs = this.#clock.monotonicMs() + 1;
    for (let due = this.#later.popDue(nowMs); due; due = this.#later.popDue(nowMs)) {
      // A key that was asked for earlier since has another entry in the heap; this one is stale.
      if (this.#laterDueMs.get(due.item) !== due.dueMs) continue;
      this.#laterDueMs.delete(due.item);
      this.add(due.item);
    }
  }
}
