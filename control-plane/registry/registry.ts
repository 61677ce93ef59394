import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { VigilError } from '../../lib/errors.ts';
import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { internalError, pathNotFound, serviceUnavailable, statusError } from '../../lib/kube/status-errors.ts';
import type { Logger } from '../../lib/log.ts';
import { backupLines } from '../store/backup.ts';
import type { Change, Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { parseStored, storedBytes, type ApiObject } from './api-object.ts';
import { CacheEntry } from './cache-entry.ts';
import type { Chance } from './chance.ts';
import type { ResourceDefinition } from './definition.ts';
import { ListSnapshots } from './list-snapshots.ts';
import { ObjectCache } from './object-cache.ts';
import type { WriteContext } from './request.ts';

/** A store that is told of a change by another process passes it on within this time, or it is in trouble. */
const CATCH_UP_MS = 10_000;

/** A kind in this registry: its row and its objects. */
export interface Resource {
  readonly definition: ResourceDefinition;
  readonly cache: ObjectCache;
  /** Keys in the store: `apps/deployments/`. */
  readonly prefix: string;
}

/** POST of a subresource whose body is another kind. Resolves with the answer. */
export type SubresourceHandler = (
  registry: Registry,
  key: { readonly namespace: string | undefined; readonly name: string },
  body: ApiObject,
  context: WriteContext,
) => Promise<ApiObject>;

export type CommitOutcome = { readonly written: true; readonly entry: CacheEntry } | { readonly written: false };

export interface RegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Logger;
  readonly definitions: readonly ResourceDefinition[];
  /** The store has ended by itself: what is shown from now on is old. */
  readonly onLost?: () => void;
}

interface StoredObject {
  readonly revision: number;
  readonly value: Uint8Array;
}

interface OwnWrite {
  readonly object: ApiObject;
  entry: CacheEntry | undefined;
}

/**
 * The objects of all kinds: in memory, kept in step with the store by one watch. Reads never touch the store. The verbs are functions beside this class
 * (`create.ts`, `update.ts`…) that use `commit`.
 */
export class Registry implements Component {
  readonly name = 'registry';
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Logger;
  readonly snapshots: ListSnapshots;
  readonly #store: Store;
  readonly #onLost: () => void;
  readonly #byPlural = new Map<string, Resource>();
  readonly #byPrefix = new Map<string, Resource>();
  readonly #plugins: AdmissionPlugin[] = [];
  readonly #subresources = new Map<string, SubresourceHandler>();
  readonly #ownWrites = new WeakMap<Uint8Array, OwnWrite>();
  /** Objects of kinds that are not defined (yet), as they are stored, by prefix and name. */
  readonly #undefined = new Map<string, Map<string, StoredObject>>();
  readonly #revisionWaiters = new Set<() => void>();
  readonly #progressListeners = new Set<() => void>();
  #unwatch: () => void = () => {};
  #revision = 0;
  #kindsVersion = 0;
  #hasFailed = false;

  constructor(options: RegistryOptions) {
    this.#store = options.store;
    this.clock = options.clock;
    this.chance = options.chance;
    this.log = options.log;
    this.#onLost = options.onLost ?? (() => {});
    this.snapshots = new ListSnapshots(options.clock);
    for (const definition of options.definitions) this.define(definition);
  }

  /** All objects are shown as of this revision. */
  get revision(): number {
    return this.#revision;
  }

  /** False once the watch of the store has broken: what is shown would be stale. */
  get isHealthy(): boolean {
    return !this.#hasFailed;
  }

  /** Changes whenever a kind is defined, changed or taken away: what is derived from all kinds is then made anew. */
  get kindsVersion(): number {
    return this.#kindsVersion;
  }

  get resources(): Iterable<Resource> {
    return this.#byPrefix.values();
  }

  get plugins(): readonly AdmissionPlugin[] {
    return this.#plugins;
  }

  use(...plugins: readonly AdmissionPlugin[]): void {
    this.#plugins.push(...plugins);
  }

