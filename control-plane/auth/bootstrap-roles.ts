import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../lib/kube/types.ts';
import { apiGroups } from '../../lib/names.ts';

/*
 * The roles and bindings that every cluster has from its first start, after upstream's list. Vigil's own groups belong to whoever may view: what they show is
 * filtered again by the namespaces that the user may read.
 */

const API_GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${API_GROUP}/v1`;
/** Marks what the server keeps up to date at each start. */
export const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';
const bootstrapLabel = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

function rule(
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

function paths(verbs: readonly string[], urls: readonly string[]): PolicyRule {
  return { verbs: [...verbs], nonResourceURLs: [...urls] };
}

function role(name: string, rules: PolicyRule[], labels: Record<string, string> = {}): ClusterRole {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...bootstrapLabel, ...labels }, annotations: { [autoupdate]: 'true' } },
    rules,
  };
}

/** A role whose rules are those of all roles with a label. */
function aggregate(name: string, label: string, labels: Record<string, string> = {}): ClusterRole {
  return {
    ...role(name, [], labels),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] },
  };
}

function binding(
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

const TO_ADMIN = 'rbac.authorization.k8s.io/aggregate-to-admin';
const TO_EDIT = 'rbac.authorization.k8s.io/aggregate-to-edit';
const TO_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view';

const coreObjects = [
  'configmaps',
  'endpoints',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'serviceaccounts',
  'services',
];
const workloads = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const workloadStatuses = ['daemonsets/status', 'deployments/status', 'replicasets/status', 'statefulsets/status'];
const autoscaling = ['horizontalpodautoscalers'];
const vigilGroups = Object.values(apiGroups);
const connect = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'services/proxy'];

const viewRules: PolicyRule[] = [
  rule(read, '', [
    ...coreObjects,
    'persistentvolumeclaims/status',
    'pods/log',
    'pods/status',
    'services/status',
    'events',
    'namespaces',
    'namespaces/status',
    'resourcequotas',
    'limitranges',
    'bindings',
  ]),
  rule(read, 'events.k8s.io', ['events']),
  rule(read, 'discovery.k8s.io', ['endpointslices']),
  rule(read, 'apps', [...workloads, ...workloadStatuses, 'controllerrevisions']),
  rule(read, 'autoscaling', [...autoscaling, 'horizontalpodautoscalers/status']),
  rule(read, 'batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']),
  rule(read, 'networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies']),
  rule(read, 'policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  rule(read, 'metrics.k8s.io', ['pods']),
  rule([...read, 'create'], vigilGroups, ['*']),
];

const editRules: PolicyRule[] = [
  rule([...read], '', [...connect, 'secrets']),
  rule(['impersonate'], '', ['serviceaccounts']),
  rule(write, '', [...coreObjects, ...connect, 'secrets']),
  rule(['create'], '', ['pods/eviction', 'serviceaccounts/token']),
  rule(write, '', ['events']),
  rule(write, 'events.k8s.io', ['events']),
  rule(write, 'apps', [...workloads, 'deployments/rollback']),
  rule(write, 'autoscaling', autoscaling),
  rule(write, 'batch', ['cronjobs', 'jobs']),
  rule(write, 'networking.k8s.io', ['ingresses', 'networkpolicies']),
  rule(write, 'policy', ['poddisruptionbudgets']),
  rule([...read, ...write], 'coordination.k8s.io', ['leases']),
];

const adminRules: PolicyRule[] = [
  rule(['create'], 'authorization.k8s.io', ['localsubjectaccessreviews']),
  rule([...read, ...write], API_GROUP, ['roles', 'rolebindings']),
];

/** What an agent needs: its node and its pods. The Secrets, ConfigMaps and volumes of these are `NodeAuthorizer`'s. */
const nodeRules: PolicyRule[] = [
  rule(['create'], 'authentication.k8s.io', ['tokenreviews']),
  rule(['create'], 'authorization.k8s.io', ['localsubjectaccessreviews', 'subjectaccessreviews']),
  rule(read, '', ['services', 'endpoints', 'namespaces']),
  rule(['create', ...read, 'delete', 'patch', 'update'], '', ['nodes']),
  rule(['patch', 'update'], '', ['nodes/status']),
  rule(['create', 'patch', 'update', ...read], '', ['events']),
  rule(['create', 'patch', 'update'], 'events.k8s.io', ['events']),
  rule(['create', 'delete', ...read], '', ['pods']),
  rule(['patch', 'update'], '', ['pods/status']),
  rule(['create'], '', ['pods/eviction']),
  rule(read, '', ['serviceaccounts']),
  rule(['create'], '', ['serviceaccounts/token']),
  rule(['create', 'delete', 'patch', 'update', ...read], 'coordination.k8s.io', ['leases']),
  rule(read, 'discovery.k8s.io', ['endpointslices']),
  rule(read, 'apps', ['replicasets', 'deployments']),
];

export const bootstrapClusterRoles: readonly ClusterRole[] = [
  role('cluster-admin', [rule(['*'], '*', ['*']), paths(['*'], ['*'])]),
  aggregate('admin', TO_ADMIN),
  aggregate('edit', TO_EDIT, { [TO_ADMIN]: 'true' }),
  aggregate('view', TO_VIEW, { [TO_EDIT]: 'true' }),
  role('system:aggregate-to-admin', adminRules, { [TO_ADMIN]: 'true' }),
  role('system:aggregate-to-edit', editRules, { [TO_EDIT]: 'true' }),
  role('system:aggregate-to-view', viewRules, { [TO_VIEW]: 'true' }),
  role('system:discovery', [
    paths(
      ['get'],
      [
        '/',
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
    ),
  ]),
  role('system:basic-user', [
    rule(['create'], 'authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
    rule(['create'], 'authentication.k8s.io', ['selfsubjectreviews']),
  ]),
  role('system:public-info-viewer', [
    paths(
      ['get', 'head'],
      [
        '/healthz',
        '/healthz/*',
        '/livez',
        '/livez/*',
        '/readyz',
        '/readyz/*',
        '/version',
        '/version/',
        '/console',
        '/console/*',
      ],
    ),
  ]),
  role('system:service-account-issuer-discovery', [
    paths(['get'], ['/.well-known/openid-configuration', '/openid/v1/jwks']),
  ]),
  role('system:node', nodeRules),
  role('system:auth-delegator', [
    rule(['create'], 'authentication.k8s.io', ['tokenreviews']),
    rule(['create'], 'authorization.k8s.io', ['subjectaccessreviews']),
  ]),
  role('system:kubelet-api-admin', [
    rule(read, '', ['nodes']),
    rule(['proxy'], '', ['nodes']),
    rule(['*'], '', ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats', 'nodes/pods', 'nodes/healthz']),
  ]),
  role('system:monitoring', [
    paths(
      ['get'],
      ['/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/metrics/slis', '/readyz', '/readyz/*'],
    ),
  ]),
];

export const bootstrapClusterRoleBindings: readonly ClusterRoleBinding[] = [
  binding('cluster-admin', 'cluster-admin', ['system:masters']),
  binding('system:discovery', 'system:discovery', ['system:authenticated']),
  binding('system:basic-user', 'system:basic-user', ['system:authenticated']),
  binding('system:public-info-viewer', 'system:public-info-viewer', ['system:authenticated', 'system:unauthenticated']),
  binding('system:service-account-issuer-discovery', 'system:service-account-issuer-discovery', [
    'system:serviceaccounts',
  ]),
  binding('system:node', 'system:node', ['system:nodes']),
  binding('system:monitoring', 'system:monitoring', ['system:monitoring']),
];
