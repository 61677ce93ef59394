import { isConflict, type KubeClient } from './client.ts';
import { pods } from './resources.ts';
import { kubeTime } from './time.ts';
import type { Pod, PodStatus } from './types.ts';

/** Who ends a pod, as the condition says it. */
export interface Disruption {
  readonly reason: 'DeletionByTaintManager' | 'EvictionByEvictionAPI' | 'PreemptionByScheduler';
  readonly message: string;
}

/** The status of a pod that is ended from outside: says to job controllers and people that it will not have failed by itself. */
export function disruptedStatus({ status }: Pod, { reason, message }: Disruption, nowMs: number): PodStatus {
  const type = 'DisruptionTarget';
  const condition = { type, status: 'True', reason, message, lastTransitionTime: kubeTime(nowMs) };
  const others = (status?.conditions ?? []).filter((other) => other.type !== type);
  return { ...status, conditions: [...others, condition] };
}

/** Marks a pod that is about to be deleted. One that was written meanwhile stays unmarked: going is more important than saying why. */
export async function markDisrupted(
  client: KubeClient,
  pod: Pod,
  disruption: Disruption,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const status = disruptedStatus(pod, disruption, nowMs);
  try {
    await client.update(pods, { ...pod, status }, { subresource: 'status' }, signal);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}
