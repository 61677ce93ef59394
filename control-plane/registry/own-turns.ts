import type { Clock } from '../../lib/clock.ts';

/** How much of a turn of the event loop the process's own requests take before its clients and timers have theirs. */
const TURN_MS = 10;

/**
 * Keeps the API answering while controllers write as fast as they can: their requests come from within, past the queues that hold back clients, and on a store in memory
 * they never leave the loop's microtasks. Requests go on in the order in which they came, as many in a turn as there is time for, one at least.
 */
export class OwnTurns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  /** When the present turn began; absent while nobody asks. */
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A promise to wait for, when the turn is used up; else the request goes on at once. */
  enter(): Promise<void> | undefined {
    if (this.#sinceMs === undefined) this.#begin();
    if (this.#waiting.length === 0 && !this.#isUsedUp) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  get #isUsedUp(): boolean {
    return this.#clock.monotonicMs() - (this.#sinceMs ?? 0) >= TURN_MS;
  }

  #begin(): void {
    this.#sinceMs = this.#clock.monotonicMs();
    setImmediate(() => void this.#next());
  }

  async #next(): Promise<void> {
    if (this.#waiting.length === 0) {
      this.#sinceMs = undefined;
      return;
    }
    this.#begin();
    do {
      this.#waiting.shift()?.();
      // The request that goes on does so before this does.
      await Promise.resolve();
    } while (this.#waiting.length > 0 && !this.#isUsedUp);
  }
}
