import { labelMatcher } from '../../lib/kube/label-selector.ts';
import type { LabelSelector, Node, Pod } from '../../lib/kube/types.ts';
import type { ClusterState, PlacedPod } from './cluster-state.ts';
import { TopologyCounts } from './topology-counts.ts';

type PodAffinity = NonNullable<NonNullable<NonNullable<Pod['spec']>['affinity']>['podAffinity']>;
type AffinityTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

/** Labels of a namespace, for terms that choose namespaces by label. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** What a refusal by affinity is called in events, as upstream. */
type AffinityRefusal =
  | "node(s) didn't match pod affinity rules"
  | "node(s) didn't match pod anti-affinity rules"
  | "node(s) didn't satisfy existing pods anti-affinity rules";

/** How much a required affinity of a pod that is already there pulls a newcomer that it matches; upstream's default. */
const EXISTING_AFFINITY_WEIGHT = 1;

/** The affinities between one pod and all that are placed, worked out once and then asked for each node. */
export class PodAffinityView {
  readonly #terms: readonly AffinityTerm[];
  readonly #attracting = new TopologyCounts();
  readonly #repelling = new TopologyCounts();
  readonly #refusing = new TopologyCounts();
  readonly #preferences = new TopologyCounts();
  readonly #isFirstOfItsKind: boolean;

  constructor(pod: Pod, state: ClusterState, namespaceLabels: NamespaceLabels) {
    const affinity = pod.spec?.affinity;
    this.#terms = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const avoided = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const unwanted = affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const nodeOf = (placed: PlacedPod) => state.node(placed.node)?.node;
    const matcher = (term: AffinityTerm) => termMatcher(term, pod, namespaceLabels);

    if (this.#terms.length + avoided.length + preferred.length + unwanted.length > 0) {
      const required = this.#terms.map((term) => ({ term, matches: matcher(term) }));
      const refused = avoided.map((term) => ({ term, matches: matcher(term) }));
      const weighted = [
        ...preferred.map(({ podAffinityTerm: term, weight }) => ({ term, weight, matches: matcher(term) })),
        ...unwanted.map(({ podAffinityTerm: term, weight }) => ({ term, weight: -weight, matches: matcher(term) })),
      ];
      for (const placed of state.pods()) {
        const node = nodeOf(placed);
        if (required.length > 0 && required.every(({ matches }) => matches(placed.pod))) {
          for (const { term } of required) this.#attracting.add(term.topologyKey, node, 1);
        }
        for (const { term, matches } of refused) {
          if (matches(placed.pod)) this.#repelling.add(term.topologyKey, node, 1);
        }
        for (const { term, weight, matches } of weighted) {
          if (matches(placed.pod)) this.#preferences.add(term.topologyKey, node, weight);
        }
      }
    }

    for (const placed of state.podsWithAntiAffinity()) {
      const terms = placed.pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      for (const term of terms) {
        if (termMatcher(term, placed.pod, namespaceLabels)(pod))
          this.#refusing.add(term.topologyKey, nodeOf(placed), 1);
      }
    }
    for (const placed of state.podsWithAffinity()) this.#addPreferencesOf(placed, pod, nodeOf(placed), namespaceLabels);

    this.#isFirstOfItsKind = this.#attracting.isEmpty && this.#terms.every((term) => matcher(term)(pod));
  }

  /** Why the node is refused; `undefined` when it is not. */
  refusal(node: Node): AffinityRefusal | undefined {
    const attracted = this.#terms.every((term) => {
      const count = this.#attracting.at(term.topologyKey, node);
      return count !== undefined && (count > 0 || this.#isFirstOfItsKind);
    });
    if (!attracted) return "node(s) didn't match pod affinity rules";
    if (this.#repelling.anyAt(node)) return "node(s) didn't match pod anti-affinity rules";
    if (this.#refusing.anyAt(node)) return "node(s) didn't satisfy existing pods anti-affinity rules";
    return undefined;
  }

  /** Positive where the pod is wanted, negative where not; comparable between nodes only. */
  preference(node: Node): number {
    return this.#preferences.totalAt(node);
  }

  #addPreferencesOf(placed: PlacedPod, pod: Pod, node: Node | undefined, namespaceLabels: NamespaceLabels): void {
    const affinity = placed.pod.spec?.affinity;
    const wants = (term: AffinityTerm) => termMatcher(term, placed.pod, namespaceLabels)(pod);
    for (const term of affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (wants(term)) this.#preferences.add(term.topologyKey, node, EXISTING_AFFINITY_WEIGHT);
    }
    for (const { podAffinityTerm: term, weight } of affinity?.podAffinity
      ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (wants(term)) this.#preferences.add(term.topologyKey, node, weight);
    }
    for (const { podAffinityTerm: term, weight } of affinity?.podAntiAffinity
      ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (wants(term)) this.#preferences.add(term.topologyKey, node, -weight);
    }
  }
}

/** Whether another pod is one that a term of `owner` is about. */
function termMatcher(term: AffinityTerm, owner: Pod, namespaceLabels: NamespaceLabels): (pod: Pod) => boolean {
  const selector = labelMatcher(withLabelKeys(term.labelSelector, term, owner));
  const namespaces = term.namespaces ?? [];
  const byLabel = term.namespaceSelector && labelMatcher(term.namespaceSelector);
  const home = owner.metadata?.namespace ?? '';
  const covers = (namespace: string): boolean => {
    if (namespaces.includes(namespace) || byLabel?.matches(namespaceLabels(namespace))) return true;
    return namespaces.length === 0 && !byLabel && namespace === home;
  };
  return (pod) => covers(pod.metadata?.namespace ?? '') && selector.matches(pod.metadata?.labels);
}

/** Adds the values that the owner has for `matchLabelKeys` (same) and `mismatchLabelKeys` (different). */
export function withLabelKeys(
  selector: LabelSelector | undefined,
  keys: { readonly matchLabelKeys?: readonly string[]; readonly mismatchLabelKeys?: readonly string[] },
  owner: Pod,
): LabelSelector | undefined {
  if (!selector) return undefined;
  const labels = owner.metadata?.labels ?? {};
  const extra = [
    ...(keys.matchLabelKeys ?? []).map((key) => ({ key, operator: 'In' })),
    ...(keys.mismatchLabelKeys ?? []).map((key) => ({ key, operator: 'NotIn' })),
  ].flatMap(({ key, operator }) => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));
  return extra.length === 0
    ? selector
    : { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...extra] };
}
