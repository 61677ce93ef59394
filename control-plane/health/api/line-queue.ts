/** Lines for one reader: they wait in order, at most `capacity` of them; what does not fit is counted and told when there is room again. */
export class LineQueue<T> {
  readonly #capacity: number;
  readonly #lost: (count: number) => T;
  #waiting: T[] = [];
  #lostCount = 0;
  #wake: (() => void) | undefined;

  constructor(capacity: number, lost: (count: number) => T) {
    this.#capacity = capacity;
    this.#lost = lost;
  }

  push(line: T): void {
    if (this.#waiting.length >= this.#capacity) this.#lostCount++;
    else this.#waiting.push(line);
    this.#wake?.();
  }

  /** Ends when `signal` aborts. For one reader. */
  async *lines(signal: AbortSignal): AsyncGenerator<T> {
    const onAbort = () => this.#wake?.();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const lines = this.#waiting;
        const lostCount = this.#lostCount;
        this.#waiting = [];
        this.#lostCount = 0;
        yield* lines;
        if (lostCount > 0) yield this.#lost(lostCount);
        if (this.#waiting.length === 0 && !signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
