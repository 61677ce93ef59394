import { isPodAvailable, isPodReady } from '../../../lib/kube/pod-facts.ts';
import type { Pod, StatefulSet } from '../../../lib/kube/types.ts';
import { revisionOfPod } from './identity.ts';

type StatefulSetStatus = NonNullable<StatefulSet['status']>;

/** Names of the revisions between which a set moves; equal when no update is under way. */
export interface RevisionNames {
  readonly current: string;
  readonly update: string;
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** Runs, and says that it is ready: what the next pod in order waits for. */
export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod);
}

export function isRunningAndAvailable(set: StatefulSet, pod: Pod, nowMs: number): boolean {
  return pod.status?.phase === 'Running' && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

/** Describes the pods of a set, those that are to go included. */
export function statusOf(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: RevisionNames,
  collisionCount: number,
  nowMs: number,
): StatefulSetStatus {
  const present = pods.filter((pod) => !isTerminating(pod));
  const updated = present.filter((pod) => revisionOfPod(pod) === revisions.update).length;
  const ready = pods.filter(isRunningAndReady).length;
  // Complete: what was new is what is.
  const isWhole = pods.length === (set.spec?.replicas ?? 1) && updated === pods.length && ready === pods.length;
  const isRolled = set.spec?.updateStrategy?.type === 'RollingUpdate' && isWhole;
  const current = isRolled ? revisions.update : revisions.current;
  const { conditions } = set.status ?? {};
  return {
    observedGeneration: set.metadata?.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready,
    availableReplicas: pods.filter((pod) => isRunningAndAvailable(set, pod, nowMs)).length,
    currentReplicas: present.filter((pod) => revisionOfPod(pod) === current).length,
    updatedReplicas: updated,
    currentRevision: current,
    updateRevision: revisions.update,
    collisionCount,
    ...(conditions ? { conditions } : {}),
  };
}

export function sameStatus(before: StatefulSetStatus | undefined, after: StatefulSetStatus): boolean {
  const facts = (status: StatefulSetStatus | undefined) =>
    JSON.stringify([
      status?.observedGeneration,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      status?.availableReplicas ?? 0,
      status?.currentReplicas ?? 0,
      status?.updatedReplicas ?? 0,
      status?.currentRevision,
      status?.updateRevision,
      status?.collisionCount ?? 0,
    ]);
  return facts(before) === facts(after);
}
