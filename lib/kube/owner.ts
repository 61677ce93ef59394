import type { ResourceType } from './resources.ts';
import { apiVersionOf } from './resources.ts';
import type { KubeObject, OwnerReference } from './types.ts';

/** The owner that manages the object, if any: there is at most one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((owner) => owner.controller === true);
}

/** True when `owner` (by uid, not by name) manages `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

/** The reference that `owner` writes into what it makes. */
export function controllerRef(resource: ResourceType, owner: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata?.name ?? '',
    uid: owner.metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The thing that a person deployed. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/**
 * What a pod belongs to: the Deployment when a ReplicaSet of one manages it, else its controller, else the pod itself. `replicaSetOf` looks a ReplicaSet up;
 * where it is not known (or gone) the hash that Deployments append to their ReplicaSets' names is taken off if the pod carries it.
 */
export function workloadOf(
  pod: KubeObject,
  replicaSetOf: (namespace: string, name: string) => KubeObject | undefined = () => undefined,
): Workload {
  const owner = controllerOf(pod);
  if (!owner) return { kind: 'Pod', name: pod.metadata?.name ?? '' };
  if (owner.kind !== 'ReplicaSet') return { kind: owner.kind, name: owner.name };
  const replicaSet = replicaSetOf(pod.metadata?.namespace ?? '', owner.name);
  if (replicaSet) {
    const above = controllerOf(replicaSet);
    return above ? { kind: above.kind, name: above.name } : { kind: 'ReplicaSet', name: owner.name };
  }
  const hash = pod.metadata?.labels?.['pod-template-hash'];
  if (hash && owner.name.endsWith(`-${hash}`)) {
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  }
  return { kind: 'ReplicaSet', name: owner.name };
}
