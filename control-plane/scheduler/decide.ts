import { formatDuration } from '../../lib/duration.ts';
import { workloadOf } from '../../lib/kube/owner.ts';
import type { PersistentVolumeClaim, Pod } from '../../lib/kube/types.ts';
import type { ClusterState } from './cluster-state.ts';
import type { DeviceView } from './devices/pod-device-claims.ts';
import type { FailureMemory, FailureOwner, NodeFailures } from './failure-memory.ts';
import { candidateOf, refusals } from './filter.ts';
import type { NamespaceLabels } from './pod-affinity.ts';
import { scores, type NodeScore } from './score.ts';
import type { StorageView } from './volumes/pod-claims.ts';

/** Where a pod goes, or why it goes nowhere. */
export type Placement =
  | {
      readonly fits: true;
      readonly node: string;
      /** Best first, as far as they are worth keeping. */
      readonly scores: readonly NodeScore[];
      /** What the failure memory had to do with it, in one sentence; absent when nothing. */
      readonly avoidance?: string | undefined;
      /** Claims whose volumes are found or made on the node before the pod is bound to it. */
      readonly delayedClaims: readonly PersistentVolumeClaim[];
      readonly refused: Readonly<Record<string, number>>;
    }
  | {
      readonly fits: false;
      /** As upstream words it: `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.` */
      readonly message: string;
      readonly refused: Readonly<Record<string, number>>;
    };

export interface PlacementInputs {
  readonly state: ClusterState;
  readonly failures: FailureMemory;
  readonly namespaceLabels: NamespaceLabels;
  readonly storage: StorageView;
  readonly devices: DeviceView;
  readonly nowMs: number;
}

/** Scores kept as evidence. */
const KEPT_SCORES = 5;

/** Chooses a node. Changes nothing. */
export function decide(pod: Pod, inputs: PlacementInputs): Placement {
  const { state, failures, namespaceLabels, storage, devices, nowMs } = inputs;
  const nodes = state.nodes();
  const candidate = candidateOf(pod, state, namespaceLabels, storage, devices);
  const refused: Record<string, number> = {};
  const { delayed } = candidate.claims;
  const obstacle = candidate.claims.obstacle ?? candidate.devices?.obstacle;
  if (obstacle !== undefined && nodes.length > 0) {
    return { fits: false, message: `0/${nodes.length} nodes are available: ${obstacle}.`, refused };
  }
  const feasible = nodes.filter((node) => {
    const reasons = refusals(candidate, node);
    for (const reason of reasons) refused[reason] = (refused[reason] ?? 0) + 1;
    return reasons.length === 0;
  });
  if (feasible.length === 0) return { fits: false, message: unschedulableMessage(nodes.length, refused), refused };
  const owner = failureOwner(pod);
  const ranked = scores(candidate, feasible, state, (node) => failures.failuresOf(owner, node));
  const best = ranked[0];
  if (!best) throw new Error('a feasible node has no score');
  return {
    fits: true,
    node: best.node,
    scores: ranked.slice(0, KEPT_SCORES),
    avoidance: avoidanceOf(best, ranked, owner, nowMs),
    delayedClaims: delayed,
    refused,
  };
}

/** The workload whose failures count: the Deployment rather than one of its replica sets, so that a new revision profits too. */
function failureOwner(pod: Pod): FailureOwner {
  return { namespace: pod.metadata?.namespace ?? '', ...workloadOf(pod) };
}

/** Upstream's wording: counted reasons in alphabetical order. */
function unschedulableMessage(nodeCount: number, refused: Readonly<Record<string, number>>): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const reasons = Object.entries(refused)
    .map(([reason, count]) => `${count} ${reason}`)
    .sort();
  return `0/${nodeCount} nodes are available: ${reasons.join(', ')}.`;
}

function avoidanceOf(
  best: NodeScore,
  ranked: readonly NodeScore[],
  owner: FailureOwner,
  nowMs: number,
): string | undefined {
  if (best.failures) {
    return `no node without failures fits: ${failuresText(best.failures, owner, `on ${best.node}`, nowMs)}`;
  }
  const avoided = ranked.filter(({ failures }) => failures !== undefined);
  if (avoided.length === 0) return undefined;
  return avoided
    .map(({ node, failures }) => `${node} avoided: ${failures ? failuresText(failures, owner, 'there', nowMs) : ''}`)
    .join('; ');
}

function failuresText(
  { count, sinceMs, lastReason }: NodeFailures,
  owner: FailureOwner,
  where: string,
  nowMs: number,
): string {
  const what = count === 1 ? 'failure' : 'failures';
  return `${count} ${what} of ${owner.name} ${where} in ${formatDuration(nowMs - sinceMs)} (last: ${lastReason})`;
}
