import { priorityOf } from '../../../lib/kube/pod-facts.ts';
import type { Pod, PodDisruptionBudget } from '../../../lib/kube/types.ts';
import type { ClusterState, NodeState, PlacedPod } from '../cluster-state.ts';
import type { PlacementInputs } from '../decide.ts';
import { candidateOf, refusals } from '../filter.ts';
import { BudgetCount } from './budget-count.ts';

/** Pods that have to go so that another one fits on their node. */
export interface Preemption {
  readonly node: string;
  readonly victims: readonly Pod[];
  /** How many of them a disruption budget would have kept. */
  readonly violations: number;
}

export interface PreemptionInputs extends Pick<PlacementInputs, 'state' | 'namespaceLabels' | 'storage' | 'devices'> {
  readonly budgets: readonly PodDisruptionBudget[];
}

/** Whether a pod may push others out at all. */
export function mayPreempt({ spec }: Pod): boolean {
  return spec?.preemptionPolicy !== 'Never';
}

/**
 * The node on which least has to go for a pod that fits nowhere, and what: only pods of lower priority, and as few as will do, the least important of them first. `undefined`
 * when no such pods are in the way. After Kubernetes' documentation of pod priority and preemption. The state is as it was when this returns.
 */
export function chooseVictims(pod: Pod, inputs: PreemptionInputs): Preemption | undefined {
  if (!mayPreempt(pod)) return undefined;
  let best: Preemption | undefined;
  for (const node of inputs.state.nodes()) {
    const preemption = preemptionOn(node, pod, inputs);
    if (preemption && (!best || isBetter(preemption, best))) best = preemption;
  }
  return best;
}

function preemptionOn(node: NodeState, pod: Pod, inputs: PreemptionInputs): Preemption | undefined {
  const { state, budgets } = inputs;
  const lower = [...node.pods.values()].filter((placed) => isInTheWay(placed, pod));
  if (lower.length === 0) return undefined;
  const fits = () => {
    const now = state.node(node.name);
    return now !== undefined && fitsOn(now, pod, inputs);
  };
  for (const { pod: one } of lower) state.removePod(one.metadata?.uid ?? '');
  try {
    if (!fits()) return undefined;
    const count = new BudgetCount(budgets);
    const important = lower.toSorted(byImportance);
    const kept = new Set(important.filter(({ pod: one }) => count.isKept(one)));
    const victims: PlacedPod[] = [];
    // Those that a budget keeps are let back in first.
    for (const placed of [...kept, ...important.filter((one) => !kept.has(one))]) {
      putBack(state, placed);
      if (fits()) continue;
      state.removePod(placed.pod.metadata?.uid ?? '');
      victims.push(placed);
    }
    return {
      node: node.name,
      victims: victims.map((placed) => placed.pod),
      violations: victims.filter((placed) => kept.has(placed)).length,
    };
  } finally {
    for (const placed of lower) putBack(state, placed);
  }
}

function fitsOn(node: NodeState, pod: Pod, { state, namespaceLabels, storage, devices }: PreemptionInputs): boolean {
  const candidate = candidateOf(pod, state, namespaceLabels, storage, devices);
  if (candidate.claims.obstacle !== undefined || candidate.devices?.obstacle !== undefined) return false;
  return refusals(candidate, node).length === 0;
}

function isInTheWay({ pod: placed }: PlacedPod, pod: Pod): boolean {
  // One that is only promised its place, or being bound to it, keeps it for now.
  const runs = placed.spec?.nodeName !== undefined && placed.metadata?.deletionTimestamp === undefined;
  return runs && priorityOf(placed) < priorityOf(pod);
}

function putBack(state: ClusterState, { pod, node }: PlacedPod): void {
  state.setPod(pod, node);
}

/** The more important pod first: of higher priority, or running for longer. */
function byImportance(a: PlacedPod, b: PlacedPod): number {
  return priorityOf(b.pod) - priorityOf(a.pod) || startOf(a.pod) - startOf(b.pod);
}

function startOf({ status }: Pod): number {
  const startedMs = Date.parse(status?.startTime ?? '');
  return Number.isNaN(startedMs) ? Number.POSITIVE_INFINITY : startedMs;
}

function isBetter(one: Preemption, other: Preemption): boolean {
  const [a, b] = [costOf(one), costOf(other)];
  const at = a.findIndex((figure, index) => figure !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** What is compared in turn, the smaller the better: budgets violated, the highest priority that goes, all priorities together, pods; then the pods that run for the shortest time go. */
function costOf({ violations, victims }: Preemption): readonly number[] {
  const priorities = victims.map(priorityOf);
  const highest = Math.max(...priorities);
  const longest = Math.min(...victims.filter((pod) => priorityOf(pod) === highest).map(startOf));
  const total = priorities.reduce((sum, priority) => sum + priority + LOWEST_PRIORITY, 0);
  return [violations, highest, total, victims.length, -longest];
}

/** Added to each, so that more pods of a negative priority do not cost less. */
const LOWEST_PRIORITY = 2 ** 31;
