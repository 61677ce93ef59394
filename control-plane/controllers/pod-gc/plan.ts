import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import type { Pod } from '../../../lib/kube/types.ts';

/** Finished pods that are kept, oldest removed first beyond it. Upstream's default. */
const MAX_FINISHED_PODS = 12_500;

export interface PodGarbage {
  readonly pod: Pod;
  readonly why: 'too many finished pods' | 'node is gone' | 'never had a node';
}

/** Pods that nobody will end: on nodes that no longer exist (and were given time to come back), being deleted without ever having had a node, or finished and too many. */
export function planPodGarbage(
  pods: readonly Pod[],
  isNodeGone: (node: string) => boolean,
  maxFinished = MAX_FINISHED_PODS,
): PodGarbage[] {
  const garbage: PodGarbage[] = [];
  const finished: Pod[] = [];
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node && isNodeGone(node)) garbage.push({ pod, why: 'node is gone' });
    else if (!node && pod.metadata?.deletionTimestamp !== undefined) garbage.push({ pod, why: 'never had a node' });
    else if (isPodFinished(pod) && pod.metadata?.deletionTimestamp === undefined) finished.push(pod);
  }
  if (finished.length <= maxFinished) return garbage;
  const oldest = finished.toSorted((a, b) => createdAt(a) - createdAt(b)).slice(0, finished.length - maxFinished);
  return [...garbage, ...oldest.map((pod): PodGarbage => ({ pod, why: 'too many finished pods' }))];
}

function createdAt(pod: Pod): number {
  return Date.parse(pod.metadata?.creationTimestamp ?? '') || 0;
}
