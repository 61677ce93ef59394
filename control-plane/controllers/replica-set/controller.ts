import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import type { EventRecorder, EventType } from '../../../lib/kube/event-recorder.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { pods } from '../../../lib/kube/resources.ts';
import type { KubeObject, Pod } from '../../../lib/kube/types.ts';
import { adopt, mayAdopt, release } from '../adoption.ts';
import { indexByController, ownedBy, ownedOrOrphans } from '../controller-index.ts';
import type { ControllerDeps } from '../deps.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';
import { podFromTemplate } from '../pod-from-template.ts';
import { slowStart } from '../slow-start.ts';
import { planReplicaSet, type ReplicaSetPlan, type ReplicatedObject } from './plan.ts';
import { replicaSetKind, replicationControllerKind, type ReplicatedKind } from './replicated-kind.ts';

/** Replica sets worked at the same time. */
const WORKERS = 5;

type Failure = { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string };

/** Keeps as many pods as each replica set asks for. */
export function replicaSetController(deps: ControllerDeps): Component {
  return new ReplicaSetLoop(deps, replicaSetKind).controller;
}

/** The same for replication controllers, which came before replica sets. */
export function replicationControllerController(deps: ControllerDeps): Component {
  return new ReplicaSetLoop(deps, replicationControllerKind).controller;
}

class ReplicaSetLoop<T extends KubeObject & ReplicatedObject> {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #kind: ReplicatedKind<T>;
  readonly #events: EventRecorder;
  readonly #sets: Informer<T>;
  readonly #pods: Informer<Pod>;
  readonly #written: OwnWrites<Pod>;

  constructor(deps: ControllerDeps, kind: ReplicatedKind<T>) {
    this.#deps = deps;
    this.#kind = kind;
    this.#events = deps.eventsOf(kind.eventSource);
    this.#sets = deps.informers.of(kind.resource);
    this.#pods = deps.informers.of(pods);
    byNamespace(this.#sets);
    indexByController(this.#sets);
    indexByController(this.#pods);
    this.#written = new OwnWrites(this.#pods, deps.clock);
    this.controller = new Controller({
      name: kind.queue,
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#sets, this.#pods],
      workers: WORKERS,
    });
    this.#sets.onChange((_, set) => this.controller.enqueue(keyOf(set)));
    this.#pods.onChange((_, pod, old) => {
      this.#enqueueOwner(pod);
      if (old && controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.#enqueueOwner(old);
    });
  }

  #enqueueOwner(pod: Pod): void {
    const reference = controllerOf(pod);
    const namespace = pod.metadata?.namespace ?? '';
    if (reference) {
      if (reference.kind === this.#kind.resource.kind) this.controller.enqueue(`${namespace}/${reference.name}`);
      return;
    }
    // Nobody's pod: whoever selects it may adopt it.
    for (const set of inNamespace(this.#sets, namespace)) {
      if (this.#kind.selectorOf(set).matches(pod.metadata?.labels)) this.controller.enqueue(keyOf(set));
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number | undefined } | undefined> {
    const set = this.#sets.get(key);
    if (!set) return undefined;
    const plan = this.#plan(set, undefined);
    await this.#claim(set, plan, signal);
    const failure = (await this.#create(set, plan, signal)) ?? (await this.#remove(set, plan, signal));
    // Where nothing was done the plan's status still describes what there is.
    const idle = !failure && plan.create + plan.remove.length + plan.adopt.length + plan.release.length === 0;
    await this.#writeStatus(set, idle ? plan : undefined, failure, signal);
    if (failure) throw new Error(failure.message);
    return { requeueAfterMs: plan.lookAgainAfterMs };
  }

  #plan(set: T, failure: Failure | undefined): ReplicaSetPlan {
    const selector = this.#kind.selectorOf(set);
    const uid = set.metadata?.uid ?? '';
    const found = this.#written.over(ownedOrOrphans(this.#pods, set), (pod) => controllerOf(pod)?.uid === uid);
    return planReplicaSet(
      set,
      {
        pods: found,
        related: this.#related(set),
        failure,
        matches: (pod) => selector.matches(pod.metadata?.labels),
        countsTerminating: this.#kind.countsTerminating,
      },
      this.#deps.clock.now(),
    );
  }

  /** Pods of this set and of its sisters under the same deployment. */
  #related(set: T): Pod[] {
    const owner = controllerOf(set)?.uid;
    const sets = owner === undefined ? [set] : ownedBy(this.#sets, owner);
    return sets.flatMap((sister) => [...ownedBy(this.#pods, sister.metadata?.uid ?? '')]);
  }

  async #claim(set: T, plan: ReplicaSetPlan, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    if (plan.adopt.length > 0 && !(await mayAdopt(client, this.#kind.resource, set, signal))) return;
    for (const pod of plan.adopt) {
      this.#written.wrote(await adopt(client, pods, pod, controllerRef(this.#kind.resource, set), signal));
    }
    for (const pod of plan.release) {
      const released = await release(client, pods, pod, set.metadata?.uid ?? '', signal);
      if (released) this.#written.wrote(released);
    }
  }

  async #create(set: T, plan: ReplicaSetPlan, signal: AbortSignal): Promise<Failure | undefined> {
    const missing = Array.from({ length: plan.create }, () => set);
    const failed = await slowStart(missing, (owner) => this.#createOne(owner, signal));
    if (!failed) return undefined;
    const message = messageOf(failed.error);
    this.#event(set, 'Warning', 'FailedCreate', `Error creating: ${message}`);
    return { reason: 'FailedCreate', message };
  }

  async #createOne(set: T, signal: AbortSignal): Promise<void> {
    const pod = podFromTemplate(this.#kind.resource, set, set.spec?.template);
    const created = await this.#deps.client.create(pods, pod, {}, signal);
    this.#written.wrote(created);
    this.#event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata?.name}`);
  }

  async #remove(set: T, plan: ReplicaSetPlan, signal: AbortSignal): Promise<Failure | undefined> {
    for (const pod of plan.remove) {
      try {
        const preconditions = { uid: pod.metadata?.uid ?? '' };
        const deleted = await this.#deps.client.delete(pods, splitKey(keyOf(pod)), { preconditions }, signal);
        this.#written.deleted(deleted);
        this.#event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata?.name}`);
      } catch (error) {
        if (isNotFound(error)) continue;
        const message = messageOf(error);
        this.#event(set, 'Warning', 'FailedDelete', `Error deleting: ${message}`);
        return { reason: 'FailedDelete', message };
      }
    }
    return undefined;
  }

  /** Describes the pods as they are after this pass. */
  async #writeStatus(
    set: T,
    plan: ReplicaSetPlan | undefined,
    failure: Failure | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const latest = this.#sets.get(keyOf(set));
    if (!latest || latest.metadata?.uid !== set.metadata?.uid) return;
    const { status } = plan ?? this.#plan(latest, failure);
    if (!status) return;
    try {
      await this.#deps.client.update(this.#kind.resource, { ...latest, status }, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #event(set: T, type: EventType, reason: string, message: string): void {
    this.#events.event({ resource: this.#kind.resource, object: set }, type, reason, message);
  }
}
