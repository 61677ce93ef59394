import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks. */
const POLL_MS = 100;

/**
 * Waits until `look` returns something other than `undefined` or `false` and resolves with it. When `withinMs` has passed, fails with the sentence `what` and the last error.
 * For what happens outside this process; inside it, advance the clock instead.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`, { cause: last });
    await delay(POLL_MS);
  }
}
