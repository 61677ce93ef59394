import type { Change, Store, StoredEntry, StoredList, StoreWatcher, WriteOutcome } from '../store.ts';
import type { Sealing } from './sealing.ts';

/** Values that are written anew at a time. */
const PARALLEL_REWRITES = 16;

/**
 * A store whose values an encryption configuration seals on the way in and opens on the way out; what the configuration does not name passes as it is. All else
 * is the engine's: revisions, watches, bounds.
 */
export class EncryptedStore implements Store {
  readonly name: string;
  readonly raw: Store;
  readonly head: (() => Promise<number>) | undefined;
  readonly #sealing: Sealing;
  /** What the arrays that were written say, so that a change carries the very array that the writer gave. */
  readonly #written = new WeakMap<Uint8Array, Uint8Array>();

  constructor(engine: Store, sealing: Sealing) {
    this.name = engine.name;
    this.raw = engine;
    this.#sealing = sealing;
    this.head = engine.head && (() => engine.head?.() ?? Promise.resolve(engine.revision));
  }

  get revision(): number {
    return this.raw.revision;
  }

  start(signal: AbortSignal): Promise<void> {
    return this.raw.start(signal);
  }

  stop(deadline: AbortSignal): Promise<void> {
    return this.raw.stop(deadline);
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    const entry = await this.raw.get(key);
    return entry && this.#openEntry(entry);
  }

  async list(prefix: string): Promise<StoredList> {
    const { revision, entries } = await this.raw.list(prefix);
    return { revision, entries: entries.map((entry) => this.#openEntry(entry)) };
  }

  write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteOutcome> {
    if (!value) return this.raw.write(key, value, expectedRevision);
    const sealed = this.#sealing.seal(key, value);
    if (sealed !== value) this.#written.set(sealed, value);
    return this.raw.write(key, sealed, expectedRevision);
  }

  watch(prefix: string, afterRevision: number, watcher: StoreWatcher): () => void {
    return this.raw.watch(prefix, afterRevision, {
      changed: (changes) => {
        const arePlain = changes.every(({ key, value }) => !value || this.#sealing.passes(key, value));
        watcher.changed(arePlain ? changes : changes.map((change) => this.#openChange(change)));
      },
      gone: () => watcher.gone(),
    });
  }

  compact(revision: number): void {
    this.raw.compact(revision);
  }

  /**
   * Writes everything anew that would be written in another way today, by the newest key for instance, and has the engine wipe what it was. What somebody else
   * writes meanwhile is left to them. Resolves with how many values were written.
   */
  async rewrite(signal: AbortSignal): Promise<number> {
    const stale = await this.#stale();
    const waiting = stale.values();
    let written = 0;
    const work = async () => {
      for (const { key, revision, value } of waiting) {
        if (signal.aborted) return;
        const outcome = await this.write(key, value, revision);
        if (outcome.written) written++;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_REWRITES }, work));
    if (written > 0 && !signal.aborted) await this.raw.wipe?.();
    return written;
  }

  async #stale(): Promise<readonly StoredEntry[]> {
    const stale = new Map<string, StoredEntry>();
    for (const prefix of new Set(this.#sealing.prefixes)) {
      for (const { key, revision, value } of (await this.raw.list(prefix)).entries) {
        const opened = this.#sealing.open(key, value);
        if ('value' in opened && opened.isStale) stale.set(key, { key, revision, value: opened.value });
      }
    }
    return [...stale.values()];
  }

  #openEntry(entry: StoredEntry): StoredEntry {
    if (this.#sealing.passes(entry.key, entry.value)) return entry;
    const opened = this.#sealing.open(entry.key, entry.value);
    if ('problem' in opened) return { ...entry, problem: opened.problem };
    return opened.value === entry.value ? entry : { ...entry, value: opened.value };
  }

  #openChange(change: Change): Change {
    const { key, value } = change;
    if (!value) return change;
    const own = this.#written.get(value);
    if (own) return { ...change, value: own };
    const opened = this.#sealing.open(key, value);
    if ('problem' in opened) return { ...change, problem: opened.problem };
    return opened.value === value ? change : { ...change, value: opened.value };
  }
}
