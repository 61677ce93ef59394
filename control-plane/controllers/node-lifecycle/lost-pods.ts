import { kubeTime } from '../../../lib/kube/time.ts';
import { workloadOf } from '../../../lib/kube/owner.ts';
import type { Pod, PodStatus } from '../../../lib/kube/types.ts';
import type { TerminationRecord } from '../../../lib/signals/records.ts';

/**
 * The status of a pod whose node is not ready: not ready itself, so that it leaves the endpoints. On a node that is not heard of the reason is `NodeLost`. `undefined` when
 * it says so already.
 */
export function notReadyStatus(pod: Pod, node: string, lost: boolean, nowMs: number): PodStatus | undefined {
  const conditions = pod.status?.conditions ?? [];
  const wasReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  const told = !lost || pod.status?.reason === 'NodeLost';
  if (!wasReady && told) return undefined;
  return {
    ...pod.status,
    ...(lost
      ? { reason: 'NodeLost', message: `Node ${node} which was running pod ${pod.metadata?.name} is unresponsive` }
      : {}),
    conditions: conditions.map((condition) =>
      condition.type === 'Ready' && condition.status === 'True'
        ? {
            ...condition,
            status: 'False',
            reason: lost ? 'NodeLost' : 'NodeNotReady',
            message: lost ? `node ${node} is not heard of` : `node ${node} is not ready`,
            lastTransitionTime: kubeTime(nowMs),
          }
        : condition,
    ),
  };
}

/** One record for each container that was running when its node was lost: nobody saw its end, so the exit code is upstream's 137. */
export function lostTerminations(pod: Pod, node: string, message: string, nowMs: number): TerminationRecord[] {
  return (pod.status?.containerStatuses ?? [])
    .filter((status) => status.state?.running !== undefined)
    .map((status) => ({
      type: 'termination',
      namespace: pod.metadata?.namespace ?? '',
      pod: pod.metadata?.name ?? '',
      podUid: pod.metadata?.uid ?? '',
      container: status.name,
      containerId: status.containerID?.replace(/^.*:\/\//, ''),
      node,
      workload: workloadOf(pod),
      restartCount: status.restartCount,
      time: new Date(nowMs).toISOString(),
      startedAt: status.state?.running?.startedAt ?? '',
      exitCode: 137,
      reason: 'NodeLost',
      message,
      lastLines: [],
    }));
}
