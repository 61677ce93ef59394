/**
 * How long shipping has been behind: grows from the moment something waited (unread bytes or unacknowledged lines) until everything was caught up once.
 * Under steady load something always waits, so a batch being acknowledged moves the start on.
 */
export class Lag {
  #behindSinceMs: number | undefined;

  /** `oldestMs`: when the oldest unacknowledged line was read. `backlog`: whether unread bytes wait. */
  observe(nowMs: number, oldestMs: number | undefined, backlog: boolean): number {
    if (oldestMs === undefined && !backlog) {
      this.#behindSinceMs = undefined;
      return 0;
    }
    this.#behindSinceMs = oldestMs ?? this.#behindSinceMs ?? nowMs;
    return Math.max(0, (nowMs - this.#behindSinceMs) / 1_000);
  }
}
