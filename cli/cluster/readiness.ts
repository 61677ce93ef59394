import type { KubeClient } from '../../lib/kube/client.ts';
import { deployments, nodes, statefulSets } from '../../lib/kube/resources.ts';
import type { Deployment, Node, StatefulSet } from '../../lib/kube/types.ts';
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
  return watchUntil(
    client,
    nodes,
    {},
    (found) =>
      names.every((name) => {
        const node = found.get(`/${name}`);
        return node !== undefined && isNodeReady(node);
      }),
    signal,
  );
}

export function deploymentsReady(
  client: KubeClient,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  return watchUntil(
    client,
    deployments,
    { namespace },
    (found) =>
      names.every((name) => {
        const deployment = found.get(`${namespace}/${name}`);
        return deployment !== undefined && isRolledOut(deployment);
      }),
    signal,
  );
}

export function statefulSetsReady(
  client: KubeClient,
  namespace: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  return watchUntil(
    client,
    statefulSets,
    { namespace },
    (found) =>
      names.every((name) => {
        const set = found.get(`${namespace}/${name}`);
        return set !== undefined && isSetReady(set);
      }),
    signal,
  );
}
