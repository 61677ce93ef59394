import { expect } from 'vitest';

/** Generous, because a busy machine is no failure: a condition that holds is seen at once anyhow. */
const TIMEOUT_MS = 15_000;

/** Expects something that need not be so yet. */
export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: TIMEOUT_MS, interval: 20 });
}
