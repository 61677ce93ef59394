import type { Component } from '../../../lib/component.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { apiVersionOf, type ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject, OwnerReference } from '../../../lib/kube/types.ts';
import { release } from '../adoption.ts';
import { ServedCustomKinds } from '../served-custom-kinds.ts';
import type { ControllerDeps } from '../deps.ts';
import { ownershipKinds } from '../kinds.ts';
import { OwnershipGraph, ownersOf, type GraphItem } from './graph.ts';
import { isWaiting, planGarbage, type GarbageAction, type OwnerState } from './plan.ts';

/** Objects worked at the same time. */
const WORKERS = 8;

/** Deletes what its owners left behind, and holds owners until their dependents are gone where that was asked for. */
export function garbageController(deps: ControllerDeps): Component {
  return new GarbageLoop(deps).controller;
}

class GarbageLoop {
  /** Works UIDs. */
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #graph = new OwnershipGraph();
  readonly #customKinds: ServedCustomKinds;
  /** Of other servers, as they are followed now, by group, version and plural. */
  readonly #aggregated = new Map<string, ResourceType>();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    const informers = ownershipKinds.map((resource) => deps.informers.of(resource));
    this.#customKinds = new ServedCustomKinds(deps);
    this.controller = new Controller({
      name: 'garbage-collector',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (uid, signal) => this.#reconcile(uid, signal),
      waitFor: [...informers, this.#customKinds.informer],
      workers: WORKERS,
    });
    for (const informer of informers) this.#follow(informer);
    this.#customKinds.onChange((type, kind) => {
      if (type === 'ADDED') this.#follow(deps.informers.of(kind));
      else deps.informers.forget(kind);
    });
    deps.aggregated.onChange(() => this.#followAggregated());
    this.#followAggregated();
  }

  /** A server that cannot be asked keeps nobody waiting: what it served last is followed again when it is back. */
  #followAggregated(): void {
    const { aggregated, informers } = this.#deps;
    const kinds = new Map(aggregated.list().map((kind) => [`${apiVersionOf(kind)}/${kind.plural}`, kind]));
    for (const [id, kind] of this.#aggregated) {
      if (kinds.has(id)) continue;
      this.#aggregated.delete(id);
      informers.forget(kind);
    }
    for (const [id, kind] of kinds) {
      if (this.#aggregated.has(id)) continue;
      this.#aggregated.set(id, kind);
      this.#follow(informers.of(kind));
    }
  }

  #follow(informer: Informer): void {
    informer.onChange((type, object, old) => {
      if (type === 'DELETED') this.#onDeleted(object);
      else this.#onChanged({ resource: informer.resource, object }, old);
    });
  }

  #onChanged(item: GraphItem, old: KubeObject | undefined): void {
    this.#graph.put(item);
    const { uid = '', deletionTimestamp } = item.object.metadata ?? {};
    const ownersChanged = !old || JSON.stringify(ownersOf(old)) !== JSON.stringify(ownersOf(item.object));
    if (deletionTimestamp !== undefined || (ownersChanged && ownersOf(item.object).length > 0))
      this.controller.enqueue(uid);
    if (!old || !ownersChanged) return;
    // An owner that waits for this object may be free now.
    for (const owner of ownersOf(old)) this.controller.enqueue(owner.uid);
  }

  #onDeleted(object: KubeObject): void {
    const uid = object.metadata?.uid ?? '';
    this.#graph.remove(uid);
    for (const dependent of this.#graph.dependentsOf(uid))
      this.controller.enqueue(dependent.object.metadata?.uid ?? '');
    for (const owner of ownersOf(object)) this.controller.enqueue(owner.uid);
  }

  async #reconcile(uid: string, signal: AbortSignal): Promise<void> {
    const item = this.#graph.get(uid);
    if (!item) return;
    const { deletionTimestamp } = item.object.metadata ?? {};
    if (deletionTimestamp === undefined && ownersOf(item.object).length === 0) return;
    // What is deleted here is gone for good, so the decision rests on the API's own state, not on the cache.
    const object = await this.#read(item.resource, keyOf(item.object), signal);
    if (object?.metadata?.uid !== uid) return;
    const states = await this.#statesOf(object, signal);
    const dependents = this.#graph.dependentsOf(uid).map((dependent) => dependent.object);
    const action = planGarbage(object, (owner) => states.get(owner.uid) ?? 'solid', dependents);
    try {
      await this.#do({ resource: item.resource, object }, action, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #do({ resource, object }: GraphItem, action: GarbageAction, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#deps;
    const key = splitKey(keyOf(object));
    const uid = object.metadata?.uid ?? '';
    switch (action.type) {
      case 'keep':
        return;
      case 'disown':
        for (const ownerUid of action.ownerUids) await this.#disown({ resource, object }, ownerUid, signal);
        return;
      case 'delete':
        log.debug({ kind: resource.kind, key: keyOf(object), policy: action.policy }, 'garbage deleted');
        await client.delete(resource, key, { propagationPolicy: action.policy, preconditions: { uid } }, signal);
        return;
      case 'removeFinalizer':
        await this.#removeFinalizer({ resource, object }, action.finalizer, signal);
        return;
      case 'visitDependents':
        for (const dependent of action.uids) this.controller.enqueue(dependent);
        return;
      case 'orphanDependents':
        for (const dependent of action.uids) {
          const item = this.#graph.get(dependent);
          if (item) await this.#disown(item, uid, signal);
        }
        await this.#removeFinalizer({ resource, object }, 'orphan', signal);
    }
  }

  /** Takes one owner out of the object as it is now. */
  async #disown({ resource, object }: GraphItem, ownerUid: string, signal: AbortSignal): Promise<void> {
    const latest = await this.#read(resource, keyOf(object), signal);
    if (!latest || latest.metadata?.uid !== object.metadata?.uid) return;
    if (!ownersOf(latest).some((owner) => owner.uid === ownerUid)) return;
    await release(this.#deps.client, resource, latest, ownerUid, signal);
  }

  async #removeFinalizer({ resource, object }: GraphItem, finalizer: string, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion } = object.metadata ?? {};
    const finalizers = (object.metadata?.finalizers ?? []).filter((one) => one !== finalizer);
    const body = { metadata: { uid, resourceVersion, finalizers } };
    await this.#deps.client.patch(resource, splitKey(keyOf(object)), 'merge', body, {}, signal);
  }

  async #statesOf(object: KubeObject, signal: AbortSignal): Promise<Map<string, OwnerState>> {
    const states = new Map<string, OwnerState>();
    for (const owner of ownersOf(object)) states.set(owner.uid, await this.#stateOf(owner, object, signal));
    return states;
  }

  async #stateOf(reference: OwnerReference, object: KubeObject, signal: AbortSignal): Promise<OwnerState> {
    const known = this.#graph.get(reference.uid);
    if (known) return isWaiting(known.object) ? 'waiting' : 'solid';
    const group = reference.apiVersion.includes('/') ? reference.apiVersion.split('/')[0] : '';
    const resource = [...ownershipKinds, ...this.#customKinds.list(), ...this.#aggregated.values()].find(
      (kind) => kind.kind === reference.kind && kind.group === group,
    );
    // An owner of a kind that is not known here cannot be called absent.
    if (!resource || (resource.namespaced && object.metadata?.namespace === undefined)) return 'solid';
    const key = resource.namespaced ? `${object.metadata?.namespace}/${reference.name}` : reference.name;
    const owner = await this.#read(resource, key, signal);
    if (owner?.metadata?.uid !== reference.uid) return 'absent';
    return isWaiting(owner) ? 'waiting' : 'solid';
  }

  async #read(resource: ResourceType, key: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#deps.client.get(resource, splitKey(key), signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
