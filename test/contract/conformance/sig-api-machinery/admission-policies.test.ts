import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectApiOperations } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const group = 'admissionregistration.k8s.io';

const condition = {
  type: 'PatchStatusFailed',
  status: 'True',
  reason: 'ByE2E',
  message: 'Set by a test',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

const policy = (namespace: string) => ({
  spec: {
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
    },
    validations: [{ expression: 'object.spec.replicas > 1', message: 'wants more than one' }],
  },
});

test('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations', () =>
  expectApiOperations(on.api, {
    group,
    version: 'v1',
    plural: 'validatingadmissionpolicies',
    prefix: 'policy',
    object: policy('nowhere'),
    status: { conditions: [condition] },
  }));

test('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations', () =>
  expectApiOperations(on.api, {
    group,
    version: 'v1',
    plural: 'validatingadmissionpolicybindings',
    prefix: 'binding',
    object: { spec: { policyName: 'policy-1', validationActions: ['Deny'] } },
  }));

test('[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicy API operations', () =>
  expectApiOperations(on.api, {
    group,
    version: 'v1',
    plural: 'mutatingadmissionpolicies',
    prefix: 'mutating',
    object: {
      spec: {
        matchConstraints: policy('nowhere').spec.matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{metadata: Object.metadata{annotations: {"a": "b"}}}' },
          },
        ],
      },
    },
  }));

test('[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicyBinding API operations', () =>
  expectApiOperations(on.api, {
    group,
    version: 'v1',
    plural: 'mutatingadmissionpolicybindings',
    prefix: 'mutating-binding',
    object: { spec: { policyName: 'mutating-1' } },
  }));

test('[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations', () =>
  expectApiOperations(on.api, {
    group: 'flowcontrol.apiserver.k8s.io',
    version: 'v1',
    plural: 'prioritylevelconfigurations',
    prefix: 'level',
    object: {
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
      },
    },
    status: { conditions: [condition] },
  }));

test('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment', async () => {
  const namespace = await on.namespace();
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await on.api.post(`/apis/${group}/v1/validatingadmissionpolicies`, {
    metadata: { name: 'replicated' },
    ...policy(namespace),
  });
  await on.api.post(`/apis/${group}/v1/validatingadmissionpolicybindings`, {
    metadata: { name: 'replicated' },
    spec: { policyName: 'replicated', validationActions: ['Deny'] },
  });
  const deployment = (name: string, replicas: number) => ({
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'demo:1' }] } },
    },
  });
  await eventually('the policy is in force', async () => {
    const dry = await on.api.send('POST', `${deployments}?dryRun=All`, { body: deployment('marker', 1) });
    return dry.status === 422;
  });
  expect((await on.api.post(deployments, deployment('replicated', 2))).spec).toMatchObject({ replicas: 2 });
  const refused = await on.api.send('POST', deployments, { body: deployment('single', 1) });
  expect(refused.status).toBe(422);
  expect(refused.json()).toMatchObject({
    message:
      "deployments.apps \"single\" is forbidden: ValidatingAdmissionPolicy 'replicated' with binding 'replicated' denied request: wants more than one",
  });
});
