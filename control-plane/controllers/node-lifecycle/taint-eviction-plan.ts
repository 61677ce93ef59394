import { tolerates } from '../../../lib/kube/taints.ts';
import type { Pod, Taint } from '../../../lib/kube/types.ts';

/**
 * When a pod must leave a node because of its NoExecute taints, in milliseconds since the epoch; `undefined` = it may stay. One taint without a toleration means
 * at once; otherwise the shortest `tolerationSeconds` counts from when the taint was set, or the pod came to the node if that was later.
 */
export function evictionTimeMs(pod: Pod, taints: readonly Taint[], nowMs: number): number | undefined {
  const executing = taints.filter((taint) => taint.effect === 'NoExecute');
  const tolerations = pod.spec?.tolerations ?? [];
  let earliest: number | undefined;
  for (const taint of executing) {
    const fitting = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (fitting.length === 0) return nowMs;
    const limits = fitting.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
    if (limits.length === 0) continue;
    const addedMs = Date.parse(taint.timeAdded ?? '') || nowMs;
    const dueMs = Math.max(addedMs, boundMs(pod)) + Math.max(0, Math.min(...limits)) * 1000;
    earliest = earliest === undefined ? dueMs : Math.min(earliest, dueMs);
  }
  return earliest;
}

function boundMs({ metadata, status }: Pod): number {
  const scheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'True');
  return Date.parse(scheduled?.lastTransitionTime ?? metadata?.creationTimestamp ?? '') || 0;
}
