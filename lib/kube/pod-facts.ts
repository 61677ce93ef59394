import type { ContainerStatus, Pod, PodCondition } from './types.ts';

/** What several loops ask about a pod, answered from its object alone. */

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** What admission made of its priority class; without one it is as important as any. */
export function priorityOf({ spec }: Pod): number {
  return spec?.priority ?? 0;
}

/** Succeeded or Failed: none of its containers will run again. */
export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts as a replica: not finished and not being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata?.deletionTimestamp === undefined;
}

/** When the pod became ready, in milliseconds since the epoch; `undefined` when it is not ready. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  const sinceMs = ready.lastTransitionTime === undefined ? Number.NaN : Date.parse(ready.lastTransitionTime);
  return Number.isNaN(sinceMs) ? 0 : sinceMs;
}

/** Ready for at least `minReadySeconds` at `nowMs`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const sinceMs = readySinceMs(pod);
  return sinceMs !== undefined && (minReadySeconds <= 0 || sinceMs + minReadySeconds * 1000 <= nowMs);
}

/** The statuses of init, ordinary and ephemeral containers, in that order. */
export function containerStatusesOf(pod: Pod): ContainerStatus[] {
  const status = pod.status;
  return [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}

/** Restarts of the container that restarted most. */
export function mostRestarts(pod: Pod): number {
  return Math.max(0, ...containerStatusesOf(pod).map((status) => status.restartCount));
}
