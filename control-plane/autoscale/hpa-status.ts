import { kubeTime } from '../../lib/kube/time.ts';
import type { HorizontalPodAutoscaler } from '../../lib/kube/types.ts';
import type { ConditionUpdate } from './decide-scale.ts';
import type { MetricStatus } from './evaluate-metric.ts';

type Status = NonNullable<HorizontalPodAutoscaler['status']>;
type Condition = NonNullable<Status['conditions']>[number];

export interface StatusUpdate {
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly currentMetrics?: readonly MetricStatus[];
  /** Applied in order: the last of a type stands. */
  readonly conditions: readonly ConditionUpdate[];
  readonly scaled?: boolean;
}

/** The status after a synchronisation; `undefined` when it says nothing new. */
export function nextStatus(hpa: HorizontalPodAutoscaler, update: StatusUpdate, nowMs: number): Status | undefined {
  const old = hpa.status;
  const status: Status = {
    ...(old?.lastScaleTime === undefined ? {} : { lastScaleTime: old.lastScaleTime }),
    ...(update.scaled ? { lastScaleTime: kubeTime(nowMs) } : {}),
    observedGeneration: hpa.metadata?.generation ?? 0,
    currentReplicas: update.currentReplicas ?? old?.currentReplicas ?? 0,
    desiredReplicas: update.desiredReplicas ?? old?.desiredReplicas ?? 0,
    currentMetrics: [...(update.currentMetrics ?? old?.currentMetrics ?? [])],
    conditions: nextConditions(old?.conditions ?? [], update.conditions, nowMs),
  };
  return isSame(old, status) ? undefined : status;
}

function nextConditions(old: readonly Condition[], updates: readonly ConditionUpdate[], nowMs: number): Condition[] {
  const conditions = new Map(old.map((condition) => [condition.type, condition]));
  for (const update of updates) {
    const before = old.find((condition) => condition.type === update.type);
    const changed = before?.status !== update.status;
    const lastTransitionTime = changed ? kubeTime(nowMs) : (before?.lastTransitionTime ?? kubeTime(nowMs));
    conditions.set(update.type, { ...update, lastTransitionTime });
  }
  return [...conditions.values()];
}

function isSame(old: Status | undefined, status: Status): boolean {
  if (!old) return false;
  const ordered = (value: Status) => [
    value.lastScaleTime,
    value.observedGeneration,
    value.currentReplicas,
    value.desiredReplicas,
    value.currentMetrics ?? [],
    (value.conditions ?? []).map(({ type, status: state, reason, message }) => [type, state, reason, message]),
  ];
  return JSON.stringify(ordered(old)) === JSON.stringify(ordered(status));
}
