import type { CacheEvent } from './cache-entry.ts';

/** So many recent events are always kept, however old. */
const MIN_EVENTS = 256;
/** And never more than this: what one busy kind may hold in memory. */
const MAX_EVENTS = 8192;
/** A client that lost its connection should be back by then. */
const KEEP_MS = 60_000;

interface Held {
  readonly event: CacheEvent;
  readonly atMs: number;
}

/** The last events of one kind, so that a watch can start in the recent past. */
export class EventHistory {
  #events: (Held | undefined)[] = [];
  /** How many at the head of the array are forgotten already; they are empty. */
  #forgotten = 0;
  /** Watches may start at this revision or later. */
  #startRevision: number;

  constructor(startRevision: number) {
    this.#startRevision = startRevision;
  }

  get startRevision(): number {
    return this.#startRevision;
  }

  push(event: CacheEvent, nowMs: number): void {
    this.#events.push({ event, atMs: nowMs });
    this.forgetOld(nowMs);
  }

  /** Events after a revision, oldest first; `undefined` when some of them are no longer held. */
  after(revision: number): readonly CacheEvent[] | undefined {
    if (revision < this.#startRevision) return undefined;
    let low = this.#forgotten;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.event.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low).flatMap((held) => (held ? [held.event] : []));
  }

  /** Lets go of what is too old. Done with each event; when none come, somebody has to ask. */
  forgetOld(nowMs: number): void {
    let size = this.#events.length - this.#forgotten;
    while (size > MIN_EVENTS) {
      const oldest = this.#events[this.#forgotten];
      if (!oldest || (size <= MAX_EVENTS && oldest.atMs > nowMs - KEEP_MS)) break;
      this.#startRevision = oldest.event.revision;
      this.#events[this.#forgotten++] = undefined;
      size--;
    }
    // The array is cut in large pieces, so that each event pays for moving the rest only once.
    if (this.#forgotten > MIN_EVENTS && this.#forgotten >= size) {
      this.#events = this.#events.slice(this.#forgotten);
      this.#forgotten = 0;
    }
  }
}
