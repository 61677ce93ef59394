import { labelMatcher } from '../../lib/kube/label-selector.ts';
import type { ClusterRole, PolicyRule } from '../../lib/kube/types.ts';

/** The rules of all other roles that an aggregated role selects, in the order of the roles' names, each rule once; `undefined` for a role that aggregates none. */
export function aggregatedRules(role: ClusterRole, all: Iterable<ClusterRole>): readonly PolicyRule[] | undefined {
  if (!role.aggregationRule) return undefined;
  const matchers = (role.aggregationRule.clusterRoleSelectors ?? []).map((selector) => labelMatcher(selector));
  const name = nameOf(role);
  const selected = [...all]
    .filter((one) => nameOf(one) !== name && matchers.some((matcher) => matcher.matches(one.metadata?.labels)))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const rule of selected.flatMap((one) => one.rules ?? [])) {
    const key = identityOf(rule);
    if (!rules.has(key)) rules.set(key, rule);
  }
  return [...rules.values()];
}

/** Whether two lists hold the same rules in the same order. */
export function areSameRules(a: readonly PolicyRule[], b: readonly PolicyRule[]): boolean {
  return a.length === b.length && a.every((rule, index) => identityOf(rule) === identityOf(b[index] ?? { verbs: [] }));
}

const nameOf = ({ metadata }: ClusterRole): string => metadata?.name ?? '';

function identityOf(rule: PolicyRule): string {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs]);
}
