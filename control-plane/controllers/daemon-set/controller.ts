import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../../../lib/kube/resources.ts';
import type { ControllerRevision, DaemonSet, Node, Pod } from '../../../lib/kube/types.ts';
import { adopt, mayAdopt, release } from '../adoption.ts';
import { claim } from '../claims.ts';
import { indexByController, ownedOrOrphans } from '../controller-index.ts';
import { History } from '../controller-revision/history.ts';
import { expiredRevisions } from '../controller-revision/plan.ts';
import type { ControllerDeps } from '../deps.ts';
import { slowStart } from '../slow-start.ts';
import { daemonPod } from './daemon-pod.ts';
import { planDaemonSet, revisionLabel, type DaemonSetPlan } from './plan.ts';

/** Sets worked at the same time. */
const WORKERS = 2;
/** Pods made or removed in one pass at most. */
const BURST_PODS = 250;

/** Keeps one pod of each daemon set on every node that it is meant for. */
export function daemonSetController(deps: ControllerDeps): Component {
  return new DaemonSetLoop(deps).controller;
}

class DaemonSetLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #sets: Informer<DaemonSet>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #writtenPods: OwnWrites<Pod>;
  readonly #writtenRevisions: OwnWrites<ControllerRevision>;
  readonly #history: History;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#events = deps.eventsOf('daemonset-controller');
    this.#sets = deps.informers.of(daemonSets);
    this.#nodes = deps.informers.of(nodes);
    this.#pods = deps.informers.of(pods);
    this.#revisions = deps.informers.of(controllerRevisions);
    indexByController(this.#pods);
    indexByController(this.#revisions);
    this.#writtenPods = new OwnWrites(this.#pods, deps.clock);
    this.#writtenRevisions = new OwnWrites(this.#revisions, deps.clock);
    this.#history = new History({ client: deps.client, resource: daemonSets, written: this.#writtenRevisions });
    this.controller = new Controller({
      name: 'daemonset',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#sets, this.#nodes, this.#pods, this.#revisions],
      workers: WORKERS,
    });
    this.#sets.onChange((_, set) => this.controller.enqueue(keyOf(set)));
    this.#pods.onChange((_, pod) => this.#enqueueOwner(pod));
    this.#nodes.onChange((_, node, old) => {
      if (!old || mattersToDaemons(node, old)) for (const set of this.#sets.list()) this.controller.enqueue(keyOf(set));
    });
  }

  #enqueueOwner(pod: Pod): void {
    const reference = controllerOf(pod);
    const namespace = pod.metadata?.namespace ?? '';
    if (reference) {
      if (reference.kind === 'DaemonSet') this.controller.enqueue(`${namespace}/${reference.name}`);
      return;
    }
    for (const set of this.#sets.list()) {
      if (set.metadata?.namespace === namespace && labelMatcher(set.spec?.selector).matches(pod.metadata?.labels))
        this.controller.enqueue(keyOf(set));
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const set = this.#sets.get(key);
    if (!set?.spec?.template) return undefined;
    await this.#claim(set, signal);
    if (set.metadata?.deletionTimestamp !== undefined) return undefined;
    const collisions = set.status?.collisionCount ?? 0;
    const { revision, collisionCount } = await this.#history.record(
      set,
      set.spec.template,
      this.#ownRevisions(set),
      collisions,
      signal,
    );
    const hash = revision.metadata?.labels?.[hashLabel] ?? revision.metadata?.name ?? '';
    const plan = this.#plan(set, hash);
    await this.#remove(set, plan, signal);
    await this.#create(set, plan, hash, signal);
    const status = { ...this.#plan(set, hash).status, ...(collisionCount > 0 ? { collisionCount } : {}) };
    await this.#writeStatus(set, status, signal);
    await this.#truncate(set, revision, signal);
    const waitsForTime = (set.spec.minReadySeconds ?? 0) > 0 && (status.numberUnavailable ?? 0) > 0;
    return waitsForTime ? { requeueAfterMs: (set.spec.minReadySeconds ?? 0) * 1000 } : undefined;
  }

  #plan(set: DaemonSet, revision: string): DaemonSetPlan {
    const observed = { nodes: this.#nodes.list(), pods: this.#ownPods(set), revision };
    return planDaemonSet(set, observed, this.#deps.clock.now());
  }

  #ownPods(set: DaemonSet): Pod[] {
    const uid = set.metadata?.uid ?? '';
    const mine = (pod: Pod) => controllerOf(pod)?.uid === uid;
    return [...this.#writtenPods.over(ownedOrOrphans(this.#pods, set), mine)].filter(mine);
  }

  #ownRevisions(set: DaemonSet): ControllerRevision[] {
    const uid = set.metadata?.uid ?? '';
    const mine = (revision: ControllerRevision) => controllerOf(revision)?.uid === uid;
    return [...this.#writtenRevisions.over(ownedOrOrphans(this.#revisions, set), mine)].filter(mine);
  }

  async #claim(set: DaemonSet, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const matcher = labelMatcher(set.spec?.selector);
    const claims = claim(set, ownedOrOrphans(this.#pods, set), (pod) => matcher.matches(pod.metadata?.labels));
    if (claims.adopt.length > 0 && (await mayAdopt(client, daemonSets, set, signal))) {
      for (const pod of claims.adopt)
        this.#writtenPods.wrote(await adopt(client, pods, pod, controllerRef(daemonSets, set), signal));
    }
    for (const pod of claims.release) {
      const released = await release(client, pods, pod, set.metadata?.uid ?? '', signal);
      if (released) this.#writtenPods.wrote(released);
    }
  }

  async #create(set: DaemonSet, { create }: DaemonSetPlan, revision: string, signal: AbortSignal): Promise<void> {
    const nodes = create.slice(0, BURST_PODS);
    const failed = await slowStart(nodes, (node) => this.#createOne(set, node, revision, signal));
    if (!failed) return;
    this.#event(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(failed.error)}`);
    throw failed.error;
  }

  async #createOne(set: DaemonSet, node: string, revision: string, signal: AbortSignal): Promise<void> {
    const created = await this.#deps.client.create(pods, daemonPod(set, node, revision), {}, signal);
    this.#writtenPods.wrote(created);
    this.#event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata?.name}`);
  }

  async #remove(set: DaemonSet, { remove }: DaemonSetPlan, signal: AbortSignal): Promise<void> {
    for (const pod of remove.slice(0, BURST_PODS)) {
      if (pod.metadata?.deletionTimestamp !== undefined) continue;
      try {
        const preconditions = { uid: pod.metadata?.uid ?? '' };
        const deleted = await this.#deps.client.delete(pods, splitKey(keyOf(pod)), { preconditions }, signal);
        this.#writtenPods.deleted(deleted);
        this.#event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata?.name}`);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }

  async #writeStatus(set: DaemonSet, status: DaemonSet['status'], signal: AbortSignal): Promise<void> {
    const latest = this.#sets.get(keyOf(set));
    if (!latest || latest.metadata?.uid !== set.metadata?.uid || isDeepStrictEqual(latest.status, status)) return;
    try {
      await this.#deps.client.update(daemonSets, { ...latest, status }, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #truncate(set: DaemonSet, current: ControllerRevision, signal: AbortSignal): Promise<void> {
    const hashes = new Set(this.#ownPods(set).map((pod) => pod.metadata?.labels?.[revisionLabel]));
    const live = this.#ownRevisions(set)
      .filter((one) => hashes.has(one.metadata?.labels?.[hashLabel]))
      .map((one) => one.metadata?.name ?? '');
    const names = new Set([...live, current.metadata?.name ?? '']);
    for (const revision of expiredRevisions(this.#ownRevisions(set), names, set.spec?.revisionHistoryLimit ?? 10))
      await this.#history.remove(revision, signal);
  }

  #event(set: DaemonSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event({ resource: daemonSets, object: set }, type, reason, message);
  }
}

/** The label of a revision whose value pods carry too. */
const hashLabel = 'controller.kubernetes.io/hash';

/** What decides where daemons belong; heartbeats do not. */
function mattersToDaemons(node: Node, old: Node): boolean {
  return (
    !isDeepStrictEqual(node.metadata?.labels, old.metadata?.labels) ||
    !isDeepStrictEqual(node.spec, old.spec) ||
    (node.metadata?.deletionTimestamp === undefined) !== (old.metadata?.deletionTimestamp === undefined)
  );
}
