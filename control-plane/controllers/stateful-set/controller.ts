import type { Component } from '../../../lib/component.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../../lib/kube/resources.ts';
import type {
  ControllerRevision,
  KubeObject,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from '../../../lib/kube/types.ts';
import { adopt, mayAdopt, release } from '../adoption.ts';
import { claim } from '../claims.ts';
import { indexByController, ownedOrOrphans } from '../controller-index.ts';
import { History } from '../controller-revision/history.ts';
import { expiredRevisions } from '../controller-revision/plan.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from '../namespace/ending.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';
import { StatefulSetActions } from './actions.ts';
import { mayHaveMade } from './claims.ts';
import { ordinalOf, revisionOfPod } from './identity.ts';
import { planStatefulSet } from './plan.ts';
import { sameStatus, statusOf, type RevisionNames } from './status.ts';

/** Sets worked at the same time. */
const WORKERS = 5;
/** A claim that is being deleted, or a pod of the same name that is not ours, is looked at again after this. */
const BLOCKED_MS = 1_000;

/** Keeps the pods that stateful sets ask for, each with its name, its place in the order and its claims. */
export function statefulSetController(deps: ControllerDeps): Component {
  return new StatefulSetLoop(deps).controller;
}

class StatefulSetLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #writtenPods: OwnWrites<Pod>;
  readonly #writtenRevisions: OwnWrites<ControllerRevision>;
  readonly #history: History;
  readonly #actions: StatefulSetActions;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#sets = deps.informers.of(statefulSets);
    this.#pods = deps.informers.of(pods);
    this.#revisions = deps.informers.of(controllerRevisions);
    this.#claims = deps.informers.of(persistentVolumeClaims);
    byNamespace(this.#sets);
    indexByController(this.#pods);
    indexByController(this.#revisions);
    this.#writtenPods = new OwnWrites(this.#pods, deps.clock);
    this.#writtenRevisions = new OwnWrites(this.#revisions, deps.clock);
    const { client } = deps;
    this.#history = new History({ client, resource: statefulSets, written: this.#writtenRevisions });
    this.#actions = new StatefulSetActions({
      deps,
      events: deps.eventsOf('statefulset-controller'),
      claims: this.#claims,
      written: this.#writtenPods,
    });
    this.controller = new Controller({
      name: 'statefulset',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#sets, this.#pods, this.#revisions, this.#claims],
      workers: WORKERS,
    });
    this.#sets.onChange((_, set) => this.controller.enqueue(keyOf(set)));
    this.#pods.onChange((_, pod, old) => {
      this.#enqueueOwner(pod);
      if (old && controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.#enqueueOwner(old);
    });
    this.#claims.onChange((type, gone) => {
      if (type !== 'DELETED') return;
      for (const set of inNamespace(this.#sets, gone.metadata?.namespace)) {
        if (mayHaveMade(set, gone)) this.controller.enqueue(keyOf(set));
      }
    });
  }

  #enqueueOwner(pod: Pod): void {
    const reference = controllerOf(pod);
    const namespace = pod.metadata?.namespace ?? '';
    if (reference) {
      if (reference.kind === 'StatefulSet') this.controller.enqueue(`${namespace}/${reference.name}`);
      return;
    }
    for (const set of inNamespace(this.#sets, namespace)) {
      if (ordinalOf(set, pod) !== undefined && matches(set, pod)) this.controller.enqueue(keyOf(set));
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number | undefined } | undefined> {
    const set = this.#sets.get(key);
    if (!set?.spec?.template) return undefined;
    await this.#claimObjects(set, signal);
    const isEnding = set.metadata?.deletionTimestamp !== undefined;
    if (isEnding) return undefined;
    const recorded = await this.#history.record(
      set,
      set.spec.template,
      this.#ownRevisions(set),
      set.status?.collisionCount ?? 0,
      signal,
    );
    const names = this.#names(set, recorded.revision);
    const isBlocked = await this.#work(set, names, signal);
    const waitMs = await this.#writeStatus(set, names, recorded.collisionCount, signal);
    await this.#truncate(set, names, signal);
    return { requeueAfterMs: isBlocked ? BLOCKED_MS : waitMs };
  }

  /** Does what the plan says until an action has to wait; resolves with whether one has. */
  async #work(set: StatefulSet, revisions: RevisionNames, signal: AbortSignal): Promise<boolean> {
    const present = this.#ownPods(set);
    const { actions } = planStatefulSet(set, { pods: present, revisions }, this.#deps.clock.now());
    const kept = this.#ownRevisions(set);
    try {
      await this.#actions.keepClaims(set, present, signal);
      for (const action of actions) if (!(await this.#actions.do(set, action, kept, signal))) return true;
    } catch (error) {
      if (!isNamespaceEnding(error)) throw error;
    }
    return false;
  }

  /** Describes the pods as they are after this pass; resolves with when to look again, if time alone changes that. */
  async #writeStatus(
    set: StatefulSet,
    revisions: RevisionNames,
    collisionCount: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const latest = this.#sets.get(keyOf(set));
    if (!latest || latest.metadata?.uid !== set.metadata?.uid) return undefined;
    const present = this.#ownPods(set);
    const nowMs = this.#deps.clock.now();
    // Of the object that this pass was about: what changed meanwhile is not observed yet.
    const status = statusOf(set, present, revisions, collisionCount, nowMs);
    if (!sameStatus(latest.status, status)) {
      try {
        await this.#deps.client.update(statefulSets, { ...latest, status }, { subresource: 'status' }, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    return planStatefulSet(set, { pods: present, revisions }, nowMs).lookAgainAfterMs;
  }

  async #truncate(set: StatefulSet, names: RevisionNames, signal: AbortSignal): Promise<void> {
    const live = new Set([names.current, names.update, ...this.#ownPods(set).map(revisionOfPod)]);
    const limit = set.spec?.revisionHistoryLimit ?? 10;
    for (const revision of expiredRevisions(this.#ownRevisions(set), live, limit)) {
      await this.#history.remove(revision, signal);
    }
  }

  /** A revision that is no more cannot be gone back to. */
  #names(set: StatefulSet, update: ControllerRevision): RevisionNames {
    const updateName = update.metadata?.name ?? '';
    const current = set.status?.currentRevision;
    const isKept = this.#ownRevisions(set).some(({ metadata }) => metadata?.name === current);
    return { update: updateName, current: current && isKept ? current : updateName };
  }

  #ownPods(set: StatefulSet): Pod[] {
    return this.#own(set, this.#pods, this.#writtenPods).filter((pod) => ordinalOf(set, pod) !== undefined);
  }

  #ownRevisions(set: StatefulSet): ControllerRevision[] {
    return this.#own(set, this.#revisions, this.#writtenRevisions);
  }

  #own<T extends KubeObject>(set: StatefulSet, informer: Informer<T>, written: OwnWrites<T>): T[] {
    const isOwn = (object: T) => controllerOf(object)?.uid === set.metadata?.uid;
    return written.over(ownedOrOrphans(informer, set), isOwn).filter(isOwn);
  }

  /** Takes what matches and belongs to nobody, and lets go of pods whose labels no longer match. */
  async #claimObjects(set: StatefulSet, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const isOwn = (object: KubeObject) => controllerOf(object)?.uid === set.metadata?.uid;
    const foundPods = this.#writtenPods.over(ownedOrOrphans(this.#pods, set), isOwn);
    const podClaims = claim(set, foundPods, (pod) => matches(set, pod) && ordinalOf(set, pod) !== undefined);
    const revisions = this.#writtenRevisions.over(ownedOrOrphans(this.#revisions, set), isOwn);
    const stem = `${set.metadata?.name ?? ''}-`;
    const revisionClaims = claim(
      set,
      revisions,
      (revision) => isOwn(revision) || (matches(set, revision) && (revision.metadata?.name ?? '').startsWith(stem)),
    );
    if (
      podClaims.adopt.length + revisionClaims.adopt.length > 0 &&
      (await mayAdopt(client, statefulSets, set, signal))
    ) {
      const reference = controllerRef(statefulSets, set);
      for (const pod of podClaims.adopt) this.#writtenPods.wrote(await adopt(client, pods, pod, reference, signal));
      for (const revision of revisionClaims.adopt) {
        this.#writtenRevisions.wrote(await adopt(client, controllerRevisions, revision, reference, signal));
      }
    }
    for (const pod of podClaims.release) {
      const released = await release(client, pods, pod, set.metadata?.uid ?? '', signal);
      if (released) this.#writtenPods.wrote(released);
    }
  }
}

function matches(set: StatefulSet, object: KubeObject): boolean {
  return labelMatcher(set.spec?.selector).matches(object.metadata?.labels);
}
