import { statusError } from '../../lib/kube/status-errors.ts';

/** Searches under way at a time: each may hold an answer of the store and, when it tests lines, keep the process busy. */
const MAX_SEARCHES = 16;

/** Counts searches, and refuses one too many. */
export class SearchTurns {
  #active = 0;

  /** Begins one, for as long as `signal` does not abort. The returned function ends it and may be called any number of times. Throws 429. */
  begin(signal: AbortSignal): () => void {
    if (this.#active >= MAX_SEARCHES) {
      const message = `${MAX_SEARCHES} log searches are under way: try again in a moment`;
      throw statusError(429, 'TooManyRequests', message, { retryAfterSeconds: 1 });
    }
    this.#active++;
    let isOver = false;
    const end = () => {
      if (!isOver) this.#active--;
      isOver = true;
    };
    // A stream that nobody begins to read never comes to its end.
    signal.addEventListener('abort', end, { once: true });
    return end;
  }
}

/** The same values; `end` is called behind the last one, or when no more are wanted. */
export async function* endingWith<T>(values: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* values;
  } finally {
    end();
  }
}
