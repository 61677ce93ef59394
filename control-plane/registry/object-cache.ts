import type { Clock } from '../../lib/clock.ts';
import { expired, unreadable } from '../../lib/kube/status-errors.ts';
import { CacheEvent, type CacheEntry } from './cache-entry.ts';
import { EventHistory } from './event-history.ts';
import type { Selection } from './selection.ts';
import { SortedKeys } from './sorted-keys.ts';

/** Told of each event in order, synchronously. Must not throw and not wait. */
export type EventListener = (event: CacheEvent) => void;

/** An object that is there and cannot be read. */
export interface Problem {
  readonly why: string;
  readonly revision: number;
}

/**
 * All objects of one kind in memory, and their recent past. The one place that readers read from. Of objects that are encrypted and cannot be read it knows that they
 * are there: whoever asks for one of them, or for a list that would have to show it, is told why it cannot be.
 */
export class ObjectCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, CacheEntry>();
  readonly #keys = new SortedKeys();
  readonly #listeners = new Set<EventListener>();
  readonly #enders = new Set<() => void>();
  /** Objects that cannot be read, by key. */
  readonly #problems = new Map<string, Problem>();
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

  /** Throws 500 for an object that cannot be read. */
  get(key: string): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (!entry && this.#problems.size > 0) this.#refuse((one) => one === key);
    return entry;
  }

  /** There is an object that cannot be read. Watchers are told of it when it can. */
  setProblem(key: string, problem: Problem): void {
    this.#entries.delete(key);
    this.#keys.delete(key);
    this.#problems.set(key, problem);
  }

  /** Fills the cache with what the store held at `revision`. */
  load(entries: Iterable<CacheEntry>, revision: number): void {
    this.#problems.clear();
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

  /** In the order of their keys. Throws 500 when an object that cannot be read may be among them. */
  select(selection: Selection): CacheEntry[] {
    const { namespace, name, isEverything } = selection;
    if (this.#problems.size > 0) this.#refuse((key) => mayBeSelected(key, namespace, name));
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

  /** Another look of the state that is there: no change, so that nobody is told. */
  replace(entry: CacheEntry): void {
    if (this.#entries.has(entry.key)) this.#entries.set(entry.key, entry);
  }

  put(entry: CacheEntry): void {
    const previous = this.#entries.get(entry.key);
    this.#entries.set(entry.key, entry);
    this.#problems.delete(entry.key);
    if (!previous) this.#keys.add(entry.key);
    this.#tell(new CacheEvent(previous ? 'MODIFIED' : 'ADDED', entry, previous));
    previous?.letGoOfBytes();
  }

  remove(key: string, revision: number): void {
    const previous = this.#entries.get(key);
    this.#problems.delete(key);
    if (!previous) return;
    this.#entries.delete(key);
    this.#keys.delete(key);
    this.#tell(new CacheEvent('DELETED', previous.under(revision), previous));
    previous.letGoOfBytes();
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

  /** Lets go of the past that nobody continues from any more. */
  forgetOld(): void {
    this.#history.forgetOld(this.#clock.monotonicMs());
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

  /** Of an object that cannot be read. */
  problem(key: string): Problem | undefined {
    return this.#problems.get(key);
  }

  #refuse(isMeant: (key: string) => boolean): void {
    const [first, ...more] = [...this.#problems].filter(([key]) => isMeant(key));
    if (!first) return;
    const [, { why }] = first;
    throw unreadable(more.length === 0 ? why : `${why}; and ${more.length} more`);
  }

  #tell(event: CacheEvent): void {
    this.#history.push(event, this.#clock.monotonicMs());
    for (const listener of this.#listeners) listener(event);
  }
}

/** By what is known of an object that cannot be read: its key. */
function mayBeSelected(key: string, namespace: string | undefined, name: string | undefined): boolean {
  const slash = key.indexOf('/');
  if (namespace !== undefined && key.slice(0, Math.max(slash, 0)) !== namespace) return false;
  return name === undefined || key.slice(slash + 1) === name;
}
