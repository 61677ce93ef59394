import { kubeTime } from '../../../lib/kube/time.ts';
import type { Deployment, DeploymentCondition } from '../../../lib/kube/types.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;

export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure';

export function conditionOf(
  conditions: readonly DeploymentCondition[] | undefined,
  type: ConditionType,
): DeploymentCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

interface NewCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** Replaces a condition. Same status and reason: nothing changes, not even the times, so that a steady state writes nothing. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  next: NewCondition,
  nowMs: number,
): DeploymentCondition[] {
  const before = conditionOf(conditions, next.type);
  if (before?.status === next.status && before.reason === next.reason) return [...conditions];
  return touched(conditions, next, nowMs);
}

/** Replaces a condition and notes that there was news (`lastUpdateTime`), which restarts the progress deadline. */
export function touched(
  conditions: readonly DeploymentCondition[],
  next: NewCondition,
  nowMs: number,
): DeploymentCondition[] {
  const before = conditionOf(conditions, next.type);
  const now = kubeTime(nowMs);
  return [
    ...conditions.filter((condition) => condition.type !== next.type),
    {
      ...next,
      lastUpdateTime: now,
      lastTransitionTime: before?.status === next.status ? (before.lastTransitionTime ?? now) : now,
    },
  ];
}

export function withoutCondition(
  conditions: readonly DeploymentCondition[],
  type: ConditionType,
): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}
