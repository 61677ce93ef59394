import { isPathSegment } from '../../../lib/kube/name-rules.ts';
import type { ClusterRoleBinding, RoleBinding } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

export const roleBindingStrategy: Strategy<RoleBinding> = { nameErrors: isPathSegment, default: defaultBinding };

export const clusterRoleBindingStrategy: Strategy<ClusterRoleBinding> = {
  nameErrors: isPathSegment,
  default: defaultBinding,
};

function defaultBinding(binding: RoleBinding | ClusterRoleBinding): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}
