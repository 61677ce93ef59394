import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { meantClaimOf, type PodResourceClaim } from '../../../lib/kube/device-claims.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { pods, resourceClaims, resourceClaimTemplates } from '../../../lib/kube/resources.ts';
import type { Pod, ResourceClaimTemplate } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { claimFor, isMadeFor } from './plan.ts';

/** Pods worked at the same time. */
const WORKERS = 4;

/** Makes the claims for devices of pods that name a template, and says in each pod's status which they are. */
export function resourceClaimMaker(deps: ControllerDeps): Component {
  return new MakingLoop(deps).controller;
}

class MakingLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #pods: Informer<Pod>;
  readonly #templates: Informer<ResourceClaimTemplate>;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#events = deps.eventsOf('resource_claim');
    this.#pods = deps.informers.of(pods);
    this.#templates = deps.informers.of(resourceClaimTemplates);
    this.controller = new Controller({
      name: 'resource-claim-maker',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#pods, this.#templates],
      workers: WORKERS,
    });
    this.#pods.onChange((type, pod) => {
      if (type !== 'DELETED' && pod.spec?.resourceClaims) this.controller.enqueue(keyOf(pod));
    });
    this.#templates.onChange((type, template) => {
      if (type === 'ADDED') this.#enqueueWaiting(template.metadata?.namespace);
    });
  }

  #enqueueWaiting(namespace: string | undefined): void {
    for (const pod of this.#pods.list())
      if (pod.metadata?.namespace === namespace && awaited(pod).length > 0) this.controller.enqueue(keyOf(pod));
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.get(key);
    if (!pod || pod.metadata?.deletionTimestamp !== undefined || isPodFinished(pod)) return;
    const made: { name: string; resourceClaimName: string }[] = [];
    for (const entry of awaited(pod)) {
      const resourceClaimName = await this.#make(pod, entry, signal);
      if (resourceClaimName !== undefined) made.push({ name: entry.name, resourceClaimName });
    }
    if (made.length === 0) return;
    const body = { metadata: { uid: pod.metadata?.uid }, status: { resourceClaimStatuses: made } };
    try {
      await this.#deps.client.patch(pods, splitKey(key), 'strategic', body, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The name of the claim; made unless it is there. Asked of the API, for a cache may not know what was made a moment ago. */
  async #make(pod: Pod, entry: PodResourceClaim, signal: AbortSignal): Promise<string | undefined> {
    const { client } = this.#deps;
    const namespace = pod.metadata?.namespace;
    const templateName = entry.resourceClaimTemplateName ?? '';
    const template = this.#templates.get(`${namespace ?? ''}/${templateName}`);
    if (!template) {
      const missing = `resourceclaimtemplate.resource.k8s.io "${templateName}" not found`;
      this.#tell(pod, entry, `resource claim template "${templateName}": ${missing}`);
      return undefined;
    }
    const { items } = await client.list(resourceClaims, { namespace }, signal);
    const found = items.find((claim) => isMadeFor(claim, pod, entry));
    if (found) return found.metadata?.name;
    try {
      const claim = await client.create(resourceClaims, claimFor(pod, entry, template), {}, signal);
      return claim.metadata?.name;
    } catch (error) {
      signal.throwIfAborted();
      this.#tell(pod, entry, `create ResourceClaim : ${messageOf(error)}`);
      throw error;
    }
  }

  #tell(pod: Pod, entry: PodResourceClaim, why: string): void {
    const text = `PodResourceClaim ${entry.name}: ${why}`;
    this.#events.event({ resource: pods, object: pod }, 'Warning', 'FailedResourceClaimCreation', text);
  }
}

/** Entries with a template of which nothing is made yet. */
function awaited(pod: Pod): readonly PodResourceClaim[] {
  return (pod.spec?.resourceClaims ?? []).filter(
    (entry) => entry.resourceClaimTemplateName !== undefined && meantClaimOf(pod, entry).kind === 'awaited',
  );
}
