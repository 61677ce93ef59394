import type { Deployment, DeploymentCondition, ReplicaSet } from '../../../lib/kube/types.ts';
import { conditionOf, touched, withCondition, withoutCondition, type DeploymentStatus } from './conditions.ts';
import { rolloutLimits } from './limits.ts';
import type { Revisions } from './revisions.ts';
import { replicasOf, totalReplicas } from './scaling.ts';

/** `progressDeadlineSeconds` that means "no deadline", as upstream. */
const NO_DEADLINE_SECONDS = 2_147_483_647;

/** The figures and the Available condition, from what the replica sets report. Progressing is added by `withProgress`. */
export function countStatus(deployment: Deployment, { current, old }: Revisions, nowMs: number): DeploymentStatus {
  const all = [...old, ...(current ? [current] : [])];
  const sum = (of: (status: NonNullable<ReplicaSet['status']>) => number | undefined) =>
    all.reduce((total, set) => total + (set.status ? (of(set.status) ?? 0) : 0), 0);
  const availableReplicas = sum((status) => status.availableReplicas);
  const wanted = deployment.spec?.replicas ?? 1;
  const enough = availableReplicas >= wanted - rolloutLimits(deployment).maxUnavailable;
  const conditions = withCondition(
    deployment.status?.conditions ?? [],
    enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    nowMs,
  );
  const collisionCount = deployment.status?.collisionCount;
  return {
    observedGeneration: deployment.metadata?.generation ?? 0,
    replicas: sum((status) => status.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum((status) => status.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalReplicas(all) - availableReplicas),
    terminatingReplicas: sum((status) => status.terminatingReplicas),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions,
  };
}

/** Every wanted pod is of the current revision and available, and none of an old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = deployment.spec?.replicas ?? 1;
  return (
    status.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}

/** Something moved in the right direction since the written status. */
function isProgressing(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const oldReplicas = (status: DeploymentStatus | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldReplicas(after) < oldReplicas(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

export function progressDeadlineMs(deployment: Deployment): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds ?? NO_DEADLINE_SECONDS;
  return seconds === NO_DEADLINE_SECONDS ? undefined : seconds * 1000;
}

/** Milliseconds until a rollout in progress misses its deadline; `undefined` when nothing is in progress. */
export function untilDeadline(
  deployment: Deployment,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): number | undefined {
  const deadlineMs = progressDeadlineMs(deployment);
  const progressing = conditionOf(conditions, 'Progressing');
  if (deadlineMs === undefined || !progressing || deployment.spec?.paused) return undefined;
  if (progressing.reason === 'NewReplicaSetAvailable' || progressing.reason === 'ProgressDeadlineExceeded')
    return undefined;
  const sinceMs = Date.parse(progressing.lastUpdateTime ?? '') || nowMs;
  return sinceMs + deadlineMs - nowMs;
}

/** Adds how the rollout goes: complete, in progress, or past its deadline; and why pods could not be made, if so. */
export function withProgress(
  deployment: Deployment,
  revisions: Revisions,
  status: DeploymentStatus,
  nowMs: number,
): DeploymentStatus {
  let conditions: DeploymentCondition[] = status.conditions ?? [];
  if (progressDeadlineMs(deployment) === undefined) conditions = withoutCondition(conditions, 'Progressing');
  else conditions = progress(deployment, revisions, { ...status, conditions }, nowMs);
  return { ...status, conditions: withFailure(conditions, revisions, nowMs) };
}

function progress(
  deployment: Deployment,
  { current }: Revisions,
  status: DeploymentStatus,
  nowMs: number,
): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  const before = conditionOf(conditions, 'Progressing');
  const what = current ? `ReplicaSet "${current.metadata?.name}"` : `Deployment "${deployment.metadata?.name}"`;
  if (status.replicas === status.updatedReplicas && before?.reason === 'NewReplicaSetAvailable') return [...conditions];
  if (isComplete(deployment, status)) {
    const message = `${what} has successfully progressed.`;
    return withCondition(
      conditions,
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message },
      nowMs,
    );
  }
  if (isProgressing(deployment.status, status)) {
    const message = `${what} is progressing.`;
    return touched(conditions, { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message }, nowMs);
  }
  const leftMs = untilDeadline(deployment, conditions, nowMs);
  if (leftMs !== undefined && leftMs < 0) {
    const message = `${what} has timed out progressing.`;
    return withCondition(
      conditions,
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message },
      nowMs,
    );
  }
  return [...conditions];
}

function withFailure(
  conditions: readonly DeploymentCondition[],
  { current, old }: Revisions,
  nowMs: number,
): DeploymentCondition[] {
  const failing = [...(current ? [current] : []), ...old.filter((set) => replicasOf(set) > 0)]
    .flatMap((set) => set.status?.conditions ?? [])
    .find((condition) => condition.type === 'ReplicaFailure' && condition.status === 'True');
  if (!failing) return withoutCondition(conditions, 'ReplicaFailure');
  const { reason = 'FailedCreate', message = '' } = failing;
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason, message }, nowMs);
}

/** Whether writing `after` over `before` would change nothing. */
export function sameStatus(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  return JSON.stringify(normal(before)) === JSON.stringify(normal(after));
}

/** Members in a fixed order and zeros written out, so that equal means equal. */
function normal(status: DeploymentStatus | undefined): unknown {
  const { conditions = [], collisionCount = 0, observedGeneration = 0 } = status ?? {};
  const figures = [
    status?.replicas,
    status?.updatedReplicas,
    status?.readyReplicas,
    status?.availableReplicas,
    status?.unavailableReplicas,
    status?.terminatingReplicas,
  ].map((figure) => figure ?? 0);
  return [
    observedGeneration,
    collisionCount,
    figures,
    conditions
      .toSorted((a, b) => (a.type < b.type ? -1 : 1))
      .map(({ type, status: value, reason, message, lastUpdateTime, lastTransitionTime }) => [
        type,
        value,
        reason,
        message,
        lastUpdateTime,
        lastTransitionTime,
      ]),
  ];
}
