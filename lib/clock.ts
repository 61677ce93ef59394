/**
 * Time as a dependency. Everything that waits or stamps takes a `Clock`, so that tests advance time instead of sleeping.
 * `Date.now`, `performance.now` and timers appear only in this file and in `main.ts` files.
 */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. May step. */
  now(): number;
  /** Milliseconds that never go back. Only differences mean anything. */
  monotonicMs(): number;
  /** Resolves after `delayMs`; rejects with `signal.reason` as soon as `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `delayMs`. The returned function cancels and may be called any number of times. */
  after(delayMs: number, run: () => void): () => void;
}

/** The largest delay that Node's timers honour; longer ones would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The machine's clock. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(delayMs, 0), MAX_TIMER_MS),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  }
}

interface Waiting {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves only when told to; callbacks run in due order, ties in the order they were set. */
export class FakeClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  after(delayMs: number, run: () => void): () => void {
    const waiting = { dueMs: this.#elapsedMs + Math.max(delayMs, 0), order: this.#order++, run };
    this.#waiting.add(waiting);
    return () => {
      this.#waiting.delete(waiting);
    };
  }

  /** How many sleeps and callbacks wait: lets a test know that the code under test has gone to sleep. */
  get pendingCount(): number {
    return this.#waiting.size;
  }

  /** Moves time on by `byMs`, running what falls due on the way and letting promises settle after each. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#elapsedMs + byMs;
    await settle();
    for (;;) {
      const next = this.#nextDue(endMs);
      if (!next) break;
      this.#waiting.delete(next);
      this.#moveTo(Math.max(next.dueMs, this.#elapsedMs));
      next.run();
      await settle();
    }
    this.#moveTo(endMs);
    await settle();
  }

  /** Steps the wall clock without letting time pass, as an administrator or NTP would. */
  step(byMs: number): void {
    this.#nowMs += byMs;
  }

  #nextDue(endMs: number): Waiting | undefined {
    let best: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.dueMs > endMs) continue;
      if (!best || waiting.dueMs < best.dueMs || (waiting.dueMs === best.dueMs && waiting.order < best.order))
        best = waiting;
    }
    return best;
  }

  #moveTo(elapsedMs: number): void {
    this.#nowMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }
}

/** Lets every promise that is ready run its reactions; `setImmediate` comes after all microtasks and pending I/O callbacks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
