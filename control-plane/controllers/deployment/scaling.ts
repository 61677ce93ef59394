import type { Deployment, ReplicaSet } from '../../../lib/kube/types.ts';
import { rolloutLimits } from './limits.ts';
import { byAge, desiredReplicasAnnotation, maxReplicasAnnotation, type Revisions } from './revisions.ts';

/** A replica set and the size it should have. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

export function replicasOf(set: ReplicaSet): number {
  return set.spec?.replicas ?? 1;
}

export function totalReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

export function totalAvailable(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + availableOf(set), 0);
}

/** Available pods that will stay: a status from before a scale-down must not count pods that are already given up. */
export function availableOf(set: ReplicaSet): number {
  return Math.min(set.status?.availableReplicas ?? 0, replicasOf(set));
}

/** True when somebody changed `spec.replicas` since the replica sets were last sized. */
export function wasScaled(deployment: Deployment, { current, old }: Revisions): boolean {
  return [...(current ? [current] : []), ...old].some((set) => {
    const desired = set.metadata?.annotations?.[desiredReplicasAnnotation];
    return replicasOf(set) > 0 && desired !== undefined && Number(desired) !== (deployment.spec?.replicas ?? 1);
  });
}

/**
 * Sizes for a deployment whose `spec.replicas` changed (or that is paused): with one active replica set it takes the whole change; with a finished rollout the old ones
 * go to 0; in the middle of a rollout the change is shared in proportion to the sizes, so that a bad new revision does not get all of it.
 */
export function scale(deployment: Deployment, revisions: Revisions): Resize[] {
  const resizes = resizesOf(deployment, revisions);
  const resized = new Set(resizes.map(({ set }) => set));
  // Sets that keep their size still learn the new figures, else this would look like a scaling event for ever.
  const stale = [...revisions.old, ...(revisions.current ? [revisions.current] : [])].filter(
    (set) => replicasOf(set) > 0 && !resized.has(set) && !hasFigures(deployment, set),
  );
  return [...resizes, ...stale.map((set) => ({ set, replicas: replicasOf(set) }))];
}

function resizesOf(deployment: Deployment, { current, old }: Revisions): Resize[] {
  const wanted = deployment.spec?.replicas ?? 1;
  const all = [...old, ...(current ? [current] : [])];
  const active = all.filter((set) => replicasOf(set) > 0);
  const only = active.length === 0 ? (current ?? old.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only) return replicasOf(only) === wanted ? [] : [{ set: only, replicas: wanted }];
  if (current && isSaturated(deployment, current)) {
    return old.filter((set) => replicasOf(set) > 0).map((set) => ({ set, replicas: 0 }));
  }
  if (deployment.spec?.strategy?.type === 'Recreate') return [];
  return inProportion(deployment, active);
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const wanted = deployment.spec?.replicas ?? 1;
  return (
    replicasOf(set) === wanted &&
    Number(set.metadata?.annotations?.[desiredReplicasAnnotation]) === wanted &&
    (set.status?.availableReplicas ?? 0) === wanted
  );
}

function inProportion(deployment: Deployment, active: readonly ReplicaSet[]): Resize[] {
  const wanted = deployment.spec?.replicas ?? 1;
  const allowed = wanted > 0 ? wanted + rolloutLimits(deployment).maxSurge : 0;
  const change = allowed - totalReplicas(active);
  // Growing favours the newest of equal size, shrinking the oldest.
  const sorted = active.toSorted((a, b) => replicasOf(b) - replicasOf(a) || (change > 0 ? byAge(b, a) : byAge(a, b)));
  let changed = 0;
  const sizes = sorted.map((set) => {
    const share = change === 0 ? 0 : shareOf(deployment, set, allowed);
    const left = change - changed;
    const taken = change > 0 ? Math.min(share, left) : Math.max(share, left);
    changed += taken;
    return replicasOf(set) + taken;
  });
  // Rounding leaves a rest: the largest takes it.
  if (sizes[0] !== undefined) sizes[0] = Math.max(0, sizes[0] + change - changed);
  return sorted
    .map((set, index) => ({ set, replicas: Math.max(0, sizes[index] ?? 0) }))
    .filter(({ set, replicas }) => replicas !== replicasOf(set));
}

function hasFigures(deployment: Deployment, set: ReplicaSet): boolean {
  return set.metadata?.annotations?.[desiredReplicasAnnotation] === String(deployment.spec?.replicas ?? 1);
}

function shareOf(deployment: Deployment, set: ReplicaSet, allowed: number): number {
  if (allowed === 0) return -replicasOf(set);
  const before =
    Number(set.metadata?.annotations?.[maxReplicasAnnotation]) || (deployment.status?.replicas ?? 0) || allowed;
  return Math.round((replicasOf(set) * allowed) / before) - replicasOf(set);
}
