import type { FlowSchema, PriorityLevelConfiguration } from '../../lib/kube/types.ts';

/*
 * The flow schemas and priority levels that every cluster has from its first start, after upstream's list. The mandatory ones are what classification falls back
 * on: they cannot be changed and come back when they are deleted. The suggested ones are a beginning that an administrator may change.
 */

type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
/** While it says `true`, the server keeps the object's spec as it is here. */
export const autoupdateSpec = 'apf.kubernetes.io/autoupdate-spec';

const metadataOf = (name: string) => ({ name, annotations: { [autoupdateSpec]: 'true' } });

function limitedLevel(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queuing?: { readonly queues: number; readonly handSize: number },
): PriorityLevelConfiguration {
  return {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: metadataOf(name),
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares,
        limitResponse: queuing ? { type: 'Queue', queuing: { ...queuing, queueLengthLimit: 50 } } : { type: 'Reject' },
        lendablePercent,
      },
    },
  };
}

export const mandatoryPriorityLevels: readonly PriorityLevelConfiguration[] = [
  limitedLevel('catch-all', 5, 0),
  {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: metadataOf('exempt'),
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
];

export const suggestedPriorityLevels: readonly PriorityLevelConfiguration[] = [
  limitedLevel('system', 30, 33, { queues: 64, handSize: 6 }),
  limitedLevel('node-high', 40, 25, { queues: 64, handSize: 6 }),
  limitedLevel('leader-election', 10, 0, { queues: 16, handSize: 4 }),
  limitedLevel('workload-high', 40, 50, { queues: 128, handSize: 6 }),
  limitedLevel('workload-low', 100, 90, { queues: 128, handSize: 6 }),
  limitedLevel('global-default', 20, 50, { queues: 128, handSize: 6 }),
];

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  rules: Rules,
): FlowSchema {
  return {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: metadataOf(name),
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(distinguisher ? { distinguisherMethod: { type: distinguisher } } : {}),
      rules: [rules],
    },
  };
}

const groups = (...names: readonly string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: readonly string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }));
const systemAccounts = (...names: readonly string[]): Subject[] =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }));

function resources(
  verbs: readonly string[],
  apiGroup: string,
  names: readonly string[],
  clusterScope = false,
): ResourceRule {
  return {
    verbs: [...verbs],
    apiGroups: [apiGroup],
    resources: [...names],
    ...(clusterScope ? { clusterScope } : {}),
    namespaces: ['*'],
  };
}

const everything = (subjects: Subject[]): Rules => ({
  subjects,
  resourceRules: [resources(['*'], '*', ['*'], true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

const electing = ['get', 'create', 'update'];
const leases = resources(electing, 'coordination.k8s.io', ['leases']);
const anybody = groups('system:unauthenticated', 'system:authenticated');
const controllerManager = 'system:kube-controller-manager';
const scheduler = 'system:kube-scheduler';

export const mandatoryFlowSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, everything(groups('system:masters'))),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(anybody)),
];

export const suggestedFlowSchemas: readonly FlowSchema[] = [
  schema('probes', 'exempt', 2, undefined, {
    subjects: anybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users(controllerManager, scheduler), ...systemAccounts('*')],
    resourceRules: [leases],
  }),
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [
      ...users(controllerManager),
      ...systemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
    ],
    resourceRules: [resources(electing, '', ['endpoints'])],
  }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', {
    subjects: systemAccounts('*'),
    resourceRules: [resources(electing, '', ['endpoints', 'configmaps']), leases],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      resources(['*'], '', ['nodes', 'nodes/status'], true),
      resources(['*'], 'coordination.k8s.io', ['leases']),
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', everything(groups('system:nodes'))),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything(users(controllerManager))),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(users(scheduler))),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(systemAccounts('*'))),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(groups('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(anybody)),
];
