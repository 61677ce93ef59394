/** The longest that a client is asked to stay away. */
const MAX_SECONDS = 32;
/** Refusals a second and second of waiting, above which clients are asked to wait longer. */
const TOO_MANY = 3;

/** How long refused clients are asked to wait, of one level: longer while many are refused, shorter again when few are. */
export class RetryAfter {
  #seconds = 1;
  #windowStartMs = 0;
  #refused = 0;

  /** Counts a refusal; the answer is in seconds. */
  refuse(nowMs: number): number {
    if (nowMs - this.#windowStartMs >= 1000) {
      this.#seconds = nextRetryAfter(this.#seconds, this.#refused);
      this.#windowStartMs = nowMs;
      this.#refused = 0;
    }
    this.#refused++;
    return this.#seconds;
  }
}

/** The wait after a second in which `refused` requests were refused. Pure. */
export function nextRetryAfter(seconds: number, refused: number): number {
  if (refused >= TOO_MANY * seconds) return Math.min(MAX_SECONDS, seconds + 1);
  return refused < seconds ? Math.max(1, seconds - 1) : seconds;
}
