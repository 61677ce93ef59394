import { claim } from '../claims.ts';
import { isPodActive, isPodAvailable, isPodReady, readySinceMs } from '../../../lib/kube/pod-facts.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { KubeObject, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { byDeletionOrder } from '../deletion-order.ts';

/** Pods made or removed in one pass at most; more follow in the next pass. Bounds how much one mistake can do before it is seen. */
const BURST_PODS = 500;

type ReplicaSetStatus = NonNullable<ReplicaSet['status']>;

/** What replica sets and replication controllers have in common: all but their selectors. */
export interface ReplicatedObject extends KubeObject {
  spec?: Pick<NonNullable<ReplicaSet['spec']>, 'replicas' | 'minReadySeconds' | 'template'>;
  status?: ReplicaSetStatus;
}

/** What one look at a replica set asks for. */
export interface ReplicaSetPlan {
  readonly adopt: readonly Pod[];
  readonly release: readonly Pod[];
  /** How many pods to make. */
  readonly create: number;
  /** Which pods to delete, first to last. */
  readonly remove: readonly Pod[];
  /** The status that describes `observed`; absent when it is already written. */
  readonly status?: ReplicaSetStatus | undefined;
  /** When time alone will change the answer (a pod becomes available). */
  readonly lookAgainAfterMs?: number | undefined;
}

/** What the controller knows besides the object itself. */
export interface ReplicaSetObservation {
  /** Every pod that matches the selector or refers to this replica set. */
  readonly pods: readonly Pod[];
  /** Pods of all replica sets of the same workload, for spreading deletions. */
  readonly related: readonly Pod[];
  /** Why the last attempt to make or delete pods failed, if it did. */
  readonly failure?: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string } | undefined;
  readonly matches: (pod: Pod) => boolean;
  /** Whether the kind's status says how many pods are going. */
  readonly countsTerminating: boolean;
}

/** Compares what a replica set wants with the pods there are. */
export function planReplicaSet(set: ReplicatedObject, observed: ReplicaSetObservation, nowMs: number): ReplicaSetPlan {
  const { owned, adopt, release } = claim(set, observed.pods, observed.matches);
  // An adopted pod counts at once: otherwise a pod too many would be made beside it.
  const mine = [...owned, ...adopt];
  const active = mine.filter(isPodActive);
  const wanted = set.spec?.replicas ?? 1;
  const ending = set.metadata?.deletionTimestamp !== undefined;
  const missing = ending ? 0 : wanted - active.length;
  const remove =
    missing < 0 ? byDeletionOrder(active, observed.related, nowMs).slice(0, Math.min(-missing, BURST_PODS)) : [];
  const status = statusOf(set, mine, observed, nowMs);
  return {
    adopt,
    release,
    create: Math.max(0, Math.min(missing, BURST_PODS)),
    remove,
    status: sameStatus(set.status, status) ? undefined : status,
    lookAgainAfterMs: untilNextAvailable(active, set.spec?.minReadySeconds ?? 0, nowMs),
  };
}

function statusOf(
  set: ReplicatedObject,
  pods: readonly Pod[],
  { failure, countsTerminating }: Pick<ReplicaSetObservation, 'failure' | 'countsTerminating'>,
  nowMs: number,
): ReplicaSetStatus {
  const active = pods.filter(isPodActive);
  const templateLabels = Object.entries(set.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const others = (set.status?.conditions ?? []).filter((condition) => condition.type !== 'ReplicaFailure');
  const before = set.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  const conditions = failure
    ? [
        ...others,
        // The message names the pod that was not made, another one each time: to write each would call for the next try at once.
        before?.reason === failure.reason
          ? before
          : {
              type: 'ReplicaFailure',
              status: 'True',
              reason: failure.reason,
              message: failure.message,
              lastTransitionTime: kubeTime(nowMs),
            },
      ]
    : others;
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) =>
      templateLabels.every(([name, value]) => pod.metadata?.labels?.[name] === value),
    ).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length,
    ...(countsTerminating
      ? { terminatingReplicas: pods.filter((pod) => pod.metadata?.deletionTimestamp !== undefined).length }
      : {}),
    observedGeneration: set.metadata?.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

function sameStatus(before: ReplicaSetStatus | undefined, after: ReplicaSetStatus): boolean {
  return (
    before !== undefined &&
    (before.replicas ?? 0) === after.replicas &&
    (before.fullyLabeledReplicas ?? 0) === after.fullyLabeledReplicas &&
    (before.readyReplicas ?? 0) === after.readyReplicas &&
    (before.availableReplicas ?? 0) === after.availableReplicas &&
    (before.terminatingReplicas ?? 0) === (after.terminatingReplicas ?? 0) &&
    before.observedGeneration === after.observedGeneration &&
    JSON.stringify(before.conditions ?? []) === JSON.stringify(after.conditions ?? [])
  );
}

function untilNextAvailable(active: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  if (minReadySeconds <= 0) return undefined;
  const waits = active
    .map(readySinceMs)
    .filter((sinceMs) => sinceMs !== undefined)
    .map((sinceMs) => sinceMs + minReadySeconds * 1000 - nowMs)
    .filter((waitMs) => waitMs > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
