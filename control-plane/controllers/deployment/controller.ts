import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isAlreadyExists, isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import type { EventRecorder, EventType } from '../../../lib/kube/event-recorder.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { mostRestarts } from '../../../lib/kube/pod-facts.ts';
import { deployments, pods, replicaSets } from '../../../lib/kube/resources.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { annotations as names } from '../../../lib/names.ts';
import { adopt, mayAdopt, release } from '../adoption.ts';
import { claim } from '../claims.ts';
import { indexByController, ownedBy, ownedOrOrphans } from '../controller-index.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from '../namespace/ending.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';
import { revertedToAnnotation, type Revert } from './auto-revert.ts';
import { withCondition } from './conditions.ts';
import { planDeployment, type DeploymentAction } from './plan.ts';
import { progressDeadlineMs } from './status.ts';
import { sameTemplate, templateHashLabel, withoutHash } from './template.ts';

/** Deployments worked at the same time. */
const WORKERS = 5;

/** Rolls deployments out over replica sets. */
export function deploymentController(deps: ControllerDeps): Component {
  return new DeploymentLoop(deps).controller;
}

class DeploymentLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #written: OwnWrites<ReplicaSet>;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#events = deps.eventsOf('deployment-controller');
    this.#deployments = deps.informers.of(deployments);
    this.#sets = deps.informers.of(replicaSets);
    this.#pods = deps.informers.of(pods);
    byNamespace(this.#deployments);
    indexByController(this.#sets);
    indexByController(this.#pods);
    this.#written = new OwnWrites(this.#sets, deps.clock);
    this.controller = new Controller({
      name: 'deployment',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#deployments, this.#sets, this.#pods],
      workers: WORKERS,
    });
    this.#deployments.onChange((_, deployment) => this.controller.enqueue(keyOf(deployment)));
    this.#sets.onChange((_, set, old) => {
      this.#enqueueOwner(set);
      if (old && controllerOf(old)?.uid !== controllerOf(set)?.uid) this.#enqueueOwner(old);
    });
    this.#pods.onChange((type, pod, old) => {
      // `Recreate` looks at the end of pods, the automatic revert at their crashes.
      const changed = old && (old.status?.phase !== pod.status?.phase || mostRestarts(old) !== mostRestarts(pod));
      if (type === 'DELETED' || changed) this.#enqueueOwnerOfPod(pod);
    });
  }

  #enqueueOwner(set: ReplicaSet): void {
    const reference = controllerOf(set);
    const namespace = set.metadata?.namespace ?? '';
    if (reference) {
      if (reference.kind === 'Deployment') this.controller.enqueue(`${namespace}/${reference.name}`);
      return;
    }
    for (const deployment of inNamespace(this.#deployments, namespace)) {
      if (labelMatcher(deployment.spec?.selector).matches(set.metadata?.labels))
        this.controller.enqueue(keyOf(deployment));
    }
  }

  #enqueueOwnerOfPod(pod: Pod): void {
    const reference = controllerOf(pod);
    if (reference?.kind !== 'ReplicaSet') return;
    const set = this.#sets.get(`${pod.metadata?.namespace ?? ''}/${reference.name}`);
    if (set) this.#enqueueOwner(set);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number | undefined } | undefined> {
    const deployment = this.#deployments.get(key);
    if (!deployment) return undefined;
    if (labelMatcher(deployment.spec?.selector).isEverything) {
      this.#event(
        deployment,
        'Warning',
        'SelectingAll',
        'This deployment is selecting all pods. A non-empty selector is required.',
      );
      return undefined;
    }
    const sets = await this.#claim(deployment, signal);
    const owned = sets.flatMap((set) => [...ownedBy(this.#pods, set.metadata?.uid ?? '')]);
    const plan = planDeployment(deployment, sets, owned, this.#deps.clock.now());
    let latest = deployment;
    for (const action of plan.actions) latest = await this.#do(latest, action, signal);
    return { requeueAfterMs: plan.lookAgainAfterMs };
  }

  async #claim(deployment: Deployment, signal: AbortSignal): Promise<ReplicaSet[]> {
    const { client } = this.#deps;
    const selector = labelMatcher(deployment.spec?.selector);
    const uid = deployment.metadata?.uid ?? '';
    const found = this.#written.over(ownedOrOrphans(this.#sets, deployment), (set) => controllerOf(set)?.uid === uid);
    const claims = claim(deployment, found, (set) => selector.matches(set.metadata?.labels));
    const result = [...claims.owned];
    if (claims.adopt.length > 0 && (await mayAdopt(client, deployments, deployment, signal))) {
      const reference = controllerRef(deployments, deployment);
      for (const set of claims.adopt) {
        const adopted = await adopt(client, replicaSets, set, reference, signal);
        this.#written.wrote(adopted);
        result.push(adopted);
      }
    }
    for (const set of claims.release) {
      const released = await release(client, replicaSets, set, uid, signal);
      if (released) this.#written.wrote(released);
    }
    return result;
  }

  /** Carries one action out; resolves with the deployment as it is then. */
  async #do(deployment: Deployment, action: DeploymentAction, signal: AbortSignal): Promise<Deployment> {
    const { client } = this.#deps;
    switch (action.type) {
      case 'createReplicaSet':
        return this.#createSet(deployment, action.set, signal);
      case 'annotate':
        await this.#annotate(action.set, signal);
        return deployment;
      case 'resize':
        await this.#resize(deployment, action, signal);
        return deployment;
      case 'deleteReplicaSet': {
        const preconditions = { uid: action.set.metadata?.uid ?? '' };
        await client.delete(replicaSets, splitKey(keyOf(action.set)), { preconditions }, signal);
        return deployment;
      }
      case 'setRevision': {
        const annotations = { ...deployment.metadata?.annotations, [names.revision]: action.revision };
        const next = { ...deployment, metadata: { ...deployment.metadata, annotations } };
        return client.update(deployments, next, {}, signal);
      }
      case 'revert':
        return this.#revert(deployment, action.revert, signal);
      default:
        return client.update(deployments, { ...deployment, status: action.status }, { subresource: 'status' }, signal);
    }
  }

  async #revert(deployment: Deployment, revert: Revert, signal: AbortSignal): Promise<Deployment> {
    const { client, decisions, clock } = this.#deps;
    if (!deployment.spec) return deployment;
    const hash = revert.to.metadata?.labels?.[templateHashLabel] ?? '';
    const annotations = { ...deployment.metadata?.annotations, [revertedToAnnotation]: hash };
    const template = withoutHash(revert.to.spec?.template ?? {});
    const next = {
      ...deployment,
      metadata: { ...deployment.metadata, annotations },
      spec: { ...deployment.spec, template },
    };
    const reverted = await client.update(deployments, next, {}, signal);
    this.#event(deployment, 'Warning', 'Rollback', revert.reason);
    const { name = '', namespace, uid } = deployment.metadata ?? {};
    decisions.decided({
      type: 'decision',
      time: new Date(clock.now()).toISOString(),
      decision: 'Rollback',
      component: 'deployment',
      object: { kind: 'Deployment', namespace, name, uid },
      workload: { kind: 'Deployment', name },
      reason: revert.reason,
      evidence: { fromRevision: revert.fromRevision, toRevision: revert.toRevision, ...revert.evidence },
    });
    return reverted;
  }

  async #annotate(set: ReplicaSet, signal: AbortSignal): Promise<void> {
    // An earlier action of the same plan may have written this set: its size must not be undone.
    const latest = this.#written.latest(set);
    const { annotations } = set.metadata ?? {};
    const spec = { ...latest.spec, selector: latest.spec?.selector ?? {} };
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    const next = { ...latest, metadata: { ...latest.metadata, annotations }, spec: { ...spec, minReadySeconds } };
    this.#written.wrote(await this.#deps.client.update(replicaSets, next, {}, signal));
  }

  async #resize(
    deployment: Deployment,
    { set, from, replicas, figures }: DeploymentAction & { readonly type: 'resize' },
    signal: AbortSignal,
  ): Promise<void> {
    const latest = this.#written.latest(set);
    const annotations = { ...latest.metadata?.annotations, ...figures };
    const spec = { ...latest.spec, selector: latest.spec?.selector ?? {}, replicas };
    const next = { ...latest, metadata: { ...latest.metadata, annotations }, spec };
    this.#written.wrote(await this.#deps.client.update(replicaSets, next, {}, signal));
    if (from === replicas) return;
    const message = `Scaled ${from < replicas ? 'up' : 'down'} replica set ${set.metadata?.name} from ${from} to ${replicas}`;
    this.#event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  async #createSet(deployment: Deployment, set: ReplicaSet, signal: AbortSignal): Promise<Deployment> {
    const { client, clock } = this.#deps;
    try {
      this.#written.wrote(await client.create(replicaSets, set, {}, signal));
      const size = set.spec?.replicas ?? 0;
      const message = `Scaled up replica set ${set.metadata?.name} from 0 to ${size}`;
      if (size > 0) this.#event(deployment, 'Normal', 'ScalingReplicaSet', message);
      return deployment;
    } catch (error) {
      if (isAlreadyExists(error)) return this.#resolveCollision(deployment, set, signal);
      if (isNamespaceEnding(error)) throw error;
      const message = `Failed to create new replica set "${set.metadata?.name}": ${messageOf(error)}`;
      this.#event(deployment, 'Warning', 'ReplicaSetCreateError', message);
      if (progressDeadlineMs(deployment) !== undefined) {
        const conditions = withCondition(
          deployment.status?.conditions ?? [],
          { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message },
          clock.now(),
        );
        const next = { ...deployment, status: { ...deployment.status, conditions } };
        await client.update(deployments, next, { subresource: 'status' }, signal);
      }
      throw error;
    }
  }

  /** The name is taken: by our own earlier attempt (then all is well), or by another template (then the hash is salted). */
  async #resolveCollision(deployment: Deployment, set: ReplicaSet, signal: AbortSignal): Promise<Deployment> {
    const { client } = this.#deps;
    let existing: ReplicaSet | undefined;
    try {
      existing = await client.get(replicaSets, splitKey(keyOf(set)), signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const ours = existing && controllerOf(existing)?.uid === deployment.metadata?.uid;
    if (existing && ours && sameTemplate(existing.spec?.template, set.spec?.template)) {
      this.#written.wrote(existing);
      return deployment;
    }
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    const next = { ...deployment, status: { ...deployment.status, collisionCount } };
    await client.update(deployments, next, { subresource: 'status' }, signal);
    throw new Error(`replica set name ${set.metadata?.name} is taken, trying another hash`);
  }

  #event(deployment: Deployment, type: EventType, reason: string, message: string): void {
    this.#events.event({ resource: deployments, object: deployment }, type, reason, message);
  }
}
