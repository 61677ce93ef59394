import type { Clock } from '../../lib/clock.ts';
import type { CacheEntry } from './cache-entry.ts';

/** Lists that are being read page by page at one time. Each holds references only, so a snapshot costs eight bytes an object. */
const MAX_SNAPSHOTS = 64;
/** As upstream's compaction: a reader that takes longer between pages starts again. */
const KEEP_MS = 5 * 60_000;

interface Snapshot {
  readonly entries: readonly CacheEntry[];
  usedMs: number;
}

/** States of collections at past revisions, held while somebody pages through them, so that all pages show one state. */
export class ListSnapshots {
  readonly #clock: Clock;
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `id` names the kind, the selection and the revision. */
  keep(id: string, entries: readonly CacheEntry[]): void {
    this.#forgetOld();
    this.#snapshots.delete(id);
    this.#snapshots.set(id, { entries, usedMs: this.#clock.monotonicMs() });
  }

  get(id: string): readonly CacheEntry[] | undefined {
    this.#forgetOld();
    const snapshot = this.#snapshots.get(id);
    if (!snapshot) return undefined;
    snapshot.usedMs = this.#clock.monotonicMs();
    this.#snapshots.delete(id);
    this.#snapshots.set(id, snapshot);
    return snapshot.entries;
  }

  #forgetOld(): void {
    const oldestMs = this.#clock.monotonicMs() - KEEP_MS;
    for (const [id, { usedMs }] of this.#snapshots) {
      if (usedMs >= oldestMs && this.#snapshots.size < MAX_SNAPSHOTS) return;
      this.#snapshots.delete(id);
    }
  }
}
