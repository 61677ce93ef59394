/** How far reading and sending of a source have got. */
export interface SourceProgress {
  /** Bytes that were read or given up, since the start. */
  readonly passedBytes: number;
  /** Bytes that wait to be read. */
  readonly backlogBytes: number;
  /** Batches with lines of this source: closed so far, and acknowledged so far without a gap. */
  readonly sentBatches: number;
  readonly acknowledgedBatches: number;
  /** Some of what was read is in a batch that is not closed. */
  readonly isGathering: boolean;
}

interface Mark {
  readonly atMs: number;
  /** Everything that was written when the mark was set ends here. */
  readonly bytes: number;
  /** All of it is acknowledged with this many batches; `undefined` while it is not read. */
  batches: number | undefined;
}

/**
 * How old the oldest line is that is not acknowledged. Lines are not stamped when they are written: from time to time a mark is set at the end of what there is, and
 * when all before it is acknowledged, nothing older than the mark waits. So the answer is too large by at most the time between two looks.
 */
export class SourceLag {
  /** Everything that was written before this is acknowledged. */
  #caughtUpMs: number | undefined;
  #mark: Mark | undefined;

  /** Seconds. `nowMs` is monotonic. */
  observe(nowMs: number, progress: SourceProgress): number {
    const { passedBytes, backlogBytes, sentBatches, acknowledgedBatches, isGathering } = progress;
    if (backlogBytes === 0 && !isGathering && sentBatches === acknowledgedBatches) {
      this.#caughtUpMs = nowMs;
      this.#mark = undefined;
      return 0;
    }
    this.#caughtUpMs ??= nowMs;
    const mark = (this.#mark ??= { atMs: nowMs, bytes: passedBytes + backlogBytes, batches: undefined });
    if (passedBytes >= mark.bytes) mark.batches ??= sentBatches + (isGathering ? 1 : 0);
    if (mark.batches !== undefined && acknowledgedBatches >= mark.batches) {
      this.#caughtUpMs = mark.atMs;
      this.#mark = { atMs: nowMs, bytes: passedBytes + backlogBytes, batches: undefined };
    }
    return Math.max(0, nowMs - this.#caughtUpMs) / 1_000;
  }
}
