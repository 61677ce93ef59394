import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import { isConflict, isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import { Controller } from '../../lib/kube/controller.ts';
import { EventRecorder } from '../../lib/kube/event-recorder.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../lib/kube/object-key.ts';
import { isPodFinished, priorityOf } from '../../lib/kube/pod-facts.ts';
import {
  deviceClasses,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  resourceClaims,
  storageClasses,
} from '../../lib/kube/resources.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type {
  KubeObject,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
} from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { QueueMetrics } from '../../lib/queue-metrics.ts';
import { RecordedDecisions } from '../../lib/signals/decision-log.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import { ClusterState } from './cluster-state.ts';
import { decide, type PlacementInputs } from './decide.ts';
import type { DeviceView } from './devices/pod-device-claims.ts';
import { reserveClaims } from './devices/reserve-claims.ts';
import type { FailureMemory } from './failure-memory.ts';
import { chooseVictims } from './preemption/choose-victims.ts';
import { Preemptor } from './preemption/preemptor.ts';
import { PlacementReports } from './placement-reports.ts';
import { SchedulerMetrics, type AttemptResult } from './scheduler-metrics.ts';
import { UnschedulablePods } from './unschedulable-pods.ts';
import { ClaimWaits } from './volumes/claim-waits.ts';
import type { StorageView } from './volumes/pod-claims.ts';

/** Pods whose binding is written at the same time. Decisions themselves are made one after another. */
const WORKERS = 8;
/** A pod that fits nowhere is looked at again after this, even when nothing seems to have changed. */
const RECHECK_MS = 60_000;

/** `spec.schedulerName` of the pods that are ours. */
const schedulerName = 'default-scheduler';

interface Promised {
  readonly node: string;
  /** UIDs of the pods that were asked to go. */
  readonly victims: ReadonlySet<string>;
}

export interface SchedulerDeps {
  readonly client: KubeClient;
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly records: RecordWriter;
  readonly clusterName: string;
  readonly failures: FailureMemory;
  readonly metrics?: Metrics | undefined;
}

