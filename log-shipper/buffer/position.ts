import type { LogPosition } from '../../lib/log-position.ts';

/** Where reading of a source starts or has got to. Spool files have one rotation, named `0`. */
export type Position = LogPosition;

interface InFlight {
  readonly batch: object;
  readonly position: Position;
  acknowledged: boolean;
}

/**
 * How far one source is acknowledged. Batches may be acknowledged in any order; the position moves only over a batch when all before it are acknowledged too,
 * so that a restart sends again whatever is not surely stored.
 */
export class Progress {
  #acknowledged: Position | undefined;
  readonly #inFlight: InFlight[] = [];
  #gathering = false;
  /** Batches with something of this source: closed so far, and acknowledged so far without a gap. */
  sentBatches = 0;
  acknowledgedBatches = 0;

  constructor(start?: Position) {
    this.#acknowledged = start;
  }

  /** A line of this source is in a batch that is still being filled. */
  gathered(): void {
    this.#gathering = true;
  }

  /** `batch` is closed and holds everything of this source up to `position`. */
  sent(batch: object, position: Position): void {
    this.#gathering = false;
    this.sentBatches++;
    this.#inFlight.push({ batch, position, acknowledged: false });
  }

  acknowledge(batch: object): void {
    for (const entry of this.#inFlight) if (entry.batch === batch) entry.acknowledged = true;
    while (this.#inFlight[0]?.acknowledged) {
      this.#acknowledged = this.#inFlight.shift()?.position;
      this.acknowledgedBatches++;
    }
  }

  /** Some of what was read is in a batch that is still being filled. */
  get isGathering(): boolean {
    return this.#gathering;
  }

  /** Nothing is being gathered or under way. */
  get settled(): boolean {
    return this.#inFlight.length === 0 && !this.#gathering;
  }

  /** Everything before this is stored. `read` is how far the source was read: it counts when nothing is under way. */
  acknowledgedUpTo(read: Position | undefined): Position | undefined {
    return this.settled ? (read ?? this.#acknowledged) : this.#acknowledged;
  }
}
