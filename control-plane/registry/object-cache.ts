import type { Clock } from '../../lib/clock.ts';
import { expired } from '../../lib/kube/status-errors.ts';
import { CacheEvent, type CacheEntry } from './cache-entry.ts';
import { EventHistory } from './event-history.ts';
import type { Selection } from './selection.ts';
import { SortedKeys } from './sorted-keys.ts';

/** Told of each event in order, synchronously. Must not throw and not wait. */
export type EventListener = (event: CacheEvent) => void;

/** All objects of one kind in memory, and their recent past. The one place that readers read from. */
export class ObjectCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, CacheEntry>();
  readonly #keys = new SortedKeys();
  readonly #listeners = new Set<EventListener>();
  readonly #enders = new Set<() => void>();
  #history: EventHistory;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#history = new EventHistory(0);
  }

  get size(): number {
    return this.#entries.size;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  get(key: string): CacheEntry | undefined {
    return this.#entries.get(key);
  }

  /** Fills the cache with what the store held at `revision`. */
  load(entries: Iterable<CacheEntry>, revision: number): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(entry.key, entry);
    this.#keys.load(this.#entries.keys());
    this.#history = new EventHistory(revision);
  }

  /** In the order of their keys. */
  *all(namespace?: string): Iterable<CacheEntry> {
    for (const key of this.#keys.withPrefix(namespace === undefined ? '' : `${namespace}/`)) {
      const entry = this.#entries.get(key);
      if (entry) yield entry;
    }
  }

  /** In the order of their keys. */
  select(selection: Selection): CacheEntry[] {
    const { namespace, name, isEverything } = selection;
    if (name !== undefined && namespace !== undefined) {
      const entry = this.#entries.get(`${namespace}/${name}`);
      return entry && selection.matches(entry.object) ? [entry] : [];
    }
    const found: CacheEntry[] = [];
    for (const key of this.#keys.withPrefix(namespace === undefined ? '' : `${namespace}/`)) {
      const entry = this.#entries.get(key);
      if (entry && (isEverything || selection.matches(entry.object))) found.push(entry);
    }
    return found;
  }

  put(entry: CacheEntry): void {
    const previous = this.#entries.get(entry.key);
    this.#entries.set(entry.key, entry);
    if (!previous) this.#keys.add(entry.key);
    this.#tell(new CacheEvent(previous ? 'MODIFIED' : 'ADDED', entry, previous));
  }

  remove(key: string, revision: number): void {
    const previous = this.#entries.get(key);
    if (!previous) return;
    this.#entries.delete(key);
    this.#keys.delete(key);
    this.#tell(new CacheEvent('DELETED', previous.under(revision), previous));
  }

  /**
   * Each event after `revision`: first those of the past, then all further ones as they happen. Throws 410 when the past is no longer held.
   * The returned function ends it.
   */
  watch(revision: number, listener: EventListener): () => void {
    const past = this.#history.after(revision);
    if (!past) throw expired(`too old resource version: ${revision} (${this.#history.startRevision})`);
    for (const event of past) listener(event);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** From now on only, without the past. */
  follow(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The kind is served no longer: whoever watches is told so, once. */
  end(): void {
    for (const ender of this.#enders) ender();
    this.#enders.clear();
    this.#listeners.clear();
  }

  /** Calls back when the kind ends. The returned function forgets that. */
  onEnd(ender: () => void): () => void {
    this.#enders.add(ender);
    return () => {
      this.#enders.delete(ender);
    };
  }

  #tell(event: CacheEvent): void {
    this.#history.push(event, this.#clock.monotonicMs());
    for (const listener of this.#listeners) listener(event);
  }
}
