import { controllerOf } from '../../../lib/kube/owner.ts';
import { isPodActive, isPodReady, readySinceMs } from '../../../lib/kube/pod-facts.ts';
import type { Node, Pod } from '../../../lib/kube/types.ts';
import { isNodeReady } from '../agent-address.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Failure } from '../failures.ts';
import { desiredOf } from '../workload-facts.ts';
import type { MoveFacts } from './move-decision.ts';

/** Controllers that make a new pod for a deleted one, on whichever node the scheduler likes. */
const replacingKinds: ReadonlySet<string> = new Set(['ReplicaSet', 'StatefulSet', 'Job', 'ReplicationController']);

/** What the caches say about a pod that may be moved. */
export function moveFacts(
  view: ClusterView,
  pod: Pod,
  failures: readonly Failure[],
  movesMs: readonly number[],
  nowMs: number,
): MoveFacts {
  const key = view.keyOf(pod);
  const controller = controllerOf(pod);
  const siblings = view.podsOf(key).filter((other) => isPodActive(other) && other.metadata?.uid !== pod.metadata?.uid);
  return {
    podUid: pod.metadata?.uid ?? '',
    node: pod.spec?.nodeName ?? '',
    isReady: isPodReady(pod),
    isReplaceable: controller !== undefined && replacingKinds.has(controller.kind),
    desired: desiredOf(view, key),
    others: siblings.map((other) => ({
      node: other.spec?.nodeName ?? '',
      readySinceMs: readySinceMs(other),
      isSameRevision: controllerOf(other)?.uid === controller?.uid,
    })),
    failures,
    usableNodes: view.nodes
      .list()
      .filter((node) => takesPods(node) && matchesSelector(node, pod))
      .map((node) => node.metadata?.name ?? ''),
    movesMs,
    nowMs,
  };
}

function takesPods(node: Node): boolean {
  return isNodeReady(node) && !node.spec?.unschedulable && node.metadata?.deletionTimestamp === undefined;
}

function matchesSelector(node: Node, pod: Pod): boolean {
  return Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => node.metadata?.labels?.[key] === value);
}
