import type { WorkloadRef } from '../../lib/health-api.ts';
import type { Synced } from '../../lib/kube/controller.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import { labelsMatcher } from '../../lib/kube/label-selector.ts';
import { controllerOf, workloadOf } from '../../lib/kube/owner.ts';
import { isPodFinished } from '../../lib/kube/pod-facts.ts';
import * as resources from '../../lib/kube/resources.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type {
  CoreEvent,
  Deployment,
  Lease,
  Node,
  Pod,
  ReplicaSet,
  Service,
  StatefulSet,
} from '../../lib/kube/types.ts';
import { nodeLeaseNamespace } from '../../lib/names.ts';
import { splitWorkloadKey, workloadKey } from './workload-key.ts';

/** `namespace/Kind/name` of the controller, or of the pod itself. */
const byController = 'controller name';
const byNode = 'node name';
const byNamespace = 'namespace name';
const byLabel = 'label';
/** Warnings by the uid of what they are about. */
const byWarned = 'warned uid';

/** The objects that health is judged by, from shared caches, with the questions that several judges ask. */
export class ClusterView {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly services: Informer<Service>;
  readonly leases: Informer<Lease>;
  readonly #events: Informer<CoreEvent>;

  constructor(informers: SharedInformers) {
    this.pods = informers.of(resources.pods);
    this.nodes = informers.of(resources.nodes);
    this.deployments = informers.of(resources.deployments);
    this.replicaSets = informers.of(resources.replicaSets);
    this.statefulSets = informers.of(resources.statefulSets);
    this.services = informers.of(resources.services);
    this.leases = informers.of(resources.leases);
    this.#events = informers.of(resources.events);
    this.#events.addIndex(byWarned, ({ type, involvedObject }) =>
      type === 'Warning' && involvedObject.uid ? [involvedObject.uid] : [],
    );
    this.pods.addIndex(byController, (pod) => [controllerKey(pod, 'Pod')]);
    this.pods.addIndex(byNode, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
    this.replicaSets.addIndex(byController, (replicaSet) => [controllerKey(replicaSet, 'ReplicaSet')]);
    this.pods.addIndex(byLabel, ({ metadata }) =>
      Object.entries(metadata?.labels ?? {}).map(([name, value]) => labelKey(metadata?.namespace ?? '', name, value)),
    );
    this.services.addIndex(byNamespace, (service) => [service.metadata?.namespace ?? '']);
  }

  get caches(): readonly Synced[] {
    return [this.pods, this.nodes, this.deployments, this.replicaSets, this.statefulSets, this.services, this.leases];
  }

  workloadOf(pod: Pod): WorkloadRef {
    return workloadOf(pod, (namespace, name) => this.replicaSets.get(`${namespace}/${name}`));
  }

  keyOf(pod: Pod): string {
    return workloadKey(pod.metadata?.namespace ?? '', this.workloadOf(pod));
  }

  /** All pods of a workload, those of former revisions and those being deleted included. */
  podsOf(key: string): readonly Pod[] {
    const { kind } = splitWorkloadKey(key);
    const direct = this.pods.byIndex(byController, key);
    if (kind !== 'Deployment') return direct;
    return this.replicaSetsOf(key).flatMap((replicaSet) =>
      this.pods.byIndex(
        byController,
        workloadKey(replicaSet.metadata?.namespace ?? '', refOf('ReplicaSet', replicaSet)),
      ),
    );
  }

  replicaSetsOf(key: string): readonly ReplicaSet[] {
    return this.replicaSets.byIndex(byController, key);
  }

  /** Pods bound to a node that have not finished. */
  podsOn(node: string): readonly Pod[] {
    return this.pods.byIndex(byNode, node).filter((pod) => !isPodFinished(pod));
  }

  leaseOf(node: string): Lease | undefined {
    return this.leases.get(`${nodeLeaseNamespace}/${node}`);
  }

  /** Services whose selector matches the pod. */
  servicesOf(pod: Pod): readonly Service[] {
    return this.services.byIndex(byNamespace, pod.metadata?.namespace ?? '').filter((service) => {
      const selector = service.spec?.selector;
      return selector && Object.keys(selector).length > 0 && labelsMatcher(selector).matches(pod.metadata?.labels);
    });
  }

  /** Warning Events about a pod that are still kept. */
  warningsOf(pod: Pod): readonly CoreEvent[] {
    return this.#events.byIndex(byWarned, pod.metadata?.uid ?? '');
  }

  /** Pods of a namespace that have all of these labels; none for no labels. */
  podsIn(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[] {
    let fewest: readonly Pod[] | undefined;
    for (const [name, value] of Object.entries(selector)) {
      const found = this.pods.byIndex(byLabel, labelKey(namespace, name, value));
      if (!fewest || found.length < fewest.length) fewest = found;
    }
    const matcher = labelsMatcher(selector);
    return (fewest ?? []).filter((pod) => matcher.matches(pod.metadata?.labels));
  }

  /** Keys of everything that people deployed: Deployments, StatefulSets, ReplicaSets of their own, other controllers that have pods, and pods that nobody owns. */
  workloadKeys(namespace?: string): readonly string[] {
    const keys = new Set<string>();
    for (const deployment of this.deployments.list()) keys.add(keyOf('Deployment', deployment));
    for (const set of this.statefulSets.list()) keys.add(keyOf('StatefulSet', set));
    for (const replicaSet of this.replicaSets.list()) {
      if (!controllerOf(replicaSet)) keys.add(keyOf('ReplicaSet', replicaSet));
    }
    for (const pod of this.pods.list()) keys.add(this.keyOf(pod));
    return namespace === undefined ? [...keys] : [...keys].filter((key) => key.startsWith(`${namespace}/`));
  }
}

function labelKey(namespace: string, name: string, value: string): string {
  return `${namespace} ${name}=${value}`;
}

function keyOf(kind: string, object: Deployment | ReplicaSet | StatefulSet): string {
  return workloadKey(object.metadata?.namespace ?? '', refOf(kind, object));
}

function refOf(kind: string, object: Deployment | ReplicaSet | StatefulSet): WorkloadRef {
  return { kind, name: object.metadata?.name ?? '' };
}

function controllerKey(object: Pod | ReplicaSet, kind: string): string {
  const owner = controllerOf(object);
  return workloadKey(object.metadata?.namespace ?? '', owner ?? { kind, name: object.metadata?.name ?? '' });
}
