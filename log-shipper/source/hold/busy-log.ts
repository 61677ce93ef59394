/** As long as no rotation was seen, files are taken to be this small. */
const SMALLEST_FILE_BYTES = 16 * 1024;
/** A file is asked for so many times while it fills; it lives at least one period longer. */
const ASKS_PER_FILE = 3;
const SHORTEST_WAIT_MS = 0.2;
const LONGEST_WAIT_MS = 10;
const QUIET_AFTER_MS = 100;
/** A log is asked because it is written fast; how fast is seen at the second look. */
const FIRST_BYTES_PER_MS = 32 * 1024;

/** When a log that is written fast must be looked at next, from how fast it grows and how large its files get. */
export class BusyLog {
  dueMs: number;
  #observedMs: number;
  #grewMs: number;
  #sizeBytes: number | undefined;
  #fileBytes: number | undefined;
  #bytesPerMs = FIRST_BYTES_PER_MS;

  constructor(nowMs: number) {
    this.dueMs = nowMs;
    this.#observedMs = nowMs;
    this.#grewMs = nowMs;
  }

  /** The file that is written has this size; `rotated` when it is another file than at the last look. */
  observed(nowMs: number, sizeBytes: number, rotated: boolean): void {
    const before = this.#sizeBytes;
    if (rotated && before !== undefined) {
      this.#fileBytes = Math.max(before, SMALLEST_FILE_BYTES);
      // At least this much: what was written behind the last look and before the rotation is not seen.
      this.#grow(nowMs, sizeBytes + before);
    } else if (before !== undefined && sizeBytes > before) this.#grow(nowMs, sizeBytes - before);
    this.#sizeBytes = sizeBytes;
    this.#observedMs = nowMs;
    const fillMs = (this.#fileBytes ?? SMALLEST_FILE_BYTES) / Math.max(this.#bytesPerMs, 1);
    this.dueMs = nowMs + Math.min(Math.max(fillMs / ASKS_PER_FILE, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  }

  /** Nothing was written for a while. */
  isQuiet(nowMs: number): boolean {
    return nowMs - this.#grewMs > QUIET_AFTER_MS;
  }

  #grow(nowMs: number, bytes: number): void {
    this.#grewMs = nowMs;
    const rate = bytes / Math.max(nowMs - this.#observedMs, 0.01);
    // Rises at once and falls slowly: bursts are what files are lost in.
    this.#bytesPerMs = Math.max(rate, this.#bytesPerMs * 0.8 + rate * 0.2);
  }
}
