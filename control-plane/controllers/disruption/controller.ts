import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import { controllerOf } from '../../../lib/kube/owner.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import {
  deployments,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../../../lib/kube/resources.ts';
import type {
  Deployment,
  KubeObject,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';
import { budgetStatus } from './plan.ts';

/** Budgets worked at the same time. */
const WORKERS = 2;
/** Evictions that came to nothing are looked for again after this. */
const RECHECK_MS = 60_000;

/** A workload that says how many pods it wants. */
type Scaled = ReplicaSet | ReplicationController | Deployment | StatefulSet;
type ScaledKind = 'ReplicaSet' | 'ReplicationController' | 'Deployment' | 'StatefulSet';

/** Says in each disruption budget how many of its pods may be evicted now. */
export function disruptionController(deps: ControllerDeps): Component {
  return new DisruptionLoop(deps).controller;
}

class DisruptionLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #budgets: Informer<PodDisruptionBudget>;
  readonly #pods: Informer<Pod>;
  /** Kinds that say how many pods they want, by their name. */
  readonly #scaled: {
    readonly ReplicaSet: Informer<ReplicaSet>;
    readonly ReplicationController: Informer<ReplicationController>;
    readonly Deployment: Informer<Deployment>;
    readonly StatefulSet: Informer<StatefulSet>;
  };

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#budgets = deps.informers.of(podDisruptionBudgets);
    this.#pods = deps.informers.of(pods);
    byNamespace(this.#budgets);
    byNamespace(this.#pods);
    this.#scaled = {
      ReplicaSet: deps.informers.of(replicaSets),
      ReplicationController: deps.informers.of(replicationControllers),
      Deployment: deps.informers.of(deployments),
      StatefulSet: deps.informers.of(statefulSets),
    };
    const { ReplicaSet, ReplicationController, Deployment, StatefulSet } = this.#scaled;
    this.controller = new Controller({
      name: 'disruption',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#budgets, this.#pods, ReplicaSet, ReplicationController, Deployment, StatefulSet],
      workers: WORKERS,
    });
    this.#budgets.onChange((_, budget) => this.controller.enqueue(keyOf(budget)));
    this.#pods.onChange((_, pod) => this.#enqueueOf(pod));
    const changed = (_: unknown, owner: KubeObject) => this.#enqueueNamespace(owner.metadata?.namespace ?? '');
    ReplicaSet.onChange(changed);
    ReplicationController.onChange(changed);
    Deployment.onChange(changed);
    StatefulSet.onChange(changed);
  }

  #enqueueOf(pod: Pod): void {
    for (const budget of inNamespace(this.#budgets, pod.metadata?.namespace ?? ''))
      if (selects(budget, pod)) this.controller.enqueue(keyOf(budget));
  }

  #enqueueNamespace(namespace: string): void {
    for (const budget of inNamespace(this.#budgets, namespace)) this.controller.enqueue(keyOf(budget));
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const budget = this.#budgets.get(key);
    if (!budget || budget.metadata?.deletionTimestamp !== undefined) return undefined;
    const selected = [...inNamespace(this.#pods, budget.metadata?.namespace ?? '')].filter(
      (pod) => !isPodFinished(pod) && selects(budget, pod),
    );
    const { wanted, failure } = this.#wanted(selected);
    const status = budgetStatus(budget, {
      pods: selected,
      wanted,
      failure: needsOwners(budget) ? failure : undefined,
      nowMs: this.#deps.clock.now(),
    });
    if (!isDeepStrictEqual(status, budget.status)) {
      try {
        const options = { subresource: 'status' as const };
        await this.#deps.client.update(podDisruptionBudgets, { ...budget, status }, options, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    return status.disruptedPods ? { requeueAfterMs: RECHECK_MS } : undefined;
  }

  /** How many pods the owners of these want together. */
  #wanted(selected: readonly Pod[]): { readonly wanted: number | undefined; readonly failure: string | undefined } {
    const counted = new Map<string, number>();
    for (const pod of selected) {
      const owner = this.#topOwner(pod);
      if (!owner) {
        const failure = `found no controllers for pod ${JSON.stringify(pod.metadata?.name)}`;
        return { wanted: undefined, failure };
      }
      counted.set(owner.metadata?.uid ?? '', owner.spec?.replicas ?? 1);
    }
    return { wanted: [...counted.values()].reduce((sum, count) => sum + count, 0), failure: undefined };
  }

  /** A Deployment rather than one of its replica sets. */
  #topOwner(pod: Pod): Scaled | undefined {
    let found: Scaled | undefined;
    for (let object: KubeObject = pod; ;) {
      const reference = controllerOf(object);
      if (!reference) return found;
      const kind = reference.kind as ScaledKind;
      if (!Object.hasOwn(this.#scaled, kind)) return found;
      const owner = this.#scaled[kind].get(`${pod.metadata?.namespace ?? ''}/${reference.name}`);
      if (owner?.metadata?.uid !== reference.uid) return found;
      found = owner;
      object = owner;
    }
  }
}

function needsOwners({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';
}

/** A budget without a selector selects nothing; with an empty one, everything. */
function selects(budget: PodDisruptionBudget, pod: Pod): boolean {
  const selector = budget.spec?.selector;
  return selector !== undefined && labelMatcher(selector).matches(pod.metadata?.labels);
}
