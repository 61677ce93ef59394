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
import type { Conversion } from './conversion.ts';
import type { ResourceDefinition } from './definition.ts';
import { KnownSpecs } from './known-specs.ts';
import { ListSnapshots } from './list-snapshots.ts';
import { ObjectCache, type Problem } from './object-cache.ts';
import { OwnTurns } from './own-turns.ts';
import type { WriteContext } from './request.ts';

/** A store that is told of a change by another process passes it on within this time, or it is in trouble. */
const CATCH_UP_MS = 10_000;

/** How often the past of kinds that do not change is looked at: after many writes it would otherwise stay in memory until the next ones. */
const FORGET_EVERY_MS = 30_000;

/** A kind in this registry: its row and its objects. */
export interface Resource {
  readonly definition: ResourceDefinition;
  readonly cache: ObjectCache;
  /** Keys in the store: `apps/deployments/`. */
  readonly prefix: string;
  /** Set for kinds of several versions: the cache holds what is stored, and this makes it the version of `definition`. */
  readonly conversion?: Conversion | undefined;
  /** Set for kinds whose specs are judged by themselves. */
  readonly knownSpecs?: KnownSpecs | undefined;
}

/** A kind in one of its versions. */
export interface VersionAccess {
  readonly definition: ResourceDefinition;
  readonly conversion: Conversion;
}

