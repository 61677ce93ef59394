import { SystemClock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 500;

/** Tries `check` until it returns something other than `undefined` or false, with growing pauses; then fails with what it said last. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const clock = new SystemClock();
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const giveUpAt = clock.monotonicMs() + timeoutMs;
  let last = 'it was not so';
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 1.5, MAX_DELAY_MS)) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      last = 'it was not so';
    } catch (error) {
      last = messageOf(error);
    }
    if (clock.monotonicMs() > giveUpAt) throw new Error(`${what}: not within ${timeoutMs / 1000} s: ${last}`);
    await clock.sleep(delayMs);
  }
}
