import { expect, test } from 'vitest';
import type { ClusterRole, PolicyRule } from '../../lib/kube/types.ts';
import type { AccessAttributes } from '../apiserver/extension.ts';
import { aggregatedRules } from './aggregated-rules.ts';
import { bootstrapClusterRoles } from './bootstrap-roles.ts';
import { ruleAllows } from './policy-rules.ts';

/** Aggregated roles gather from one another, in this order. */
const roles = ['view', 'edit', 'admin'].reduce<readonly ClusterRole[]>(
  (all, name) =>
    all.map((role) =>
      role.metadata?.name === name ? { ...role, rules: [...(aggregatedRules(role, all) ?? [])] } : role,
    ),
  bootstrapClusterRoles,
);

function rulesOf(name: string): readonly PolicyRule[] {
  return roles.find((role) => role.metadata?.name === name)?.rules ?? [];
}

const may = (role: string, verb: string, resource: string, more: Partial<AccessAttributes> = {}) =>
  rulesOf(role).some((rule) => ruleAllows(rule, { verb, group: '', resource, ...more }));

test.each<[string, string, Partial<AccessAttributes>, string]>([
  ['get', 'pods', { subresource: 'log' }, 'view edit admin'],
  ['list', 'resourcequotas', { subresource: 'status' }, 'view edit admin'],
  ['get', 'secrets', {}, 'edit admin'],
  ['create', 'pods', { subresource: 'exec' }, 'edit admin'],
  ['create', 'pods', { subresource: 'eviction' }, 'edit admin'],
  ['update', 'services', {}, 'edit admin'],
  ['list', 'endpoints', {}, 'view edit admin'],
  // Whoever may write them sends a Service's traffic where he may not go himself (CVE-2021-25740).
  ['create', 'endpoints', {}, ''],
  ['patch', 'endpointslices', { group: 'discovery.k8s.io' }, ''],
  ['create', 'rolebindings', { group: 'rbac.authorization.k8s.io' }, 'admin'],
  ['update', 'resourcequotas', {}, ''],
  ['patch', 'pods', { subresource: 'resize' }, ''],
  ['get', 'nodes', {}, ''],
])('%s %s %j is for: view, edit or admin', (verb, resource, more, whose) => {
  expect(['view', 'edit', 'admin'].filter((role) => may(role, verb, resource, more)).join(' ')).toBe(whose);
});

test.each<[string, string, string, Partial<AccessAttributes>]>([
  ['system:kube-scheduler', 'create', 'pods', { subresource: 'binding' }],
  ['system:kube-scheduler', 'list', 'nodes', {}],
  ['system:volume-scheduler', 'update', 'persistentvolumes', {}],
  ['system:persistent-volume-provisioner', 'create', 'persistentvolumes', {}],
  ['system:node-proxier', 'watch', 'endpointslices', { group: 'discovery.k8s.io' }],
  ['system:node-problem-detector', 'patch', 'nodes', { subresource: 'status' }],
  ['system:kube-dns', 'list', 'services', {}],
  ['system:monitoring', 'get', 'nodes', { subresource: 'metrics' }],
])('%s, which charts bind, may %s %s %j', (role, verb, resource, more) => {
  expect(may(role, verb, resource, more)).toBe(true);
});
