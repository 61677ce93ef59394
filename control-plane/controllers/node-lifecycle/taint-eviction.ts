import type { Component } from '../../../lib/component.ts';
import { isConflict, isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { markDisrupted, type Disruption } from '../../../lib/kube/disruption-target.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods } from '../../../lib/kube/resources.ts';
import { claimNamesOf } from '../../../lib/kube/storage.ts';
import { taintKeys } from '../../../lib/kube/taints.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../lib/kube/types.ts';
import { terminationDocument } from '../../../lib/signals/record-document.ts';
import type { ControllerDeps } from '../deps.ts';
import { indexByNode, podsOn } from '../pods-by-node.ts';
import { isOutOfService, unfencedVolume } from './fencing.ts';
import type { Heartbeats } from './heartbeats.ts';
import { lostTerminations } from './lost-pods.ts';
import { readinessOf } from './plan.ts';
import { evictionTimeMs } from './taint-eviction-plan.ts';
import { TaintTimes } from './taint-times.ts';

const tainted: Disruption = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};
/** Nodes worked at the same time. */
const WORKERS = 4;
/** Pod names kept as evidence of one eviction. */
const MAX_NAMED_PODS = 50;

/** Deletes pods that do not tolerate a NoExecute taint of their node, when their time has come. */
export function taintEvictionController(deps: ControllerDeps, heartbeats: Heartbeats): Component {
  return new TaintEvictionLoop(deps, heartbeats).controller;
}

class TaintEvictionLoop {
  /** Works node names. */
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #heartbeats: Heartbeats;
  readonly #events: EventRecorder;
  readonly #times = new TaintTimes();
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;

