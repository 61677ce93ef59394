import type { Component } from '../../../lib/component.ts';
import { isConflict, isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { nodes, pods } from '../../../lib/kube/resources.ts';
import type { Node, Pod } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { planPodGarbage, type PodGarbage } from './plan.ts';

/** How often all pods are looked through. */
const PERIOD_MS = 20_000;
const sweep = 'sweep';

/** Removes pods that no agent will ever end. */
export function podGarbageController(deps: ControllerDeps): Component {
  return new PodGarbageLoop(deps).controller;
}

class PodGarbageLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  /** Nodes that pods refer to and that do not exist: since when, by the monotonic clock. */
  readonly #missingSinceMs = new Map<string, number>();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#pods = deps.informers.of(pods);
    this.#nodes = deps.informers.of(nodes);
    this.controller = new Controller({
      name: 'pod-gc',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (_, signal) => this.#sweep(signal),
      waitFor: [this.#pods, this.#nodes],
    });
    this.controller.enqueue(sweep);
    this.#nodes.onChange((type) => {
      if (type !== 'DELETED') return;
      this.controller.enqueue(sweep);
      this.controller.enqueueAfter(sweep, deps.profile.nodeMonitorGraceMs);
    });
  }

  async #sweep(signal: AbortSignal): Promise<{ requeueAfterMs: number }> {
    const all = this.#pods.list();
    const gone = await this.#goneNodes(all, signal);
    for (const garbage of planPodGarbage(all, (node) => gone.has(node))) await this.#remove(garbage, signal);
    return { requeueAfterMs: PERIOD_MS };
  }

  /** Nodes that have been missing for the grace time and that the API does not know either. */
  async #goneNodes(all: readonly Pod[], signal: AbortSignal): Promise<Set<string>> {
    const { clock, client, profile } = this.#deps;
    const missing = new Set(all.flatMap((pod) => pod.spec?.nodeName ?? []).filter((name) => !this.#nodes.get(name)));
    const nowMs = clock.monotonicMs();
    for (const name of this.#missingSinceMs.keys()) if (!missing.has(name)) this.#missingSinceMs.delete(name);
    const gone = new Set<string>();
    for (const name of missing) {
      const sinceMs = this.#missingSinceMs.get(name);
      if (sinceMs === undefined) this.#missingSinceMs.set(name, nowMs);
      if (nowMs - (sinceMs ?? nowMs) < profile.nodeMonitorGraceMs) continue;
      try {
        await client.get(nodes, { name }, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        gone.add(name);
      }
    }
    return gone;
  }

  async #remove({ pod, why }: PodGarbage, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#deps;
    const preconditions = { uid: pod.metadata?.uid ?? '' };
    try {
      if (!isPodFinished(pod)) {
        const status = { ...pod.status, phase: 'Failed' };
        await client.update(pods, { ...pod, status }, { subresource: 'status' }, signal);
      }
      await client.delete(pods, splitKey(keyOf(pod)), { gracePeriodSeconds: 0, preconditions }, signal);
      log.info({ pod: keyOf(pod), why }, 'pod removed as garbage');
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