/** Gives every pod without a node one, and says why. */
export class Scheduler implements Component {
  readonly name = 'scheduler';
  readonly #deps: SchedulerDeps;
  readonly #events: EventRecorder;
  readonly #reports: PlacementReports;
  readonly #preemptor: Preemptor;
  readonly #budgets: Informer<PodDisruptionBudget>;
  /** Where other pods are ended for a pod, by its UID. It counts there, so that nobody else takes the room. */
  readonly #promised = new Map<string, Promised>();
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #namespaces: Informer<Namespace>;
  readonly #state = new ClusterState();
  /** Pods that were given a node whose binding the informer has not shown yet, by UID. */
  readonly #assumed = new Map<string, string>();
  readonly #waiting: UnschedulablePods;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #storage: StorageView;
  readonly #devices: DeviceView;
  readonly #claimWaits: ClaimWaits;
  readonly #controller: Controller;
  readonly #metrics: SchedulerMetrics | undefined;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#events = new EventRecorder({ ...deps, component: schedulerName });
    const decisions = new RecordedDecisions(deps.records, deps.clusterName);
    this.#reports = new PlacementReports({ ...deps, events: this.#events, decisions });
    this.#preemptor = new Preemptor({ ...deps, events: this.#events, decisions });
    this.#budgets = deps.informers.of(podDisruptionBudgets);
    this.#pods = deps.informers.of(pods);
    this.#nodes = deps.informers.of(nodes);
    this.#namespaces = deps.informers.of(namespaces);
    this.#claims = deps.informers.of(persistentVolumeClaims);
    const volumes = deps.informers.of(persistentVolumes);
    const classes = deps.informers.of(storageClasses);
    this.#storage = {
      claim: (namespace, name) => this.#claims.get(`${namespace}/${name}`),
      volume: (name) => volumes.get(name),
      volumes: () => volumes.list(),
      storageClass: (name) => classes.get(name),
    };
    const deviceClaims = deps.informers.of(resourceClaims);
    const classesOfDevices = deps.informers.of(deviceClasses);
    this.#devices = {
      claim: (namespace, name) => deviceClaims.get(`${namespace}/${name}`),
      deviceClass: (name) => classesOfDevices.get(name),
    };
    this.#claimWaits = new ClaimWaits(deps.client);
    this.#controller = new Controller({
      name: this.name,
      clock: deps.clock,
      log: deps.log,
      observer: deps.metrics && new QueueMetrics(deps.metrics),
      reconcile: (key, signal) => this.#schedule(key, signal),
      waitFor: [
        this.#nodes,
        this.#pods,
        this.#namespaces,
        this.#claims,
        volumes,
        classes,
        deviceClaims,
        classesOfDevices,
        this.#budgets,
      ],
      workers: WORKERS,
      maxRetryDelayMs: 10_000,
    });
    this.#waiting = new UnschedulablePods(deps.clock, (key) => this.#controller.enqueue(key));
    this.#metrics =
      deps.metrics &&
      new SchedulerMetrics(deps.metrics, {
        active: () => this.#controller.queueLength,
        unschedulable: () => this.#waiting.size,
      });
    this.#nodes.onChange((type, node, old) => {
      if (type === 'DELETED') this.#state.removeNode(node.metadata?.name ?? '');
      else this.#state.setNode(node);
      if (type !== 'DELETED' && (!old || couldHelp(old, node))) this.#waiting.wake();
    });
    this.#pods.onChange((type, pod, old) => this.#onPod(type === 'DELETED', pod, old));
    this.#claims.onChange((_, claim) => this.#onClaim(claim));
    volumes.onChange(() => this.#waiting.wake());
    classes.onChange(() => this.#waiting.wake());
    deviceClaims.onChange(() => this.#waiting.wake());
    classesOfDevices.onChange(() => this.#waiting.wake());
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#events.start(signal);
    await this.#controller.start(signal);
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.#waiting.stop();
    await this.#controller.stop();
    await this.#events.stop(deadline);
  }

  #onPod(deleted: boolean, pod: Pod, old: Pod | undefined): void {
    const uid = pod.metadata?.uid ?? '';
    if (deleted) {
      this.#assumed.delete(uid);
      this.#promised.delete(uid);
      this.#claimWaits.end(uid);
      this.#waiting.forget(keyOf(pod));
      this.#state.removePod(uid);
      if (pod.spec?.nodeName) this.#waiting.wake();
      return;
    }
    if (pod.spec?.nodeName) {
      this.#assumed.delete(uid);
      this.#promised.delete(uid);
      this.#claimWaits.end(uid);
      this.#waiting.forget(keyOf(pod));
      const takesLess = this.#state.setPod(pod, pod.spec.nodeName);
      // Room is made by a pod that ends or is made smaller, and a pod may be the neighbour that another one waits for.
      if (takesLess || placedFacts(old) !== placedFacts(pod)) this.#waiting.wake();
    } else if (isOurs(pod) && !this.#assumed.has(uid)) {
      this.#controller.enqueue(keyOf(pod));
    }
  }

  /** Wakes the pods that the claim has a node set aside for, and those that may fit now. */
  #onClaim(claim: PersistentVolumeClaim): void {
    for (const key of this.#claimWaits.podsWaitingFor(claim, (podKey) => this.#pods.get(podKey))) {
      this.#controller.enqueue(key);
    }
    this.#waiting.wake();
  }

  async #schedule(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const pod = this.#pods.get(key);
    const uid = pod?.metadata?.uid ?? '';
    if (!pod || pod.spec?.nodeName || !isOurs(pod) || this.#assumed.has(uid)) return undefined;
    const startedMs = this.#deps.clock.monotonicMs();
    const aside = this.#claimWaits.nodeOf(uid);
    if (aside !== undefined) {
      const wait = this.#claimWaits.stateOf(pod, (namespace, name) => this.#storage.claim(namespace, name));
      if (wait === 'waiting') return { requeueAfterMs: RECHECK_MS };
      this.#claimWaits.end(uid);
      this.#state.removePod(uid);
    }
    const promised = this.#promised.get(uid);
    if (promised !== undefined) this.#breakPromise(uid);
    const inputs = {
      state: this.#state,
      failures: this.#deps.failures,
      namespaceLabels: (namespace: string) => this.#namespaces.get(namespace)?.metadata?.labels,
      storage: this.#storage,
      devices: this.#devices,
      nowMs: this.#deps.clock.now(),
    };
    const placement = decide(pod, inputs);
    if (!placement.fits) {
      this.#attempted('unschedulable', startedMs);
      this.#waiting.add(key);
      await this.#unplaced(pod, placement.message, inputs, promised ?? nominatedOf(pod), signal);
      return { requeueAfterMs: RECHECK_MS };
    }
    if (placement.delayedClaims.length > 0) {
      await this.#setAside(pod, placement.node, placement.delayedClaims, signal);
      return { requeueAfterMs: RECHECK_MS };
    }
    // Assumed before anything is awaited, so that the next decision counts this pod already.
    this.#assumed.set(uid, placement.node);
    this.#state.setPod(pod, placement.node);
    try {
      if (pod.spec?.resourceClaims) await reserveClaims(this.#deps.client, this.#devices, pod, signal);
      await this.#bind(pod, placement.node, signal);
    } catch (error) {
      this.#forget(pod);
      this.#attempted('error', startedMs);
      if (isNotFound(error)) return undefined;
      if (!isConflict(error)) this.#reports.bindingRejected(pod, messageOf(error));
      throw error;
    }
    this.#attempted('scheduled', startedMs);
    this.#reports.placed(pod, placement, this.#deps.clock.monotonicMs() - startedMs);
    return undefined;
  }

  /** Tells why a pod fits nowhere, and ends pods of lower priority for it where that helps. */
  async #unplaced(
    pod: Pod,
    message: string,
    inputs: PlacementInputs,
    promised: Promised | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (promised !== undefined && this.#isBeingCleared(promised, pod)) {
      this.#promise(pod, promised);
      return;
    }
    const preemption = chooseVictims(pod, { ...inputs, budgets: this.#budgets.list() });
    // Promised before anything is awaited, so that the next decision counts this pod already.
    if (preemption) this.#promise(pod, { node: preemption.node, victims: new Set(preemption.victims.map(uidOf)) });
    try {
      await this.#reports.unschedulable(pod, message, signal);
      if (preemption) await this.#preemptor.makeRoom(pod, preemption, signal);
    } catch (error) {
      this.#breakPromise(uidOf(pod));
      throw error;
    }
  }

  /** Pods that matter less than this one are on their way out there. */
  #isBeingCleared({ node, victims }: Promised, pod: Pod): boolean {
    const placed = [...(this.#state.node(node)?.pods.values() ?? [])];
    return placed.some(({ pod: other }) => {
      const isLeaving = victims.has(uidOf(other)) || other.metadata?.deletionTimestamp !== undefined;
      return isLeaving && priorityOf(other) < priorityOf(pod);
    });
  }

  #promise(pod: Pod, promised: Promised): void {
    this.#promised.set(uidOf(pod), promised);
    this.#state.setPod(pod, promised.node);
  }

  #breakPromise(uid: string): void {
    if (this.#promised.delete(uid)) this.#state.removePod(uid);
  }

  /** The pod counts on its node while its volumes are found or made there. */
  async #setAside(
    pod: Pod,
    node: string,
    claims: readonly PersistentVolumeClaim[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#state.setPod(pod, node);
    try {
      await this.#claimWaits.begin(pod, node, claims, signal);
    } catch (error) {
      const uid = pod.metadata?.uid ?? '';
      this.#claimWaits.end(uid);
      this.#state.removePod(uid);
      throw error;
    }
  }

  #attempted(result: AttemptResult, startedMs: number): void {
    this.#metrics?.attempted(result, (this.#deps.clock.monotonicMs() - startedMs) / 1000);
  }

  #bind(pod: Pod, node: string, signal: AbortSignal): Promise<KubeObject> {
    const { name, namespace, uid } = pod.metadata ?? {};
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    return this.#deps.client.createSubresource(pods, splitKey(keyOf(pod)), 'binding', binding, signal);
  }

  #forget(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    if (this.#assumed.delete(uid)) this.#state.removePod(uid);
  }
}

