import { taintKeys, untoleratedTaint } from '../../lib/kube/taints.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { ClusterState, NodeState } from './cluster-state.ts';
import { hostPortsOf, portsConflict, type HostPort } from './host-ports.ts';
import { selectsNode } from './node-selection.ts';
import { PodDeviceClaims, type DeviceView } from './devices/pod-device-claims.ts';
import { PodAffinityView, type NamespaceLabels } from './pod-affinity.ts';
import { podRequests, type Amounts } from './pod-requests.ts';
import { TopologySpreadView } from './topology-spread.ts';
import { PodClaims, type StorageView } from './volumes/pod-claims.ts';

/** A pod that wants a node, with everything about it that does not depend on which node is looked at. */
export interface Candidate {
  readonly pod: Pod;
  readonly requests: Amounts;
  readonly assumedRequests: Amounts;
  readonly hostPorts: readonly HostPort[];
  readonly affinity: PodAffinityView;
  readonly spread: TopologySpreadView;
  readonly claims: PodClaims;
  /** Absent when the pod names no devices. */
  readonly devices: PodDeviceClaims | undefined;
}

export function candidateOf(
  pod: Pod,
  state: ClusterState,
  namespaceLabels: NamespaceLabels,
  storage: StorageView,
  devices: DeviceView,
): Candidate {
  return {
    pod,
    requests: podRequests(pod, { withAssumed: false }),
    assumedRequests: podRequests(pod, { withAssumed: true }),
    hostPorts: hostPortsOf(pod),
    affinity: new PodAffinityView(pod, state, namespaceLabels),
    spread: new TopologySpreadView(pod, state),
    claims: new PodClaims(pod, storage),
    devices: pod.spec?.resourceClaims?.length ? new PodDeviceClaims(pod, devices) : undefined,
  };
}

/**
 * Why a node cannot take the pod, in the words of upstream's events; empty when it can. The first rule that refuses speaks, only missing resources are all
 * named.
 */
export function refusals(candidate: Candidate, state: NodeState): string[] {
  const { pod, hostPorts } = candidate;
  const tolerations = pod.spec?.tolerations ?? [];
  const cordon = { key: taintKeys.unschedulable, effect: 'NoSchedule' };
  if (state.node.spec?.unschedulable && untoleratedTaint([cordon], tolerations, ['NoSchedule'])) {
    return ['node(s) were unschedulable'];
  }
  if (pod.spec?.nodeName && pod.spec.nodeName !== state.name) {
    return ["node(s) didn't match the requested node name"];
  }
  const taint = untoleratedTaint(state.taints, tolerations, ['NoSchedule', 'NoExecute']);
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!selectsNode(pod, state.node)) return ["node(s) didn't match Pod's node affinity/selector"];
  if (hostPorts.length > 0 && portsTaken(hostPorts, state)) {
    return ["node(s) didn't have free ports for the requested pod ports"];
  }
  const missing = missingResources(candidate.requests, state);
  if (missing.length > 0) return missing;
  const refusal =
    candidate.claims.refusal(state.node, placedPods(state)) ??
    candidate.devices?.refusal(state.node) ??
    candidate.spread.refusal(state.node) ??
    candidate.affinity.refusal(state.node);
  return refusal ? [refusal] : [];
}

function* placedPods({ pods }: NodeState): Iterable<Pod> {
  for (const { pod } of pods.values()) yield pod;
}

function portsTaken(wanted: readonly HostPort[], state: NodeState): boolean {
  for (const placed of state.pods.values()) {
    if (placed.hostPorts.some((taken) => wanted.some((port) => portsConflict(taken, port)))) return true;
  }
  return false;
}

function missingResources(requests: Amounts, { allocatable, requested, pods }: NodeState): string[] {
  const missing: string[] = [];
  const maxPods = allocatable['pods'];
  if (maxPods !== undefined && pods.size + 1 > maxPods) missing.push('Too many pods');
  for (const [name, amount] of Object.entries(requests)) {
    if (amount > 0 && amount > (allocatable[name] ?? 0) - (requested[name] ?? 0)) missing.push(`Insufficient ${name}`);
  }
  return missing;
}
