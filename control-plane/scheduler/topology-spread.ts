import { labelMatcher, type LabelMatcher } from '../../lib/kube/label-selector.ts';
import { untoleratedTaint } from '../../lib/kube/taints.ts';
import type { Node, Pod } from '../../lib/kube/types.ts';
import type { ClusterState, NodeState } from './cluster-state.ts';
import { selectsNode } from './node-selection.ts';
import { withLabelKeys } from './pod-affinity.ts';
import { TopologyCounts } from './topology-counts.ts';

type Constraint = NonNullable<NonNullable<Pod['spec']>['topologySpreadConstraints']>[number];

/** What a refusal by spreading is called in events, as upstream. */
type SpreadRefusal =
  | "node(s) didn't match pod topology spread constraints"
  | "node(s) didn't match pod topology spread constraints (missing required label)";

interface Spread {
  readonly constraint: Constraint;
  readonly counts: TopologyCounts;
  /** 1 when the pod itself counts. */
  readonly self: 0 | 1;
  /** The emptiest place; 0 while there are fewer places than `minDomains`. */
  readonly least: number;
}

/** How evenly pods like this one are spread, worked out once and then asked for each node. */
export class TopologySpreadView {
  readonly #required: readonly Spread[];
  readonly #preferred: readonly Spread[];

  constructor(pod: Pod, state: ClusterState) {
    const constraints = pod.spec?.topologySpreadConstraints ?? [];
    const hard = constraints.filter((constraint) => constraint.whenUnsatisfiable === 'DoNotSchedule');
    const soft = constraints.filter((constraint) => constraint.whenUnsatisfiable === 'ScheduleAnyway');
    this.#required = hard.map((constraint) => spreadOf(constraint, hard, pod, state));
    this.#preferred = soft.map((constraint) => spreadOf(constraint, soft, pod, state));
  }

  refusal(node: Node): SpreadRefusal | undefined {
    for (const { constraint, counts, self, least } of this.#required) {
      const count = counts.at(constraint.topologyKey, node);
      if (count === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)";
      if (count + self - least > constraint.maxSkew) return "node(s) didn't match pod topology spread constraints";
    }
    return undefined;
  }

  /** How many like it are in the node's places: the fewer the better; `undefined` when nothing was asked for. */
  crowding(node: Node): number | undefined {
    if (this.#preferred.length === 0) return undefined;
    return this.#preferred.reduce((sum, { constraint, counts }) => {
      const places = counts.values(constraint.topologyKey).length;
      // Few large places (zones) weigh less than many small ones (hosts), as upstream.
      return sum + (counts.at(constraint.topologyKey, node) ?? 0) * Math.log(places + 2);
    }, 0);
  }
}

function spreadOf(constraint: Constraint, group: readonly Constraint[], pod: Pod, state: ClusterState): Spread {
  const selector = labelMatcher(withLabelKeys(constraint.labelSelector, constraint, pod));
  const counts = new TopologyCounts();
  for (const node of state.nodes()) {
    if (!isEligible(node, group, constraint, pod)) continue;
    counts.add(constraint.topologyKey, node.node, matchingPods(node, pod, selector));
  }
  const values = counts.values(constraint.topologyKey);
  const tooFew = values.length < (constraint.minDomains ?? 1);
  return {
    constraint,
    counts,
    self: selector.matches(pod.metadata?.labels) ? 1 : 0,
    least: tooFew ? 0 : Math.min(...values),
  };
}

/** Nodes that lack one of the keys, or that the pod could not use anyway, are no places. */
function isEligible(state: NodeState, group: readonly Constraint[], constraint: Constraint, pod: Pod): boolean {
  const labels = state.node.metadata?.labels ?? {};
  if (!group.every(({ topologyKey }) => labels[topologyKey] !== undefined)) return false;
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !selectsNode(pod, state.node)) return false;
  if (constraint.nodeTaintsPolicy !== 'Honor') return true;
  return untoleratedTaint(state.taints, pod.spec?.tolerations ?? [], ['NoSchedule', 'NoExecute']) === undefined;
}

function matchingPods(state: NodeState, pod: Pod, selector: LabelMatcher): number {
  let count = 0;
  for (const placed of state.pods.values()) {
    const { namespace, labels, deletionTimestamp } = placed.pod.metadata ?? {};
    if (namespace === pod.metadata?.namespace && deletionTimestamp === undefined && selector.matches(labels)) count++;
  }
  return count;
}
