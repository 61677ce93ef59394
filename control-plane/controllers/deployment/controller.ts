import type { Component } from '../../../lib/component.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { mostRestarts } from '../../../lib/kube/pod-facts.ts';
import { deployments, pods, replicaSets } from '../../../lib/kube/resources.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { adopt, mayAdopt, release } from '../adoption.ts';
import { claim } from '../claims.ts';
import { indexByController, ownedBy, ownedOrOrphans } from '../controller-index.ts';
import type { ControllerDeps } from '../deps.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';
import { DeploymentActions } from './actions.ts';
import { planDeployment } from './plan.ts';

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
  readonly #actions: DeploymentActions;

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
    this.#actions = new DeploymentActions(deps, this.#events, this.#written);
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
      this.#events.event(
        { resource: deployments, object: deployment },
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
    for (const action of plan.actions) latest = await this.#actions.do(latest, action, signal);
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
}
