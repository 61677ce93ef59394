import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../lib/kube/types.ts';

/** How the roles that every cluster has are written. */
export const API_GROUP = 'rbac.authorization.k8s.io';
export const API_VERSION = `${API_GROUP}/v1`;
/** Marks what the server keeps up to date at each start. */
export const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';
export const bootstrapLabel = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

export const read = ['get', 'list', 'watch'];
export const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

export function rule(
  verbs: readonly string[],
  apiGroup: string | readonly string[],
  resources: readonly string[],
  names?: readonly string[],
): PolicyRule {
  return {
    verbs: [...verbs],
    apiGroups: typeof apiGroup === 'string' ? [apiGroup] : [...apiGroup],
    resources: [...resources],
    ...(names ? { resourceNames: [...names] } : {}),
  };
}

export function paths(verbs: readonly string[], urls: readonly string[]): PolicyRule {
  return { verbs: [...verbs], nonResourceURLs: [...urls] };
}

export function role(name: string, rules: PolicyRule[], labels: Record<string, string> = {}): ClusterRole {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...bootstrapLabel, ...labels }, annotations: { [autoupdate]: 'true' } },
    rules,
  };
}

/** A role whose rules are those of all roles with a label; they are written later. */
export function aggregate(name: string, label: string, labels: Record<string, string> = {}): ClusterRole {
  const { rules: _, ...rest } = role(name, [], labels);
  return {
    ...rest,
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] },
  };
}

export function binding(
  name: string,
  roleName: string,
  groups: readonly string[],
  users: readonly string[] = [],
): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: bootstrapLabel, annotations: { [autoupdate]: 'true' } },
    roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name: roleName },
    subjects: [
      ...groups.map((group) => ({ kind: 'Group', name: group, apiGroup: API_GROUP })),
      ...users.map((user) => ({ kind: 'User', name: user, apiGroup: API_GROUP })),
    ],
  };
}
