import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isGone, type KubeClient } from './client.ts';
import { freezeDeep } from './freeze.ts';
import { Index } from './informer-index.ts';
import { keyOf } from './object-key.ts';
import type { ResourceType } from './resources.ts';
import type { KubeList, KubeObject } from './types.ts';

/** Objects a list request; the server's snapshot stays the same across pages. */
const PAGE_SIZE = 500;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 5_000;

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';
/** `old` is what the cache held before: absent for `ADDED`; for `DELETED`, `object` is the last state known. */
export type ChangeHandler<T extends KubeObject> = (type: ChangeType, object: T, old: T | undefined) => void;
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

export interface InformerOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: ResourceType<T>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
}

/**
 * A local copy of the objects of one kind, kept up to date by list and watch.
 *
 * Promises:
 * 1. Each object's states are seen in order. States in between may be missed (after a relist), the last one never.
 * 2. The cache is changed before the handlers are told, and handlers are told one change at a time, in order, synchronously. They must not throw or wait:
 *    they enqueue keys. A handler that throws is logged and the others are still told.
 * 3. A handler added late is told `ADDED` for everything that is there.
 * 4. Objects that vanished while the watch was broken are reported `DELETED` with their last known state. An object that was deleted and made anew under the
 *    same name (another uid) is reported `DELETED` and then `ADDED`, also when that is only found at a relist.
 * 5. Objects are frozen and shared with every reader.
 * 6. A broken watch continues from the last revision seen; a revision that is gone (410) leads to a relist; other errors are retried with back-off without end.
 * 7. `whenSynced` resolves once the first list is in the cache and the handlers have been told.
 *
 * `start` resolves at once: the API need not be there yet.
 */
export class Informer<T extends KubeObject = KubeObject> implements Component {
  readonly name: string;
  readonly resource: ResourceType<T>;
  readonly #options: InformerOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #waiters = new Set<() => void>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #hasSynced = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.resource = options.resource;
    this.name = `informer ${options.resource.plural}`;
    for (const [name, valuesOf] of Object.entries(options.indexes ?? {})) this.addIndex(name, valuesOf);
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when the first list is in the cache; rejects with the reason of `signal` when that aborts first. */
  whenSynced(signal: AbortSignal): Promise<void> {
    if (this.#hasSynced) return Promise.resolve();
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const onSynced = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiters.delete(onSynced);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(onSynced);
    });
  }

  /** By `namespace/name`, or `name` when cluster-scoped. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** All objects, in no particular order. */
  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Objects for which the index function returned `value`. */
  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`informer of ${this.resource.plural} has no index ${index}`);
    return found.get(value);
  }

  /** May be called at any time, and again with the same name by another user (the first function stays). */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = new Index(valuesOf);
    for (const object of this.#objects.values()) index.replace(undefined, object);
    this.#indexes.set(name, index);
  }

  /** Returns a function that removes the handler. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) this.#tell(handler, 'ADDED', object, undefined);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Calling it again does nothing, so that several users may start a shared informer. */
  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error(`${this.name} stopped`));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let revision: string | undefined;
    while (!signal.aborted) {
      try {
        revision ??= await this.#relist(signal);
        for await (const event of this.#watch(revision, signal)) {
          revision = event;
          failures = 0;
        }
        // A watch that ends quietly without having said anything must not become a busy loop.
        await this.#options.clock.sleep(FIRST_RETRY_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isGone(error)) revision = undefined;
        const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures++, 16), MAX_RETRY_MS);
        this.#options.log.debug({ informer: this.name, error: messageOf(error), delayMs }, 'watch broke, trying again');
        try {
          await this.#options.clock.sleep(delayMs, signal);
        } catch {
          return;
        }
      }
    }
  }

  /** Replaces the cache by what the API has now; returns the revision to watch from. */
  async #relist(signal: AbortSignal): Promise<string> {
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    const present = new Set<string>();
    const objects: T[] = [];
    let next: string | undefined;
    let page: KubeList<T>;
    do {
      page = await client.list(
        resource,
        { namespace, labelSelector, fieldSelector, limit: PAGE_SIZE, continue: next },
        signal,
      );
      for (const object of page.items) objects.push(object);
      next = page.metadata.continue;
    } while (next);
    for (const object of objects) {
      present.add(keyOf(object));
      this.#put(object);
    }
    for (const key of this.#objects.keys()) {
      if (!present.has(key)) this.#remove(key, undefined);
    }
    if (!this.#hasSynced) {
      this.#hasSynced = true;
      for (const waiter of this.#waiters) waiter();
      this.#waiters.clear();
    }
    return page.metadata.resourceVersion;
  }

  /** Applies changes to the cache and yields the revision after each. */
  async *#watch(revision: string, signal: AbortSignal): AsyncGenerator<string> {
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    const options = { namespace, labelSelector, fieldSelector, resourceVersion: revision };
    for await (const event of client.watch(resource, options, signal)) {
      if (event.type === 'ERROR') continue; // Clients throw these; nothing to apply.
      if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object);
      else if (event.type !== 'BOOKMARK') this.#put(event.object);
      const seen = event.object.metadata?.resourceVersion;
      if (seen) yield seen;
    }
  }

  #put(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old && old.metadata?.uid !== object.metadata?.uid) {
      this.#remove(key, undefined);
      this.#put(object);
      return;
    }
    if (old && old.metadata?.resourceVersion === object.metadata?.resourceVersion) return;
    freezeDeep(object);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) index.replace(old, object);
    for (const handler of this.#handlers) this.#tell(handler, old ? 'MODIFIED' : 'ADDED', object, old);
  }

  #remove(key: string, last: T | undefined): void {
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.replace(old, undefined);
    const object = last ? freezeDeep(last) : old;
    for (const handler of this.#handlers) this.#tell(handler, 'DELETED', object, old);
  }

  #tell(handler: ChangeHandler<T>, type: ChangeType, object: T, old: T | undefined): void {
    try {
      handler(type, object, old);
    } catch (error) {
      this.#options.log.error({ informer: this.name, err: error, key: keyOf(object) }, 'change handler failed');
    }
  }
}
