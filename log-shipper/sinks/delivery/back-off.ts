const FIRST_DELAY_MS = 50;
/** The longest pause between two attempts: a server that comes back is noticed within this time. */
const MAX_DELAY_MS = 5_000;
/** A server may ask for more, up to this. */
const MAX_ASKED_MS = 120_000;

/** How long to wait before attempt number `attempt` (from 1): doubling, spread by `random` (0 to 1), and at least what the server asked for. */
export function backOffMs(attempt: number, random: number, askedMs: number | undefined): number {
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20), MAX_DELAY_MS) * (0.5 + random / 2);
  return askedMs === undefined ? delayMs : Math.max(delayMs, Math.min(askedMs, MAX_ASKED_MS));
}
