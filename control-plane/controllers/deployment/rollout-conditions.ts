import type { Deployment, ReplicaSet } from '../../../lib/kube/types.ts';
import { conditionOf, withCondition, type ConditionType, type DeploymentStatus } from './conditions.ts';
import { progressDeadlineMs } from './status.ts';

/** How a pass begins: the replica set it makes, or the one that is there, and whether the deployment gets a new revision number. */
interface Beginning {
  readonly created: ReplicaSet | undefined;
  readonly found: ReplicaSet | undefined;
  readonly renumbered: boolean;
}

/** The first word on a rollout: the replica set was made, or one from before fits. */
export function withFoundCondition(
  deployment: Deployment,
  { created, found, renumbered }: Beginning,
  status: DeploymentStatus,
  nowMs: number,
): DeploymentStatus {
  if (progressDeadlineMs(deployment) === undefined) return status;
  const before = conditionOf(status.conditions, 'Progressing');
  const say = (reason: string, message: string): DeploymentStatus => ({
    ...status,
    conditions: withCondition(status.conditions ?? [], { type: 'Progressing', status: 'True', reason, message }, nowMs),
  });
  if (created) return say('NewReplicaSetCreated', `Created new replica set "${created.metadata?.name}"`);
  if (found && (!before || (renumbered && before.reason !== 'NewReplicaSetCreated'))) {
    return say('FoundNewReplicaSet', `Found new replica set "${found.metadata?.name}"`);
  }
  return status;
}

/** Pausing stops the progress deadline, resuming starts it anew: both are said in the Progressing condition. */
export function withPauseCondition(deployment: Deployment, nowMs: number): Deployment {
  if (progressDeadlineMs(deployment) === undefined) return deployment;
  const conditions = deployment.status?.conditions ?? [];
  const before = conditionOf(conditions, 'Progressing');
  const paused = deployment.spec?.paused === true;
  if (before?.reason === 'ProgressDeadlineExceeded') return deployment;
  const type: ConditionType = 'Progressing';
  const say = (reason: string, message: string): Deployment => ({
    ...deployment,
    status: {
      ...deployment.status,
      conditions: withCondition(conditions, { type, status: 'Unknown', reason, message }, nowMs),
    },
  });
  if (paused && before?.reason !== 'DeploymentPaused') return say('DeploymentPaused', 'Deployment is paused');
  if (!paused && before?.reason === 'DeploymentPaused') return say('DeploymentResumed', 'Deployment is resumed');
  return deployment;
}
