import type { KubeClient } from '../../lib/kube/client.ts';
import { deployments, nodes, statefulSets, type ResourceType } from '../../lib/kube/resources.ts';
import type { Deployment, KubeObject, Node, StatefulSet } from '../../lib/kube/types.ts';
import { watchUntil } from '../api/watch-until.ts';

export function isNodeReady(node: Node): boolean {
  return (node.status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** All replicas of the newest template are available and no older one is left. */
export function isRolledOut(deployment: Deployment): boolean {
  const wanted = deployment.spec?.replicas ?? 1;
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = deployment.status ?? {};
  return (
    observedGeneration >= (deployment.metadata?.generation ?? 1) &&
    updatedReplicas >= wanted &&
    availableReplicas >= wanted &&
    replicas <= wanted
  );
}

/** All replicas are of the newest template and available. */
export function isSetReady({ metadata, spec, status }: StatefulSet): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1) &&
    (status?.updatedReplicas ?? 0) >= wanted &&
    (status?.availableReplicas ?? 0) >= wanted &&
    (status?.replicas ?? 0) <= wanted
  );
}

export function nodesReady(client: KubeClient, names: readonly string[], signal: AbortSignal): Promise<void> {
  return allReady(client, nodes, '', names, isNodeReady, signal);
}

export function deploymentsReady(
  client: KubeClient,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  return allReady(client, deployments, namespace, names, isRolledOut, signal);
}

export function statefulSetsReady(
  client: KubeClient,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  return allReady(client, statefulSets, namespace, names, isSetReady, signal);
}

/** Resolves when all of `names` are there and ready. `namespace` is empty for kinds without one. */
function allReady<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType<T>,
  namespace: string,
  names: readonly string[],
  isReady: (object: T) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const isThere = (found: ReadonlyMap<string, T>) =>
    names.every((name) => {
      const object = found.get(`${namespace}/${name}`);
      return object !== undefined && isReady(object);
    });
  return watchUntil(client, resource, namespace === '' ? {} : { namespace }, isThere, signal);
}
