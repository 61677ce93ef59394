import { applyJsonPatch } from './json-patch.ts';
import {
  KubeApiError,
  type DeleteOptions,
  type KubeClient,
  type ListOptions,
  type ObjectKey,
  type PatchOptions,
  type PatchType,
  type WatchOptions,
  type WriteOptions,
} from './client.ts';
import { fieldValue, parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { applyMergePatch } from './merge-patch.ts';
import { keyOf } from './object-key.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import { alreadyExists, conflict, expired, notFound, objectModified } from './status-errors.ts';
import type { KubeList, KubeObject, WatchEvent } from './types.ts';

interface Change {
  readonly revision: number;
  readonly collection: string;
  readonly event: WatchEvent;
}

/**
 * A `KubeClient` over a map, for tests of what runs on the interface: one revision, lists in pages, watches that continue from any revision still held. It knows
 * nothing of kinds: no defaults, no validation, no garbage collection. `breakWatches`, `forget` and `failNext` make the weather.
 */
export class FakeKubeClient implements KubeClient {
  #revision = 0;
  #oldest = 0;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #changes: Change[] = [];
  readonly #watchers = new Set<() => void>();
  #generation = 0;
  readonly #failures: Error[] = [];
  /** Every call in order, as `verb plural key`. */
  readonly calls: string[] = [];

  /** Ends all watches that are open, as a server does that goes away. */
  breakWatches(): void {
    this.#generation++;
    this.#wake();
  }

  /** Forgets the past: watches that start before now are refused as expired. */
  forget(): void {
    this.#oldest = this.#revision;
    this.#changes.length = 0;
  }

  /** The next call is answered with this error. */
  failNext(error: Error = new KubeApiError({ code: 503, reason: 'ServiceUnavailable', message: 'away' })): void {
    this.#failures.push(error);
  }

  get watchCount(): number {
    return this.#watchers.size;
  }

  get<T extends KubeObject>(resource: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T> {
    return this.#answer('get', resource, textOf(key), signal, () => this.#present(resource, textOf(key)));
  }

  list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<KubeList<T>> {
    return this.#answer('list', resource, options.namespace ?? '', signal, () => {
      const all = [...this.#collection(resource).values()].filter(selectionOf(options));
      const start = Number(options.continue ?? 0);
      const end = options.limit === undefined ? all.length : start + options.limit;
      return {
        apiVersion: apiVersionOf(resource),
        kind: `${resource.kind}List`,
        metadata: { resourceVersion: String(this.#revision), ...(end < all.length ? { continue: String(end) } : {}) },
        items: all.slice(start, end) as T[],
      };
    });
  }

  async *watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    let seen = Number(options.resourceVersion);
    await this.#answer('watch', resource, options.resourceVersion, signal, () => {
      if (seen < this.#oldest) throw expired(`too old resource version: ${seen} (${this.#oldest})`);
    });
    const generation = this.#generation;
    const collection = collectionOf(resource);
    const isSelected = selectionOf(options);
    while (generation === this.#generation) {
      const next = this.#changes.find(({ revision }) => revision > seen);
      if (!next) await this.#changed(signal);
      else {
        seen = next.revision;
        if (next.collection === collection && isSelected(next.event.object)) {
          yield next.event as WatchEvent<T>;
        }
      }
    }
  }

  create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    _options?: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#answer('create', resource, keyOf(object), signal, () => {
      const key = keyOf(object);
      if (this.#collection(resource).has(key)) throw alreadyExists(resource, object.metadata?.name ?? '');
      return this.#put(resource, { ...object, metadata: { uid: `uid-${this.#revision + 1}`, ...object.metadata } });
    });
  }

  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    _options?: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#answer('update', resource, keyOf(object), signal, () => {
      const current = this.#present(resource, keyOf(object));
      const expected = object.metadata?.resourceVersion;
      if (expected && expected !== current.metadata?.resourceVersion) {
        throw conflict(resource, object.metadata?.name ?? '', objectModified);
      }
      return this.#put(resource, { ...object, metadata: { ...object.metadata, uid: current.metadata?.uid } });
    });
  }

  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    _options?: PatchOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#answer('patch', resource, textOf(key), signal, () => {
      const current = this.#present(resource, textOf(key));
      return this.#put(
        resource,
        (type === 'json' ? applyJsonPatch(current, body) : applyMergePatch(current, body)) as T,
      );
    });
  }

  delete<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#answer('delete', resource, textOf(key), signal, () => {
      const object = this.#present(resource, textOf(key));
      const { uid } = options.preconditions ?? {};
      if (uid !== undefined && uid !== object.metadata?.uid)
        throw conflict(resource, key.name, 'Precondition failed: UID');
      this.#collection(resource).delete(textOf(key));
      this.#revision++;
      const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
      this.#record(resource, { type: 'DELETED', object: last });
      return last;
    });
  }

  async deleteCollection<T extends KubeObject>(resource: ResourceType<T>, selection: ListOptions): Promise<void> {
    const { items } = await this.list(resource, selection);
    for (const { metadata } of items) {
      await this.delete(resource, { namespace: metadata?.namespace, name: metadata?.name ?? '' });
    }
  }

  createSubresource(
    resource: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
  ): Promise<KubeObject> {
    return this.#answer(`create/${subresource}`, resource, textOf(key), undefined, () => body);
  }

  async #answer<R>(
    verb: string,
    resource: ResourceType,
    key: string,
    signal: AbortSignal | undefined,
    act: () => R,
  ): Promise<R> {
    signal?.throwIfAborted();
    this.calls.push(`${verb} ${resource.plural} ${key}`);
    await Promise.resolve();
    const failure = this.#failures.shift();
    if (failure) throw failure;
    return act();
  }

  #collection(resource: ResourceType): Map<string, KubeObject> {
    const name = collectionOf(resource);
    const known = this.#objects.get(name) ?? new Map<string, KubeObject>();
    this.#objects.set(name, known);
    return known;
  }

  #present<T extends KubeObject>(resource: ResourceType<T>, key: string): T {
    const object = this.#collection(resource).get(key);
    if (!object) throw notFound(resource, key.slice(key.indexOf('/') + 1));
    return object as T;
  }

  #put<T extends KubeObject>(resource: ResourceType<T>, object: T): T {
    const key = keyOf(object);
    const type = this.#collection(resource).has(key) ? 'MODIFIED' : 'ADDED';
    this.#revision++;
    const stored = structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#revision) },
    });
    this.#collection(resource).set(key, stored);
    this.#record(resource, { type, object: stored });
    return stored;
  }

  #record(resource: ResourceType, event: WatchEvent): void {
    this.#changes.push({ revision: this.#revision, collection: collectionOf(resource), event });
    this.#wake();
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = () => {
        this.#watchers.delete(onChange);
        reject(signal.reason as Error);
      };
      const onChange = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#watchers.add(onChange);
    });
  }
}

function collectionOf(resource: ResourceType): string {
  return `${apiVersionOf(resource)}/${resource.plural}`;
}

function textOf({ namespace, name }: ObjectKey): string {
  return namespace ? `${namespace}/${name}` : name;
}

function selectionOf({ namespace, labelSelector, fieldSelector }: ListOptions): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(labelSelector ?? '');
  const fields = parseFieldSelector(fieldSelector ?? '');
  return (object) =>
    (namespace === undefined || object.metadata?.namespace === namespace) &&
    labels.matches(object.metadata?.labels) &&
    fields.matches((field) => fieldValue(object, field));
}
