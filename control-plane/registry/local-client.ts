import type {
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectKey,
  PatchOptions,
  PatchType,
  WatchOptions,
  WriteOptions,
} from '../../lib/kube/client.ts';
import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { badRequest, notFound, pathNotFound } from '../../lib/kube/status-errors.ts';
import type { KubeList, KubeObject, WatchEvent } from '../../lib/kube/types.ts';
import { cloneObject, type ApiObject } from './api-object.ts';
import type { CacheEntry } from './cache-entry.ts';
import { createObject } from './create.ts';
import { deleteObject, deleteSelected } from './delete.ts';
import { entryOf, listObjects } from './list.ts';
import { patchObject } from './patch.ts';
import type { Registry } from './registry.ts';
import { systemContext } from './request.ts';
import { patchScale, writeScale } from './scale.ts';
import { parseSelection } from './selection.ts';
import { replacement, updateObject, type UpdateTarget } from './update.ts';
import { watchObjects } from './watch.ts';

/** Events that may wait for a reader. Beyond it the watch ends and the reader continues from the last revision it saw. */
const MAX_QUEUED_EVENTS = 16_384;

/**
 * `KubeClient` on the registry itself: no HTTP and no copies on reads. What comes back is the cache's own, frozen. RBAC is not asked: this is the server.
 * Admission is.
 */
export class LocalKubeClient implements KubeClient {
  readonly #registry: Registry;
  readonly #fieldManager: string;

  constructor(registry: Registry, fieldManager = 'vigil') {
    this.#registry = registry;
    this.#fieldManager = fieldManager;
  }

  get<T extends KubeObject>(resource: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T> {
    return this.#do(signal, async () => {
      const entry = await entryOf(this.#registry.of(resource), key.namespace, key.name);
      if (!entry) throw notFound(resource, key.name);
      return objectOf(resource, entry);
    });
  }

  list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<KubeList<T>> {
    return this.#do(signal, async () => {
      const page = await listObjects(this.#registry, this.#registry.of(resource), options);
      return {
        apiVersion: apiVersionOf(resource),
        kind: `${resource.kind}List`,
        metadata: {
          resourceVersion: String(page.revision),
          ...(page.continue === undefined ? {} : { continue: page.continue }),
          ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
        },
        items: page.entries.map((entry) => objectOf(resource, entry)),
      };
    });
  }

  async *watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    signal.throwIfAborted();
    const queue: WatchEvent<T>[] = [];
    let hasOverflown = false;
    let failure: { readonly error: unknown } | undefined;
    let wake: () => void = () => {};
    const registry = this.#registry;
    const watching = await watchObjects(registry, registry.of(resource), options, {
      event: (type, entry) => {
        // Nothing comes in behind a gap.
        hasOverflown ||= queue.length >= MAX_QUEUED_EVENTS;
        if (!hasOverflown) queue.push({ type, object: objectOf(resource, entry) });
        wake();
      },
      initialEventsEnd: () => {},
      failed: (error) => {
        failure = { error };
        wake();
      },
    });
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        // Taken all at once: events that come meanwhile gather in a fresh queue.
        for (const event of queue.splice(0)) {
          signal.throwIfAborted();
          yield event;
        }
        signal.throwIfAborted();
        if (queue.length === 0) {
          if (failure) throw failure.error;
          if (hasOverflown || !registry.isHealthy) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      watching.stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#do(signal, async () => {
      const entry = await createObject(
        this.#registry,
        this.#registry.of(resource),
        object.metadata?.namespace,
        copyOf(object),
        this.#context(options),
      );
      return objectOf(resource, entry);
    });
  }

  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#do(signal, async () => {
      const { namespace, name } = object.metadata ?? {};
      if (!name) throw badRequest('name must be provided');
      const target = { namespace, name };
      if (options.subresource === 'scale') {
        return (await writeScale(
          this.#registry,
          this.#registry.of(resource),
          target,
          copyOf(object),
          this.#context(options),
        )) as unknown as T;
      }
      const entry = await updateObject(
        this.#registry,
        this.#registry.of(resource),
        { ...target, subresource: updatable(options.subresource) },
        this.#context(options),
        replacement(object as unknown as ApiObject),
      );
      return objectOf(resource, entry);
    });
  }

  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options: PatchOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#do(signal, async () => {
      const found = this.#registry.of(resource);
      const at = { namespace: key.namespace, name: key.name };
      const patch = { type, body, force: options.force === true };
      if (options.subresource === 'scale') {
        return (await patchScale(this.#registry, found, at, patch, this.#context(options))) as unknown as T;
      }
      const target = { ...at, subresource: updatable(options.subresource) };
      const { entry } = await patchObject(this.#registry, found, target, patch, this.#context(options));
      return objectOf(resource, entry);
    });
  }

  delete<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#do(signal, async () => {
      const at = { namespace: key.namespace, name: key.name };
      const outcome = await deleteObject(this.#registry, this.#registry.of(resource), at, options, this.#context({}));
      return objectOf(resource, outcome.entry);
    });
  }

  deleteCollection<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: ListOptions,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#do(signal, async () => {
      const found = this.#registry.of(resource);
      await deleteSelected(
        this.#registry,
        found,
        parseSelection(found.definition, selection),
        options,
        this.#context({}),
      );
    });
  }

  createSubresource(
    resource: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#do(signal, () => {
      const handler = this.#registry.subresourceHandler(resource, subresource);
      if (!handler) throw pathNotFound();
      return handler(this.#registry, { namespace: key.namespace, name: key.name }, copyOf(body), this.#context({}));
    });
  }

  #context(options: WriteOptions) {
    return systemContext(options.fieldManager ?? this.#fieldManager, options.dryRun === true);
  }

  /** A failure always rejects, even one that is known at once. */
  async #do<R>(signal: AbortSignal | undefined, run: () => R | Promise<R>): Promise<R> {
    signal?.throwIfAborted();
    const turn = this.#registry.ownTurns.enter();
    if (turn) {
      await turn;
      signal?.throwIfAborted();
    }
    return await run();
  }
}

/** Which type the caches' objects have is known by the row that found them. */
function objectOf<T extends KubeObject>(_resource: ResourceType<T>, entry: CacheEntry): T {
  return entry.object as KubeObject as T;
}

/** Callers keep what they passed in, and it may be frozen. */
function copyOf(object: KubeObject): ApiObject {
  return cloneObject(object) as ApiObject;
}

function updatable(subresource: WriteOptions['subresource']): UpdateTarget['subresource'] {
  switch (subresource) {
    case undefined:
    case 'status':
    case 'finalize':
    case 'approval':
    case 'ephemeralcontainers':
    case 'resize':
      return subresource;
    default:
      throw badRequest(`the subresource ${subresource} cannot be updated`);
  }
}
