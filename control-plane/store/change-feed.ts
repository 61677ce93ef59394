import type { Change, StoreWatcher } from './store.ts';

/** Changes kept for watches that start in the past. The registry watches from its start on, so few are ever asked for. */
const MAX_CHANGES = 256;

interface Subscriber {
  readonly prefix: string;
  readonly watcher: StoreWatcher;
}

/** Recent changes and those who watch: the part of the watch promise that all engines share. */
export class ChangeFeed {
  readonly #maxChanges: number;
  readonly #subscribers = new Set<Subscriber>();
  #changes: Change[] = [];
  #revision = 0;
  #compacted = 0;

  constructor(maxChanges = MAX_CHANGES) {
    this.#maxChanges = maxChanges;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Begins at a revision that was read from disk; nothing before it can be watched. */
  reset(revision: number): void {
    this.#revision = revision;
    this.#compacted = revision;
    this.#changes = [];
  }

  publish(changes: readonly Change[]): void {
    const last = changes.at(-1);
    if (!last) return;
    this.#revision = last.revision;
    this.#changes.push(...changes);
    // Trimmed in halves, so that the cost of moving the array is shared by many changes.
    if (this.#changes.length > 2 * this.#maxChanges)
      this.compact(this.#changes.at(-this.#maxChanges - 1)?.revision ?? 0);
    for (const subscriber of this.#subscribers) tell(subscriber, changes);
  }

  watch(prefix: string, afterRevision: number, watcher: StoreWatcher): () => void {
    if (afterRevision < this.#compacted || afterRevision > this.#revision) {
      watcher.gone();
      return () => {};
    }
    const subscriber = { prefix, watcher };
    const missed = this.#changes.filter((change) => change.revision > afterRevision);
    if (missed.length > 0) tell(subscriber, missed);
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  compact(revision: number): void {
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
    this.#changes = this.#changes.filter((change) => change.revision > this.#compacted);
  }

  /** Tells everybody that nothing further comes. */
  close(): void {
    for (const { watcher } of this.#subscribers) watcher.gone();
    this.#subscribers.clear();
  }
}

function tell({ prefix, watcher }: Subscriber, changes: readonly Change[]): void {
  const theirs = prefix === '' ? changes : changes.filter((change) => change.key.startsWith(prefix));
  if (theirs.length > 0) watcher.changed(theirs);
}
