import { controllerOf } from '../../lib/kube/owner.ts';
import { untoleratedTaint } from '../../lib/kube/taints.ts';
import type { ClusterState, NodeState } from './cluster-state.ts';
import type { NodeFailures } from './failure-memory.ts';
import type { Candidate } from './filter.ts';
import { preferredWeight } from './node-selection.ts';

/** How much each point of view counts; each gives 0–100. Upstream's default weights where upstream has the view. */
const weights = {
  leastAllocated: 1,
  balanced: 1,
  ownerSpread: 2,
  topologySpread: 2,
  podAffinity: 2,
  nodeAffinity: 2,
  taints: 3,
} as const;

/** Outweighs all views together: a node where this workload failed is taken only when no other fits. */
const FAILURE_PENALTY = 10_000;
/** Failures beyond this make no difference between bad nodes. */
const MAX_COUNTED_FAILURES = 100;

export interface NodeScore {
  readonly node: string;
  readonly total: number;
  readonly views: Readonly<Record<keyof typeof weights, number>>;
  readonly failures?: NodeFailures | undefined;
}

/** Scores for the nodes that can take the pod, best first; equal scores by fewer pods, then by name, so that the answer does not depend on chance. */
export function scores(
  candidate: Candidate,
  feasible: readonly NodeState[],
  state: ClusterState,
  failuresOn: (node: string) => NodeFailures | undefined,
): NodeScore[] {
  const { pod } = candidate;
  const sisters = sistersByNode(candidate, state);
  const affinities = feasible.map(({ node }) => candidate.affinity.preference(node));
  const selections = feasible.map(({ node }) => preferredWeight(pod, node));
  const crowdings = feasible.map(({ node }) => candidate.spread.crowding(node));
  const softTaints = feasible.map((one) => softTaintsOf(candidate, one));
  const counts = feasible.map(({ name }) => sisters.get(name) ?? 0);
  return feasible
    .map((one, index): NodeScore & { pods: number } => {
      const views = {
        leastAllocated: leastAllocated(candidate, one),
        balanced: balanced(candidate, one),
        ownerSpread: fewerIsBetter(counts[index] ?? 0, counts),
        topologySpread:
          crowdings[index] === undefined
            ? 0
            : fewerIsBetter(
                crowdings[index],
                crowdings.map((crowding) => crowding ?? 0),
              ),
        podAffinity: moreIsBetter(affinities[index] ?? 0, affinities),
        nodeAffinity: moreIsBetter(selections[index] ?? 0, selections),
        taints: fewerIsBetter(softTaints[index] ?? 0, softTaints),
      };
      const wished = Object.entries(views).reduce(
        (sum, [name, value]) => sum + value * weights[name as keyof typeof weights],
        0,
      );
      const failures = failuresOn(one.name);
      const penalty = failures ? FAILURE_PENALTY + Math.min(failures.count, MAX_COUNTED_FAILURES) * 100 : 0;
      return { node: one.name, total: Math.round(wished - penalty), views, failures, pods: one.pods.size };
    })
    .sort((a, b) => b.total - a.total || a.pods - b.pods || (a.node < b.node ? -1 : 1))
    .map(({ node, total, views, failures }) => ({ node, total, views, failures }));
}

function sistersByNode({ pod }: Candidate, state: ClusterState): Map<string, number> {
  const counts = new Map<string, number>();
  const controller = controllerOf(pod)?.uid;
  if (controller === undefined) return counts;
  for (const placed of state.podsControlledBy(controller)) {
    if (placed.pod.metadata?.deletionTimestamp !== undefined) continue;
    counts.set(placed.node, (counts.get(placed.node) ?? 0) + 1);
  }
  return counts;
}

/** The free share of CPU and memory after the pod came, averaged. */
function leastAllocated(candidate: Candidate, state: NodeState): number {
  const free = ['cpu', 'memory'].map((name) => 1 - usedShare(name, candidate, state));
  return (100 * free.reduce((sum, share) => sum + Math.max(0, share), 0)) / free.length;
}

/** 100 when CPU and memory are used in equal shares. */
function balanced(candidate: Candidate, state: NodeState): number {
  const [cpu = 0, memory = 0] = ['cpu', 'memory'].map((name) => Math.min(1, usedShare(name, candidate, state)));
  return 100 * (1 - Math.abs(cpu - memory) / 2);
}

function usedShare(name: string, { assumedRequests }: Candidate, { assumedRequested, allocatable }: NodeState): number {
  const all = allocatable[name] ?? 0;
  return all <= 0 ? 1 : ((assumedRequested[name] ?? 0) + (assumedRequests[name] ?? 0)) / all;
}

function softTaintsOf({ pod }: Candidate, state: NodeState): number {
  const tolerations = pod.spec?.tolerations ?? [];
  return state.taints.filter((taint) => untoleratedTaint([taint], tolerations, ['PreferNoSchedule'])).length;
}

function moreIsBetter(value: number, all: readonly number[]): number {
  const least = Math.min(...all);
  const most = Math.max(...all);
  return most === least ? 0 : (100 * (value - least)) / (most - least);
}

function fewerIsBetter(value: number, all: readonly number[]): number {
  const most = Math.max(...all);
  return most === 0 ? 100 : (100 * (most - value)) / most;
}