  handleSubresource(resource: ResourceType, subresource: string, handler: SubresourceHandler): void {
    this.#subresources.set(`${apiVersionOf(resource)}/${resource.plural}/${subresource}`, handler);
  }

  subresourceHandler(resource: ResourceType, subresource: string): SubresourceHandler | undefined {
    return this.#subresources.get(`${apiVersionOf(resource)}/${resource.plural}/${subresource}`);
  }

  /** Throws 404 for a kind that is not served. */
  of(resource: Pick<ResourceType, 'group' | 'version' | 'plural'>): Resource {
    const found = this.#byPlural.get(`${apiVersionOf(resource)}/${resource.plural}`);
    if (!found) throw pathNotFound();
    return found;
  }

  find(apiVersion: string, plural: string): Resource | undefined {
    return this.#byPlural.get(`${apiVersion}/${plural}`);
  }

  async start(): Promise<void> {
    const { revision, entries } = await this.#store.list('');
    const byResource = new Map<Resource, CacheEntry[]>();
    for (const { key, revision, value } of entries) {
      const resource = this.#resourceOfKey(key);
      if (!resource) {
        this.#keepUndefined(key, revision, value);
        continue;
      }
      const entry = new CacheEntry(key.slice(resource.prefix.length), revision, parseStored(value, revision), value);
      const list = byResource.get(resource);
      if (list) list.push(entry);
      else byResource.set(resource, [entry]);
    }
    for (const resource of this.resources) resource.cache.load(byResource.get(resource) ?? [], revision);
    this.#revision = revision;
    this.#unwatch = this.#store.watch('', revision, {
      changed: (changes) => this.#apply(changes),
      gone: () => {
        this.#hasFailed = true;
        this.log.fatal('the store has ended');
        this.#onLost();
      },
    });
  }

  stop(): Promise<void> {
    this.#unwatch();
    return Promise.resolve();
  }

  /** Writes one object if it is still at `expectedRevision` (0 = absent). On return the caches show it. */
  async commit(resource: Resource, key: string, object: ApiObject, expectedRevision: number): Promise<CommitOutcome> {
    const value = storedBytes(object);
    const own: OwnWrite = { object, entry: undefined };
    this.#ownWrites.set(value, own);
    const outcome = await this.#write(resource.prefix + key, value, expectedRevision);
    if (!outcome) return { written: false };
    const entry = own.entry ?? resource.cache.get(key);
    if (!entry) throw internalError(new Error(`${resource.prefix}${key} was written and not seen`));
    return { written: true, entry };
  }

  /** Removes one object if it is still at `expectedRevision`. */
  async commitRemoval(resource: Resource, key: string, expectedRevision: number): Promise<boolean> {
    return this.#write(resource.prefix + key, undefined, expectedRevision);
  }

  /** Resolves when the caches show `revision`, or after `timeoutMs` with false. */
  async waitFor(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.#revision >= revision) return true;
    return new Promise((resolve) => {
      const check = () => {
        if (this.#revision < revision) return;
        this.#revisionWaiters.delete(check);
        cancel();
        resolve(true);
      };
      const cancel = this.clock.after(timeoutMs, () => {
        this.#revisionWaiters.delete(check);
        resolve(false);
      });
      this.#revisionWaiters.add(check);
    });
  }

  /** Where other processes write to the same store: resolves when what they were answered before is shown here. `undefined` where there are none. */
  catchUp(): Promise<void> | undefined {
    return this.#store.head && this.#reach(this.#store.head());
  }

  async #reach(head: Promise<number>): Promise<void> {
    if (!(await this.waitFor(await head, CATCH_UP_MS)))
      throw serviceUnavailable('the store did not tell of its last changes in time');
  }

  /** Everything that is stored, of one moment, as the lines of a backup. */
  async backup(cluster: string): Promise<Iterable<Buffer>> {
    const list = await this.#store.list('');
    return backupLines(list, { cluster, time: new Date(this.clock.now()).toISOString() });
  }

  /** Called after each batch of changes. The returned function ends it. */
  onProgress(listener: () => void): () => void {
    this.#progressListeners.add(listener);
    return () => {
      this.#progressListeners.delete(listener);
    };
  }

  async #write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<boolean> {
    try {
      const outcome = await this.#store.write(key, value, expectedRevision);
      return outcome.written;
    } catch (error) {
      if (error instanceof VigilError && error.class === 'invalid') {
        throw statusError(413, 'RequestEntityTooLarge', error.message, undefined, { cause: error });
      }
      this.log.error({ err: error }, 'the store did not take a write');
      throw serviceUnavailable('the store cannot write at present');
    }
  }

  #apply(changes: readonly Change[]): void {
    for (const { key, revision, value } of changes) {
      this.#revision = revision;
      const resource = this.#resourceOfKey(key);
      if (!resource) {
        this.#keepUndefined(key, revision, value);
        continue;
      }
      const name = key.slice(resource.prefix.length);
      if (!value) {
        resource.cache.remove(name, revision);
        continue;
      }
      const own = this.#ownWrites.get(value);
      const object = own?.object ?? parseStored(value, revision);
      object.metadata.resourceVersion = String(revision);
      const entry = new CacheEntry(name, revision, object, value);
      if (own) own.entry = entry;
      resource.cache.put(entry);
    }
    for (const check of this.#revisionWaiters) check();
    for (const listener of this.#progressListeners) listener();
  }

  /**
   * Serves a kind, with the objects of it that are already stored. A kind that is served already keeps its objects and watchers and is from now on what this
   * definition says.
   */
  define(definition: ResourceDefinition): Resource {
    const { group, plural } = definition.resource;
    const prefix = `${group || 'core'}/${plural}/`;
    const before = this.#byPrefix.get(prefix);
    if (before) this.#forgetPlurals(before.definition);
    const resource = { definition, cache: before?.cache ?? new ObjectCache(this.clock), prefix };
    this.#byPrefix.set(prefix, resource);
    for (const type of typesOf(definition)) this.#byPlural.set(`${apiVersionOf(type)}/${plural}`, resource);
    if (!before) {
      const stored = this.#undefined.get(prefix) ?? [];
      this.#undefined.delete(prefix);
      const entries = [...stored].map(
        ([name, { revision, value }]) => new CacheEntry(name, revision, parseStored(value, revision), value),
      );
      resource.cache.load(entries, this.#revision);
    }
    this.#kindsVersion++;
    return resource;
  }

  /** Serves a kind no longer and ends its watches. What is stored of it stays. */
  undefine({ resource: { group, plural } }: ResourceDefinition): void {
    const prefix = `${group || 'core'}/${plural}/`;
    const resource = this.#byPrefix.get(prefix);
    if (!resource) return;
    this.#byPrefix.delete(prefix);
    this.#forgetPlurals(resource.definition);
    for (const { key, revision, object } of resource.cache.all())
      this.#keepUndefined(prefix + key, revision, storedBytes(object));
    this.#kindsVersion++;
    resource.cache.end();
  }

  #forgetPlurals(definition: ResourceDefinition): void {
    for (const type of typesOf(definition)) this.#byPlural.delete(`${apiVersionOf(type)}/${type.plural}`);
  }

  #keepUndefined(key: string, revision: number, value: Uint8Array | undefined): void {
    const prefix = prefixOf(key);
    let objects = this.#undefined.get(prefix);
    if (!objects) this.#undefined.set(prefix, (objects = new Map()));
    const name = key.slice(prefix.length);
    if (value) objects.set(name, { revision, value });
    else objects.delete(name);
    if (objects.size === 0) this.#undefined.delete(prefix);
  }

  #resourceOfKey(key: string): Resource | undefined {
    return this.#byPrefix.get(prefixOf(key));
  }
}

/** `apps/deployments/` of `apps/deployments/default/hello`. */
function prefixOf(key: string): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1);
}

/** A kind under every group and version under which it is served. */
function typesOf(definition: ResourceDefinition): readonly ResourceType[] {
  return [definition.resource, ...definition.views.map((view) => view.resource)];
}

/** Key within a kind: `namespace/name`, or `name`. */
export function cacheKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
