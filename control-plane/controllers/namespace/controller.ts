import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound, KubeApiError } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { namespaces, pods, type ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject, Namespace } from '../../../lib/kube/types.ts';
import { ServedCustomKinds } from '../served-custom-kinds.ts';
import type { ControllerDeps } from '../deps.ts';
import { namespacedKinds } from '../kinds.ts';
import { remainsOf, terminatingStatus, type Remains } from './plan.ts';

/** Namespaces emptied at the same time. */
const WORKERS = 4;
/** While something is left, it is looked at again after this. */
const RECHECK_MS = 500;
const METHOD_NOT_ALLOWED = 405;
/** `spec.finalizers` entry that this controller takes away at the end. */
const finalizer = 'kubernetes';

/** Empties namespaces that are being deleted and then lets them go. */
export function namespaceController(deps: ControllerDeps): Component {
  return new NamespaceLoop(deps).controller;
}

class NamespaceLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #namespaces: Informer<Namespace>;
  readonly #customKinds: ServedCustomKinds;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#namespaces = deps.informers.of(namespaces);
    this.#customKinds = new ServedCustomKinds(deps);
    this.controller = new Controller({
      name: 'namespace',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#namespaces, this.#customKinds.informer],
      workers: WORKERS,
    });
    this.#namespaces.onChange((_, namespace) => {
      if (namespace.metadata?.deletionTimestamp !== undefined) this.controller.enqueue(namespace.metadata.name ?? '');
    });
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const namespace = this.#namespaces.get(name);
    if (namespace?.metadata?.deletionTimestamp === undefined) return undefined;
    if (!namespace.spec?.finalizers?.includes(finalizer)) return undefined;
    // What is not known to be empty is not: a server that is away may hold objects of this namespace.
    const undiscovered = this.#deps.aggregated.undiscovered();
    const { remains, failure } = await this.#empty(name, signal);
    const empty = failure === undefined && undiscovered.length === 0 && remains.every(({ count }) => count === 0);
    const status = terminatingStatus(namespace, { remains, failure, undiscovered }, this.#deps.clock.now());
    try {
      const told = isDeepStrictEqual(status, namespace.status)
        ? namespace
        : await this.#deps.client.update(namespaces, { ...namespace, status }, { subresource: 'status' }, signal);
      if (!empty) return { requeueAfterMs: RECHECK_MS };
      const finalizers = told.spec?.finalizers?.filter((one) => one !== finalizer) ?? [];
      const freed = { ...told, spec: { ...told.spec, finalizers } };
      await this.#deps.client.update(namespaces, freed, { subresource: 'finalize' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  /** Asks for the deletion of everything; nothing else goes before the pods are gone. */
  async #empty(namespace: string, signal: AbortSignal): Promise<{ remains: Remains[]; failure: string | undefined }> {
    const remains: Remains[] = [];
    let failure: string | undefined;
    const others = [...this.#customKinds.list(), ...this.#deps.aggregated.list()].filter((one) => one.namespaced);
    for (const kind of [...namespacedKinds, ...others]) {
      try {
        remains.push(await this.#emptyOf(kind, namespace, signal));
      } catch (error) {
        signal.throwIfAborted();
        failure ??= `Failed to delete all resource types: ${kind.plural}: ${messageOf(error)}`;
      }
      if (kind === pods && (remains[0]?.count ?? 0) > 0) break;
    }
    return { remains, failure };
  }

  async #emptyOf(kind: ResourceType, namespace: string, signal: AbortSignal): Promise<Remains> {
    const { client } = this.#deps;
    const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
    const before = await client.list(kind, { namespace }, signal);
    if (before.items.some((object) => object.metadata?.deletionTimestamp === undefined)) {
      await this.#deleteAll(kind, namespace, before.items, signal);
    } else if (before.items.length === 0) {
      return remainsOf(resource, []);
    }
    const after = await client.list(kind, { namespace }, signal);
    return remainsOf(resource, after.items);
  }

  async #deleteAll(kind: ResourceType, namespace: string, objects: readonly KubeObject[], signal: AbortSignal) {
    const { client } = this.#deps;
    const options = { propagationPolicy: 'Background' } as const;
    try {
      await client.deleteCollection(kind, { namespace }, options, signal);
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.httpStatus !== METHOD_NOT_ALLOWED) throw error;
      // Not every aggregated server can do so at once.
      for (const { metadata } of objects)
        await client.delete(kind, { namespace, name: metadata?.name ?? '' }, options, signal);
    }
  }
}
