import { controllerOf } from '../../lib/kube/owner.ts';
import { isPodFinished } from '../../lib/kube/pod-facts.ts';
import { taintKeys } from '../../lib/kube/taints.ts';
import type { Node, Pod, Taint } from '../../lib/kube/types.ts';
import { hostPortsOf, type HostPort } from './host-ports.ts';
import { add, amountsOf, podRequests, subtract, type Amounts } from './pod-requests.ts';

/** A pod on a node, with what was worked out once when it came. */
export interface PlacedPod {
  readonly pod: Pod;
  readonly node: string;
  readonly requests: Amounts;
  /** With an assumed request for containers that state none: for scoring. */
  readonly assumedRequests: Amounts;
  readonly hostPorts: readonly HostPort[];
}

/** A node and the sums over its pods. */
export interface NodeState {
  readonly node: Node;
  readonly name: string;
  readonly taints: readonly Taint[];
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  readonly assumedRequested: Amounts;
  readonly pods: ReadonlyMap<string, PlacedPod>;
}

interface MutableNodeState {
  node: Node | undefined;
  name: string;
  taints: readonly Taint[];
  allocatable: Amounts;
  requested: Amounts;
  assumedRequested: Amounts;
  readonly pods: Map<string, PlacedPod>;
}

/**
 * Nodes and the pods on them, kept up to date change by change, so that a decision adds nothing up over all pods. Pods may be known before their node and
 * stay when it goes.
 */
export class ClusterState {
  readonly #nodes = new Map<string, MutableNodeState>();
  readonly #pods = new Map<string, PlacedPod>();
  /** Pods that refuse neighbours: only these need to be asked about a newcomer. */
  readonly #withAntiAffinity = new Set<PlacedPod>();
  readonly #withAffinity = new Set<PlacedPod>();
  readonly #byController = new Map<string, Set<PlacedPod>>();

  setNode(node: Node): void {
    const name = node.metadata?.name ?? '';
    const state = this.#stateOf(name);
    state.node = node;
    state.taints = taintsOf(node);
    state.allocatable = amountsOf(node.status?.allocatable ?? node.status?.capacity);
  }

  removeNode(name: string): void {
    const state = this.#nodes.get(name);
    if (!state) return;
    state.node = undefined;
    this.#dropIfEmpty(state);
  }

  /** Puts a pod onto a node, or moves it there. A finished pod takes nothing any more. True when it takes less of something than before. */
  setPod(pod: Pod, node: string): boolean {
    const uid = pod.metadata?.uid ?? '';
    const before = this.#pods.get(uid)?.requests ?? {};
    this.removePod(uid);
    if (isPodFinished(pod)) return Object.keys(before).length > 0;
    const placed: PlacedPod = {
      pod,
      node,
      requests: podRequests(pod, { withAssumed: false }),
      assumedRequests: podRequests(pod, { withAssumed: true }),
      hostPorts: hostPortsOf(pod),
    };
    this.#pods.set(uid, placed);
    const affinity = pod.spec?.affinity;
    if (affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution) this.#withAntiAffinity.add(placed);
    if (affinity?.podAffinity ?? affinity?.podAntiAffinity) this.#withAffinity.add(placed);
    const controller = controllerOf(pod)?.uid;
    if (controller !== undefined) {
      const sisters = this.#byController.get(controller);
      if (sisters) sisters.add(placed);
      else this.#byController.set(controller, new Set([placed]));
    }
    const state = this.#stateOf(node);
    state.pods.set(uid, placed);
    state.requested = add(state.requested, placed.requests);
    state.assumedRequested = add(state.assumedRequested, placed.assumedRequests);
    return Object.entries(before).some(([name, amount]) => (placed.requests[name] ?? 0) < amount);
  }

  removePod(uid: string): void {
    const placed = this.#pods.get(uid);
    if (!placed) return;
    this.#pods.delete(uid);
    this.#withAntiAffinity.delete(placed);
    this.#withAffinity.delete(placed);
    const controller = controllerOf(placed.pod)?.uid ?? '';
    const sisters = this.#byController.get(controller);
    sisters?.delete(placed);
    if (sisters?.size === 0) this.#byController.delete(controller);
    const state = this.#nodes.get(placed.node);
    if (!state) return;
    state.pods.delete(uid);
    state.requested = subtract(state.requested, placed.requests);
    state.assumedRequested = subtract(state.assumedRequested, placed.assumedRequests);
    this.#dropIfEmpty(state);
  }

  /** Nodes that exist. */
  nodes(): NodeState[] {
    return [...this.#nodes.values()].filter(exists);
  }

  node(name: string): NodeState | undefined {
    const state = this.#nodes.get(name);
    return state && exists(state) ? state : undefined;
  }

  pods(): Iterable<PlacedPod> {
    return this.#pods.values();
  }

  /** Pods under the same controller. */
  podsControlledBy(uid: string): Iterable<PlacedPod> {
    return this.#byController.get(uid) ?? [];
  }

  podsWithAntiAffinity(): Iterable<PlacedPod> {
    return this.#withAntiAffinity;
  }

  podsWithAffinity(): Iterable<PlacedPod> {
    return this.#withAffinity;
  }

  #stateOf(name: string): MutableNodeState {
    let state = this.#nodes.get(name);
    if (!state) {
      state = {
        node: undefined,
        name,
        taints: [],
        allocatable: {},
        requested: {},
        assumedRequested: {},
        pods: new Map(),
      };
      this.#nodes.set(name, state);
    }
    return state;
  }

  #dropIfEmpty(state: MutableNodeState): void {
    if (!state.node && state.pods.size === 0) this.#nodes.delete(state.name);
  }
}

function exists(state: MutableNodeState): state is MutableNodeState & { node: Node } {
  return state.node !== undefined;
}

/**
 * The node's taints, and `not-ready` for a node that does not say it is ready but was not tainted yet: a node that has just registered must not take pods
 * before it can run them.
 */
function taintsOf(node: Node): Taint[] {
  const taints = node.spec?.taints ?? [];
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status === 'True';
  const marked = taints.some(({ key }) => key === taintKeys.notReady || key === taintKeys.unreachable);
  return ready || marked ? [...taints] : [...taints, { key: taintKeys.notReady, effect: 'NoSchedule' }];
}
