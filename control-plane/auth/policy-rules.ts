import type { PolicyRule } from '../../lib/kube/types.ts';
import type { AccessAttributes } from '../apiserver/extension.ts';

/** True when the rule allows what is asked. Source: Kubernetes' RBAC documentation. */
export function ruleAllows(rule: PolicyRule, asked: AccessAttributes): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if (asked.nonResourcePath !== undefined) {
    const path = asked.nonResourcePath;
    return (rule.nonResourceURLs ?? []).some(
      (url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
    );
  }
  return (
    has(rule.apiGroups, asked.group ?? '') &&
    hasResource(rule.resources, asked.resource ?? '', asked.subresource) &&
    ((rule.resourceNames?.length ?? 0) === 0 ||
      (asked.name !== undefined && rule.resourceNames?.includes(asked.name) === true))
  );
}

// `*`, `pods`, `pods/log`, or any resource's `scale`.
function hasResource(
  resources: readonly string[] | undefined,
  resource: string,
  subresource: string | undefined,
): boolean {
  if (!resources) return false;
  const full = subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (one) => one === '*' || one === full || (subresource !== undefined && one === `*/${subresource}`),
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === '*' || one === value) === true;
}

/** True when the rules together allow everything that `wanted` allows: nobody may give what he does not have. */
export function rulesCover(rules: readonly PolicyRule[], wanted: PolicyRule): boolean {
  return parts(wanted).every((part) => rules.some((rule) => covers(rule, part)));
}

/** A rule taken apart into rules of one verb, group, resource, name or path each. */
function parts(rule: PolicyRule): PolicyRule[] {
  const result: PolicyRule[] = [];
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs ?? []) result.push({ verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const names = rule.resourceNames ?? [];
        if (names.length === 0) result.push({ verbs: [verb], apiGroups: [group], resources: [resource] });
        for (const name of names)
          result.push({ verbs: [verb], apiGroups: [group], resources: [resource], resourceNames: [name] });
      }
    }
  }
  return result;
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const verb = part.verbs[0] ?? '';
  if (!has(rule.verbs, verb)) return false;
  const url = part.nonResourceURLs?.[0];
  if (url !== undefined) {
    return (rule.nonResourceURLs ?? []).some(
      (one) => one === url || (one.endsWith('*') && url.startsWith(one.slice(0, -1))),
    );
  }
  const [resource = '', subresource] = (part.resources?.[0] ?? '').split('/', 2);
  const name = part.resourceNames?.[0];
  return (
    has(rule.apiGroups, part.apiGroups?.[0] ?? '') &&
    hasResource(rule.resources, resource, subresource) &&
    ((rule.resourceNames?.length ?? 0) === 0 || (name !== undefined && rule.resourceNames?.includes(name) === true))
  );
}