const noVersions: ReadonlyMap<string, VersionAccess> = new Map();

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
  readonly problem?: string | undefined;
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
  /** For requests of this process. */
  readonly ownTurns: OwnTurns;
  readonly #store: Store;
  readonly #onLost: () => void;
  readonly #byPlural = new Map<string, Resource>();
  readonly #byPrefix = new Map<string, Resource>();
  readonly #plugins: AdmissionPlugin[] = [];
  readonly #subresources = new Map<string, SubresourceHandler>();
  readonly #ownWrites = new WeakMap<Uint8Array, OwnWrite>();
  /** What is stored of states that were filled in by reading. */
  readonly #storedOf = new WeakMap<CacheEntry, Uint8Array>();
  /** Objects of kinds that are not defined (yet), as they are stored, by prefix and name. */
  readonly #undefined = new Map<string, Map<string, StoredObject>>();
  readonly #revisionWaiters = new Set<() => void>();
  readonly #progressListeners = new Set<() => void>();
  #unwatch: () => void = () => {};
  #cancelForgetting: () => void = () => {};
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
    this.ownTurns = new OwnTurns(options.clock);
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
    const byResource = new Map<Resource, [string, StoredObject][]>();
    for (const entry of entries) {
      const resource = this.#resourceOfKey(entry.key);
      if (!resource) {
        this.#keepUndefined(entry.key, entry);
        continue;
      }
      const named: [string, StoredObject] = [entry.key.slice(resource.prefix.length), entry];
      const list = byResource.get(resource);
      if (list) list.push(named);
      else byResource.set(resource, [named]);
    }
    for (const resource of this.resources) this.#load(resource, byResource.get(resource) ?? [], revision);
    this.#revision = revision;
    this.#forgetLater();
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
    this.#cancelForgetting();
    return Promise.resolve();
  }

  /** Writes one object if it is still at `expectedRevision` (0 = absent); `specText` is its spec as JSON, where that is there already. On return the caches show it. */
  async commit(
    resource: Resource,
    key: string,
    object: ApiObject,
    expectedRevision: number,
    specText?: string,
  ): Promise<CommitOutcome> {
    const value = storedBytes(object, specText);
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

  #forgetLater(): void {
    this.#cancelForgetting = this.clock.after(FORGET_EVERY_MS, () => {
      for (const { cache } of this.resources) cache.forgetOld();
      this.#forgetLater();
    });
  }

  async #reach(head: Promise<number>): Promise<void> {
    if (!(await this.waitFor(await head, CATCH_UP_MS)))
      throw serviceUnavailable('the store did not tell of its last changes in time');
  }

  /** Everything that is stored, of one moment and as it lies there, as the lines of a backup: what is encrypted stays so. */
  async backup(cluster: string): Promise<Iterable<Buffer>> {
    const list = await (this.#store.raw ?? this.#store).list('');
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
    for (const { key, revision, value, problem } of changes) {
      this.#revision = revision;
      const resource = this.#resourceOfKey(key);
      if (!resource) {
        this.#keepUndefined(key, value && { revision, value, problem });
        continue;
      }
      const name = key.slice(resource.prefix.length);
      if (!value) {
        resource.cache.remove(name, revision);
        continue;
      }
      if (problem !== undefined) {
        this.#noteProblem(resource, name, { why: problem, revision });
        continue;
      }
      const own = this.#ownWrites.get(value);
      const entry = this.#entryOf(resource, name, revision, value, own?.object);
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
  define(definition: ResourceDefinition, versions = noVersions): Resource {
    const { group, plural } = definition.resource;
    const prefix = `${group || 'core'}/${plural}/`;
    const before = this.#byPrefix.get(prefix);
    if (before) this.#forgetPlurals(before.definition);
    const cache = before?.cache ?? new ObjectCache(this.clock);
    const knownSpecs = definition.strategy.specRules && new KnownSpecs(definition.strategy.specRules);
    const access = versions.get(apiVersionOf(definition.resource));
    const resource: Resource = { definition, cache, prefix, knownSpecs, ...access };
    this.#byPrefix.set(prefix, resource);
    for (const type of typesOf(definition)) {
      const apiVersion = apiVersionOf(type);
      const own = versions.get(apiVersion);
      this.#byPlural.set(`${apiVersion}/${plural}`, own ? { ...resource, ...own } : resource);
    }
    if (before) this.#fillInAgain(before, resource);
    else {
      const stored = this.#undefined.get(prefix) ?? [];
      this.#undefined.delete(prefix);
      this.#load(resource, stored, this.#revision);
    }
    this.#kindsVersion++;
    return resource;
  }

  /** A state as it is shown: what was stored, and what is filled in of it by reading. */
  #entryOf(
    { definition }: Resource,
    name: string,
    revision: number,
    stored: Uint8Array,
    object = parseStored(stored, revision),
  ): CacheEntry {
    object.metadata.resourceVersion = String(revision);
    const isFilledIn = definition.fromStorage?.(object) === true;
    const entry = new CacheEntry(name, revision, object, isFilledIn ? undefined : stored);
    if (isFilledIn) this.#storedOf.set(entry, stored);
    return entry;
  }

  /** What a kind fills in has changed: what is there is read again. Nobody wrote, so nobody is told. */
  #fillInAgain(before: Resource, now: Resource): void {
    if (!before.definition.fromStorage && !now.definition.fromStorage) return;
    for (const entry of now.cache.all()) {
      const stored = this.#storedOf.get(entry) ?? storedBytes(entry.object);
      now.cache.replace(this.#entryOf(now, entry.key, entry.revision, stored));
    }
  }

  /** Serves a kind no longer and ends its watches. What is stored of it stays. */
  undefine({ resource: { group, plural } }: ResourceDefinition): void {
    const prefix = `${group || 'core'}/${plural}/`;
    const resource = this.#byPrefix.get(prefix);
    if (!resource) return;
    this.#byPrefix.delete(prefix);
    this.#forgetPlurals(resource.definition);
    for (const entry of resource.cache.all()) {
      const value = this.#storedOf.get(entry) ?? storedBytes(entry.object);
      this.#keepUndefined(prefix + entry.key, { revision: entry.revision, value });
    }
    this.#kindsVersion++;
    resource.cache.end();
  }

  #forgetPlurals(definition: ResourceDefinition): void {
    for (const type of typesOf(definition)) this.#byPlural.delete(`${apiVersionOf(type)}/${type.plural}`);
  }

  #load(resource: Resource, stored: Iterable<readonly [string, StoredObject]>, revision: number): void {
    const entries: CacheEntry[] = [];
    const problems: (readonly [string, Problem])[] = [];
    for (const [name, { revision: own, value, problem }] of stored) {
      if (problem !== undefined) problems.push([name, { why: problem, revision: own }]);
      else entries.push(this.#entryOf(resource, name, own, value));
    }
    resource.cache.load(entries, revision);
    for (const [name, problem] of problems) this.#noteProblem(resource, name, problem);
  }

  #noteProblem(resource: Resource, name: string, problem: Problem): void {
    this.log.error({ problem: problem.why }, 'an object in the store cannot be read');
    resource.cache.setProblem(name, problem);
  }

  #keepUndefined(key: string, object: StoredObject | undefined): void {
    const prefix = prefixOf(key);
    let objects = this.#undefined.get(prefix);
    if (!objects) this.#undefined.set(prefix, (objects = new Map()));
    const name = key.slice(prefix.length);
    if (object) objects.set(name, object);
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
