import { isPodActive, isPodReady, mostRestarts, readySinceMs } from '../../lib/kube/pod-facts.ts';
import type { Pod } from '../../lib/kube/types.ts';

/** Annotation with an integer: pods of lower cost are deleted first. */
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

const phaseRank: ReadonlyMap<string, number> = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
]);

/** `0` for less than 1 s, then one more for each doubling: ages in the same bucket count as equal, so that which pod goes is not always the youngest. */
function ageBucket(ageMs: number): number {
  return ageMs < 1000 ? 0 : Math.floor(Math.log2(ageMs / 1000)) + 1;
}

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata?.annotations?.[deletionCostAnnotation] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

/**
 * Pods in the order in which a scale-down deletes them, as upstream: unassigned before assigned; pending, unknown, running; not ready before ready; lower
 * deletion cost; more siblings on the same node; ready for a shorter time; more restarts; younger; then by UID, so that the order is total.
 * `related` are the pods of all replica sets of the same workload.
 */
export function byDeletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): Pod[] {
  const siblingsByNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec?.nodeName;
    if (node && isPodActive(pod)) siblingsByNode.set(node, (siblingsByNode.get(node) ?? 0) + 1);
  }
  const keyOf = (pod: Pod): readonly number[] => {
    const readyMs = readySinceMs(pod);
    const createdMs = Date.parse(pod.metadata?.creationTimestamp ?? '') || 0;
    return [
      pod.spec?.nodeName ? 1 : 0,
      phaseRank.get(pod.status?.phase ?? 'Pending') ?? 0,
      isPodReady(pod) ? 1 : 0,
      deletionCost(pod),
      -(siblingsByNode.get(pod.spec?.nodeName ?? '') ?? 0),
      readyMs === undefined ? 0 : ageBucket(nowMs - readyMs),
      -mostRestarts(pod),
      ageBucket(nowMs - createdMs),
    ];
  };
  return pods
    .map((pod) => ({ pod, key: keyOf(pod) }))
    .sort((a, b) => {
      for (const [index, value] of a.key.entries()) {
        const difference = value - (b.key[index] ?? 0);
        if (difference !== 0) return difference;
      }
      return (a.pod.metadata?.uid ?? '') < (b.pod.metadata?.uid ?? '') ? -1 : 1;
    })
    .map(({ pod }) => pod);
}
