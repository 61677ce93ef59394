import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role } from '../../lib/kube/types.ts';
import { apiGroups } from '../../lib/names.ts';
import { componentRoles } from './component-roles.ts';
import {
  aggregate,
  API_GROUP,
  API_VERSION,
  autoupdate,
  binding,
  bootstrapLabel,
  paths,
  read,
  role,
  rule,
  write,
} from './role-builders.ts';

/*
 * The roles and bindings that every cluster has from its first start, after upstream's list. Vigil's own groups belong to whoever may view: what they show is
 * filtered again by the namespaces that the user may read.
 */

const CERTIFICATES = 'certificates.k8s.io';
const TO_ADMIN = 'rbac.authorization.k8s.io/aggregate-to-admin';
const TO_EDIT = 'rbac.authorization.k8s.io/aggregate-to-edit';
const TO_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view';

const coreObjects = [
  'configmaps',
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
    // Read only: who may write them sends a Service's traffic where he may not go himself (CVE-2021-25740).
    'endpoints',
    'persistentvolumeclaims/status',
    'pods/log',
    'pods/status',
    'services/status',
    'events',
    'namespaces',
    'namespaces/status',
    'replicationcontrollers/status',
    'resourcequotas',
    'resourcequotas/status',
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
  rule(read, 'resource.k8s.io', ['resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates']),
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
  rule(write, 'resource.k8s.io', ['resourceclaims', 'resourceclaimtemplates']),
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
  // Its own certificate, before it expires.
  rule(['create', ...read], CERTIFICATES, ['certificatesigningrequests']),
];

/** Who may approve what a signer of the cluster signs. */
function approver(name: string, signer: string): ClusterRole {
  return role(`system:certificates.k8s.io:${name}-approver`, [
    rule(['approve'], CERTIFICATES, ['signers'], [`kubernetes.io/${signer}`]),
  ]);
}

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
  // What a machine that is not a node yet may do; whom it is given to is the administrator's to say.
  role('system:node-bootstrapper', [rule(['create', ...read], CERTIFICATES, ['certificatesigningrequests'])]),
  ...['nodeclient', 'selfnodeclient'].map((what) =>
    role(`system:certificates.k8s.io:certificatesigningrequests:${what}`, [
      rule(['create'], CERTIFICATES, [`certificatesigningrequests/${what}`]),
    ]),
  ),
  approver('kube-apiserver-client', 'kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet', 'kube-apiserver-client-kubelet'),
  approver('kubelet-serving', 'kubelet-serving'),
  approver('legacy-unknown', 'legacy-unknown'),
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
    rule(['get'], '', ['nodes/metrics']),
  ]),
  ...componentRoles,
];

/** Aggregated servers are bound to it, to find out whom to believe. */
export const bootstrapRoles: readonly Role[] = [
  {
    apiVersion: API_VERSION,
    kind: 'Role',
    metadata: {
      name: 'extension-apiserver-authentication-reader',
      namespace: 'kube-system',
      labels: bootstrapLabel,
      annotations: { [autoupdate]: 'true' },
    },
    rules: [rule(read, '', ['configmaps'], ['extension-apiserver-authentication'])],
  },
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
