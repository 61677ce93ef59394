import type { Deployment, ReplicaSet } from '../../../lib/kube/types.ts';
import { rolloutLimits } from './limits.ts';
import type { Revisions } from './revisions.ts';
import { availableOf, replicasOf, totalAvailable, totalReplicas, type Resize } from './scaling.ts';

/** The size of a current replica set that may grow: never more than `replicas + maxSurge` pods in all. */
export function sizeOfCurrent(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): number {
  const wanted = deployment.spec?.replicas ?? 1;
  const now = current ? replicasOf(current) : 0;
  if (now >= wanted || deployment.spec?.strategy?.type === 'Recreate') return wanted;
  const room = wanted + rolloutLimits(deployment).maxSurge - totalReplicas(old) - now;
  return room <= 0 ? now : now + Math.min(room, wanted - now);
}

/**
 * How far the old replica sets may shrink now. Never below `replicas - maxUnavailable` available pods, and every new pod that is not yet available counts as
 * missing. Pods that are not available anyway go first.
 */
export function shrinkOld(deployment: Deployment, { current, old }: Revisions): Resize[] {
  const active = old.filter((set) => replicasOf(set) > 0);
  if (active.length === 0) return [];
  const wanted = deployment.spec?.replicas ?? 1;
  const minAvailable = wanted - rolloutLimits(deployment).maxUnavailable;
  const currentTotal = current ? replicasOf(current) : 0;
  const currentAvailable = current ? availableOf(current) : 0;
  const spare = currentTotal + totalReplicas(active) - minAvailable - (currentTotal - currentAvailable);
  if (spare <= 0) return [];

  const sizes = new Map(active.map((set) => [set, replicasOf(set)]));
  let unhealthyRemoved = 0;
  for (const set of active) {
    const unhealthy = replicasOf(set) - availableOf(set);
    const cut = Math.min(spare - unhealthyRemoved, unhealthy);
    sizes.set(set, replicasOf(set) - cut);
    unhealthyRemoved += cut;
  }

  let removable = totalAvailable(active) + currentAvailable - minAvailable;
  for (const set of active) {
    if (removable <= 0) break;
    const cut = Math.min(removable, sizes.get(set) ?? 0);
    sizes.set(set, (sizes.get(set) ?? 0) - cut);
    removable -= cut;
  }
  return [...sizes].filter(([set, size]) => size !== replicasOf(set)).map(([set, replicas]) => ({ set, replicas }));
}