/** What a scheduler before this one has promised. */
function nominatedOf({ status }: Pod): Promised | undefined {
  const node = status?.nominatedNodeName;
  return node ? { node, victims: new Set() } : undefined;
}

function uidOf({ metadata }: Pod): string {
  return metadata?.uid ?? '';
}

function isOurs(pod: Pod): boolean {
  return (
    (pod.spec?.schedulerName ?? schedulerName) === schedulerName &&
    pod.metadata?.deletionTimestamp === undefined &&
    (pod.spec?.schedulingGates ?? []).length === 0 &&
    !isPodFinished(pod)
  );
}

/** What a placed pod means to others: changes of anything else wake nobody. */
function placedFacts(pod: Pod | undefined): string {
  return JSON.stringify([
    pod?.spec?.nodeName,
    pod?.metadata?.labels,
    pod?.metadata?.deletionTimestamp !== undefined,
    pod && isPodFinished(pod),
  ]);
}

/** Whether a change of a node could let a pod in that was refused before: heartbeats must not wake everything. */
function couldHelp(before: Node, after: Node): boolean {
  const facts = (node: Node) =>
    JSON.stringify([
      node.metadata?.labels,
      node.spec?.taints,
      node.spec?.unschedulable,
      node.status?.allocatable,
      node.status?.conditions?.map(({ type, status }) => [type, status]),
    ]);
  return facts(before) !== facts(after);
}