  constructor(deps: ControllerDeps, heartbeats: Heartbeats) {
    this.#deps = deps;
    this.#heartbeats = heartbeats;
    this.#events = deps.eventsOf('taint-eviction-controller');
    this.#nodes = deps.informers.of(nodes);
    this.#pods = deps.informers.of(pods);
    this.#claims = deps.informers.of(persistentVolumeClaims);
    this.#volumes = deps.informers.of(persistentVolumes);
    indexByNode(this.#pods);
    this.controller = new Controller({
      name: 'taint-eviction',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#nodes, this.#pods, this.#claims, this.#volumes],
      workers: WORKERS,
    });
    this.#nodes.onChange((_type, node, old) => {
      const had = old && executingTaints(old).length > 0;
      if (had || executingTaints(node).length > 0) this.controller.enqueue(node.metadata?.name ?? '');
    });
    this.#pods.onChange((type, pod) => {
      const node = this.#nodes.get(pod.spec?.nodeName ?? '');
      if (type !== 'DELETED' && node && executingTaints(node).length > 0)
        this.controller.enqueue(pod.spec?.nodeName ?? '');
    });
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const node = this.#nodes.get(name);
    if (!node) {
      this.#times.forget(name);
      return undefined;
    }
    const nowMs = this.#deps.clock.now();
    const taints = this.#times.dated(name, executingTaints(node), nowMs);
    if (taints.length === 0) return undefined;
    const lost = this.#isLost(node);
    let nextMs: number | undefined;
    const evicted: Pod[] = [];
    for (const pod of podsOn(this.#pods, name)) {
      const isEnding = pod.metadata?.deletionTimestamp !== undefined;
      if (isPodFinished(pod) && !isEnding) continue;
      // A pod that is ending already waits for its agent only, and a lost agent will never answer.
      const dueMs = isEnding ? (lost ? nowMs : undefined) : evictionTimeMs(pod, taints, nowMs);
      if (dueMs === undefined) continue;
      if (dueMs > nowMs) {
        nextMs = Math.min(nextMs ?? dueMs, dueMs);
        continue;
      }
      const isForced = lost && this.#isFenced(pod, node);
      if (isEnding && !isForced) continue;
      if (await this.#evict(pod, node, isForced, signal)) evicted.push(pod);
    }
    if (evicted.length > 0) this.#report(node, evicted, lost);
    return nextMs === undefined ? undefined : { requeueAfterMs: nextMs - nowMs };
  }

  /** The agent has said nothing for longer than its lease: replacements do not wait for an answer that may never come. Back again, it ends what is no longer its own. */
  #isLost(node: Node): boolean {
    const { profile } = this.#deps;
    const silentMs = this.#heartbeats.ageMs(node.metadata?.name ?? '');
    const mayForce = profile.forceDeleteFromLostNodes || isOutOfService(node);
    return mayForce && readinessOf(node) === 'Unknown' && silentMs > profile.leaseDurationMs;
  }

  /** Whether a pod of a lost node may be taken for ended. Where it may not, an Event says why and what a person can do. */
  #isFenced(pod: Pod, node: Node): boolean {
    const namespace = pod.metadata?.namespace ?? '';
    const volumes = claimNamesOf(pod).flatMap((name) => {
      const volume = this.#claims.get(`${namespace}/${name}`)?.spec?.volumeName;
      return (volume && this.#volumes.get(volume)) || [];
    });
    const shared = unfencedVolume({ node, nodes: this.#nodes.list(), volumes });
    if (!shared) return true;
    const name = node.metadata?.name ?? '';
    const message = `not replaced while node ${name} is silent: it may still write volume ${shared.metadata?.name ?? ''}, which other nodes can mount. When the node is off: kubectl taint node ${name} ${taintKeys.outOfService}=:NoExecute`;
    this.#events.event({ resource: pods, object: pod }, 'Warning', 'WaitingForNode', message);
    return false;
  }

  async #evict(pod: Pod, node: Node, lost: boolean, signal: AbortSignal): Promise<boolean> {
    const { client, records, clusterName, clock } = this.#deps;
    const name = node.metadata?.name ?? '';
    const preconditions = { uid: pod.metadata?.uid ?? '' };
    try {
      if (pod.metadata?.deletionTimestamp === undefined) await markDisrupted(client, pod, tainted, clock.now(), signal);
      const grace = lost ? { gracePeriodSeconds: 0 } : {};
      await client.delete(pods, splitKey(keyOf(pod)), { ...grace, preconditions }, signal);
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return false;
      throw error;
    }
    const message = `Marking for deletion Pod ${keyOf(pod)}`;
    this.#events.event({ resource: pods, object: pod }, 'Normal', 'TaintManagerEviction', message);
    if (lost) {
      const why = `node ${name} has not been heard of for ${seconds(this.#heartbeats.ageMs(name))} s`;
      for (const record of lostTerminations(pod, name, why, clock.now()))
        records.append('terminations', terminationDocument(record, clusterName));
    }
    return true;
  }

  #report(node: Node, evicted: readonly Pod[], lost: boolean): void {
    const { decisions, profile, clock } = this.#deps;
    const name = node.metadata?.name ?? '';
    const silentMs = Math.round(this.#heartbeats.ageMs(name));
    const all = this.#nodes.list();
    const down = all.filter((one) => readinessOf(one) !== 'True').length;
    const count = evicted.length === 1 ? '1 pod' : `${evicted.length} pods`;
    const reason = lost
      ? `${count} taken off node ${name}, which has not been heard of for ${seconds(silentMs)} s`
      : `${count} must leave node ${name}: ${executingTaints(node)
          .map(({ key }) => key)
          .join(', ')}`;
    this.#events.event({ resource: nodes, object: node }, 'Warning', 'EvictingPods', reason);
    decisions.decided({
      type: 'decision',
      time: new Date(clock.now()).toISOString(),
      decision: 'Evict',
      component: 'node-lifecycle',
      object: { kind: 'Node', name, uid: node.metadata?.uid },
      node: name,
      reason,
      evidence: {
        heartbeatAgeMs: silentMs,
        graceMs: profile.nodeMonitorGraceMs,
        evictionAfterMs: profile.nodeEvictionAfterMs,
        forced: lost,
        nodesDown: down,
        nodes: all.length,
        podCount: evicted.length,
        pods: evicted.slice(0, MAX_NAMED_PODS).map(keyOf),
      },
    });
  }
}

function executingTaints(node: Node) {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(1);
}
