import { clusterRoles, roles } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import { isEqualJson } from '../registry/api-object.ts';
import { rulesCover } from './policy-rules.ts';
import type { Rbac } from './rbac.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Nobody can give away rights that he does not have himself, unless he was given the verb `escalate` (roles) or `bind` (bindings). */
export function escalationCheck(rbac: Rbac): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    validate(request) {
      const { resource } = request.definition;
      if (resource.group !== GROUP || !request.object || request.operation === 'DELETE') return;
      if (request.old && isEqualJson(grantOf(request.object), grantOf(request.old))) return;
      if (resource.plural === 'roles' || resource.plural === 'clusterroles') checkRole(rbac, request);
      else checkBinding(rbac, request);
    },
  };
}

/** The part of an object that gives rights. */
function grantOf(object: object): unknown {
  const { rules, aggregationRule, roleRef, subjects } = object as ClusterRole & RoleBinding;
  return { rules, aggregationRule, roleRef, subjects };
}

function checkRole(rbac: Rbac, request: AdmissionRequest): void {
  const { plural } = request.definition.resource;
  const role = request.object as ClusterRole;
  const asked = { verb: 'escalate', group: GROUP, resource: plural, namespace: request.namespace, name: request.name };
  if (rbac.authorize(request.context.user, asked).allowed) return;
  const wanted = [...(role.rules ?? [])];
  // An aggregated role can come to mean anything.
  if (role.aggregationRule)
    wanted.push({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] });
  refuseUncovered(rbac, request, wanted);
}

function checkBinding(rbac: Rbac, request: AdmissionRequest): void {
  const binding = request.object as RoleBinding;
  const { kind, name } = binding.roleRef;
  const referred = kind === 'ClusterRole' ? clusterRoles : roles;
  const asked = { verb: 'bind', group: GROUP, resource: referred.plural, namespace: request.namespace, name };
  if (rbac.authorize(request.context.user, asked).allowed) return;
  refuseUncovered(rbac, request, rbac.rulesOf(binding));
}

function refuseUncovered(rbac: Rbac, request: AdmissionRequest, wanted: readonly PolicyRule[]): void {
  const { user } = request.context;
  const own = rbac.rulesFor(user, request.namespace);
  const missing = wanted.filter((rule) => !rulesCover(own, rule));
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  throw forbidden(
    request.definition.resource,
    request.name,
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).join('\n')}`,
  );
}

function ruleText({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const list = (label: string, values: readonly string[] | undefined) =>
    values?.length ? [`${label}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`] : [];
  const parts = [
    ...list('APIGroups', apiGroups),
    ...list('Resources', resources),
    ...list('ResourceNames', resourceNames),
    ...list('NonResourceURLs', nonResourceURLs),
    ...list('Verbs', verbs),
  ];
  return `{${parts.join(', ')}}`;
}
