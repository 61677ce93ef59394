import type { Component } from '../../../lib/component.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { meantClaimOf } from '../../../lib/kube/device-claims.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { controllerOf } from '../../../lib/kube/owner.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { pods, resourceClaims } from '../../../lib/kube/resources.ts';
import type { Pod, ResourceClaim } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { allocationFinalizer, planClaim } from './plan.ts';

/** Claims worked at the same time. */
const WORKERS = 2;

/** Frees the devices of pods that have ended, and deletes the claims that were made for them. */
export function resourceClaimReleaser(deps: ControllerDeps): Component {
  return new FreeingLoop(deps).controller;
}

class FreeingLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #claims: Informer<ResourceClaim>;
  readonly #pods: Informer<Pod>;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#claims = deps.informers.of(resourceClaims);
    this.#pods = deps.informers.of(pods);
    this.controller = new Controller({
      name: 'resource-claim-releaser',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#claims, this.#pods],
      workers: WORKERS,
    });
    this.#claims.onChange((type, claim) => {
      if (type !== 'DELETED') this.controller.enqueue(keyOf(claim));
    });
    this.#pods.onChange((type, pod) => {
      if (pod.spec?.resourceClaims && (type === 'DELETED' || isPodFinished(pod))) this.#enqueueClaimsOf(pod);
    });
  }

  #enqueueClaimsOf(pod: Pod): void {
    for (const entry of pod.spec?.resourceClaims ?? []) {
      const meant = meantClaimOf(pod, entry);
      if (meant.kind === 'claim') this.controller.enqueue(`${pod.metadata?.namespace ?? ''}/${meant.name}`);
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    try {
      const known = await this.#podsOf(claim, signal);
      await this.#do(
        claim,
        planClaim(claim, (name) => known.get(name)),
        signal,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The pods that have the claim, by name. Of a pod that the cache does not know the API is asked: it may be newer than the cache. */
  async #podsOf(claim: ResourceClaim, signal: AbortSignal): Promise<ReadonlyMap<string, Pod>> {
    const namespace = claim.metadata?.namespace ?? '';
    const owner = controllerOf(claim);
    const wanted = [
      ...(claim.status?.reservedFor ?? []).filter(({ resource }) => resource === 'pods'),
      ...(owner?.kind === 'Pod' ? [owner] : []),
    ];
    const found = new Map<string, Pod>();
    for (const { name, uid } of wanted) {
      const cached = this.#pods.get(`${namespace}/${name}`);
      const pod = cached?.metadata?.uid === uid ? cached : await this.#ask({ namespace, name }, signal);
      if (pod) found.set(name, pod);
    }
    return found;
  }

  async #ask(
    key: { readonly namespace: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<Pod | undefined> {
    try {
      return await this.#deps.client.get(pods, key, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #do(claim: ResourceClaim, plan: ReturnType<typeof planClaim>, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const { uid, finalizers = [] } = claim.metadata ?? {};
    const key = splitKey(keyOf(claim));
    let latest = claim;
    if (plan.status) {
      const next = { ...claim, status: plan.status };
      latest = await client.update(resourceClaims, next, { subresource: 'status' }, signal);
    }
    if (plan.releases) {
      const { resourceVersion } = latest.metadata ?? {};
      const left = finalizers.filter((one) => one !== allocationFinalizer);
      const body = { metadata: { uid, resourceVersion, finalizers: left } };
      await client.patch(resourceClaims, key, 'merge', body, {}, signal);
    }
    if (plan.deletes) await client.delete(resourceClaims, key, uid ? { preconditions: { uid } } : {}, signal);
  }
}
