import type { ChangeHandler } from '../../../lib/kube/informer.ts';
import type { KubeObject } from '../../../lib/kube/types.ts';
import type { ObjectCache } from '../../../node-agent/network/object-cache.ts';

/** A cache that a test fills itself, with the promises of an informer that has synced. */
export class ObjectStore<T extends KubeObject> implements ObjectCache<T> {
  readonly #objects = new Map<string, T>();
  readonly #handlers = new Set<ChangeHandler<T>>();

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) handler('ADDED', object, undefined);
    return () => this.#handlers.delete(handler);
  }

  whenSynced(): Promise<void> {
    return Promise.resolve();
  }

  put(object: T): void {
    const key = `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const handler of this.#handlers) handler(old ? 'MODIFIED' : 'ADDED', object, old);
  }

  delete(namespace: string, name: string): void {
    const old = this.#objects.get(`${namespace}/${name}`);
    this.#objects.delete(`${namespace}/${name}`);
    if (old) for (const handler of this.#handlers) handler('DELETED', old, old);
  }
}
