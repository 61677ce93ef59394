import { messageOf } from '../../../lib/errors.ts';
import { isAlreadyExists, isNotFound } from '../../../lib/kube/client.ts';
import type { EventRecorder, EventType } from '../../../lib/kube/event-recorder.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import type { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { controllerOf } from '../../../lib/kube/owner.ts';
import { deployments, replicaSets } from '../../../lib/kube/resources.ts';
import type { Deployment, ReplicaSet } from '../../../lib/kube/types.ts';
import { annotations as names } from '../../../lib/names.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from '../namespace/ending.ts';
import { revertedToAnnotation, type Revert } from './auto-revert.ts';
import { withCondition } from './conditions.ts';
import type { DeploymentAction } from './plan.ts';
import { progressDeadlineMs } from './status.ts';
import { sameTemplate, templateHashLabel, withoutHash } from './template.ts';

/** Carries out what a plan asks for, with the Events that go with it. */
export class DeploymentActions {
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #written: OwnWrites<ReplicaSet>;

  constructor(deps: ControllerDeps, events: EventRecorder, written: OwnWrites<ReplicaSet>) {
    this.#deps = deps;
    this.#events = events;
    this.#written = written;
  }

  /** Carries one action out; resolves with the deployment as it is then. */
  async do(deployment: Deployment, action: DeploymentAction, signal: AbortSignal): Promise<Deployment> {
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
        // By the status: an annotation set otherwise is another generation.
        return client.update(deployments, next, { subresource: 'status' }, signal);
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
