import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiUnderTest } from '../../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const root = '/apis/admissionregistration.k8s.io/v1';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const onDeployments = {
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['deployments'],
};

async function policy(spec: object, binding: object = {}): Promise<void> {
  const made = await api.send('POST', `${root}/validatingadmissionpolicies`, {
    body: { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [onDeployments] }, ...spec } },
  });
  expect(made.status, made.body).toBe(201);
  const bound = await api.send('POST', `${root}/validatingadmissionpolicybindings`, {
    body: { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Deny'], ...binding } },
  });
  expect(bound.status, bound.body).toBe(201);
}

const deployment = (name: string, replicas: number, labels: object = {}, podLabels: object = {}) => ({
  metadata: { name, labels },
  spec: {
    replicas,
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b', ...podLabels } },
      spec: { containers: [{ name: 'main', image: 'a:1' }] },
    },
  },
});
const deploy = (name: string, replicas: number, labels: object = {}) =>
  api.send('POST', deployments, { body: deployment(name, replicas, labels) });

test('an object that breaks a validation is denied, with the message that the policy makes', async () => {
  await policy({
    variables: [{ name: 'wanted', expression: 'object.spec.replicas' }],
    validations: [
      {
        expression: 'variables.wanted <= 3 && variables.wanted % 2 == 1',
        messageExpression: '"%d replicas are not odd and few".format([variables.wanted])',
      },
    ],
  });
  expect((await deploy('ok', 3)).status).toBe(201);
  const denied = await deploy('bad', 4);
  expect(denied.status).toBe(422);
  expect(denied.json()).toMatchObject({
    reason: 'Invalid',
    message:
      "deployments.apps \"bad\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: 4 replicas are not odd and few",
  });
});

test('labels, the one who asks and what was there before can be spoken of', async () => {
  await policy({
    validations: [
      {
        expression: 'object.metadata.labels["app.kubernetes.io/name"] == "shop"',
        reason: 'Forbidden',
        message: 'no shop',
      },
      { expression: 'request.userInfo.username.endsWith("admin")' },
      { expression: 'oldObject == null || object.spec.replicas >= oldObject.spec.replicas', message: 'may not shrink' },
    ],
  });
  expect((await deploy('a', 1, { 'app.kubernetes.io/name': 'other' })).status).toBe(403);
  expect((await deploy('a', 2, { 'app.kubernetes.io/name': 'shop' })).status).toBe(201);
  const shrunk = await api.send('PATCH', `${deployments}/a`, {
    body: { spec: { replicas: 1 } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(shrunk.json()['message']).toContain('may not shrink');
});

test('a binding may only warn, and only mean some objects', async () => {
  await policy(
    { validations: [{ expression: 'false', message: 'never' }] },
    { validationActions: ['Warn'], matchResources: { objectSelector: { matchLabels: { guarded: 'yes' } } } },
  );
  expect((await deploy('a', 1)).headers['warning']).toBeUndefined();
  const warned = await deploy('b', 1, { guarded: 'yes' });
  expect(warned.status).toBe(201);
  expect(String(warned.headers['warning'])).toContain(
    "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': never",
  );
});

test('parameters come from an object that the binding names', async () => {
  await policy(
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object.spec.replicas <= int(params.data.max)', message: 'too many' }],
    },
    { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
  );
  expect((await deploy('a', 1)).json()['message']).toContain('no params found');
  await api.send('POST', '/api/v1/namespaces/default/configmaps', {
    body: { metadata: { name: 'limits' }, data: { max: '2' } },
  });
  expect((await deploy('a', 2)).status).toBe(201);
  expect((await deploy('b', 3)).json()['message']).toContain('too many');
});

test('what cannot be evaluated denies, unless that is to be ignored', async () => {
  await policy({ validations: [{ expression: 'object.spec.nothing == 1' }] });
  expect((await deploy('a', 1)).status).toBe(422);
  await api.send('PATCH', `${root}/validatingadmissionpolicies/p`, {
    body: { spec: { failurePolicy: 'Ignore' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect((await deploy('a', 1)).status).toBe(201);
});

test('a policy whose expression cannot be read is refused', async () => {
  const answer = await api.send('POST', `${root}/validatingadmissionpolicies`, {
    body: {
      metadata: { name: 'p' },
      spec: { matchConstraints: { resourceRules: [onDeployments] }, validations: [{ expression: 'object.a ++' }] },
    },
  });
  expect(answer.status).toBe(422);
  expect(answer.json()['message']).toContain(
    'spec.validations[0].expression: Invalid value: "object.a ++": compilation failed: ERROR: <input>:1:',
  );
});

test('a policy may ask what whoever sent the request may do, and what a service account may', async () => {
  await policy({
    matchConditions: [
      { name: 'who-may-not-delete', expression: "!authorizer.requestResource.check('delete').allowed()" },
    ],
    validations: [
      {
        expression:
          "object.spec.replicas <= 3 || authorizer.group('apps').resource('deployments').subresource('scale').namespace('default').check('update').allowed()",
        message: 'who may not scale may not begin large',
      },
      {
        expression:
          "!object.spec.template.metadata.labels.?robot.hasValue() || authorizer.serviceAccount('kube-system', 'robot').group('').resource('pods').check('list').allowed()",
        message: 'the robot may not',
      },
    ],
  });
  const token = await api.tokenOf('deployer');
  const mayCreate = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['create'] };
  await grant('deployer', 'deployer', [mayCreate]);
  const asDeployer = (name: string, replicas: number, labels: object = {}) =>
    api.send('POST', deployments, { body: deployment(name, replicas, {}, labels), token });

  expect((await asDeployer('small', 3)).status).toBe(201);
  expect((await asDeployer('large', 4)).json()['message']).toContain('who may not scale may not begin large');
  expect((await asDeployer('watched', 1, { robot: 'yes' })).json()['message']).toContain('the robot may not');
  await grant('scaler', 'deployer', [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['update'] }]);
  await grant('robot', 'robot', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
  expect((await asDeployer('large', 4)).status).toBe(201);
  expect((await asDeployer('watched', 1, { robot: 'yes' })).status).toBe(201);
  // The administrator may delete, so that the policy does not mean him.
  expect((await deploy('admins', 9)).status).toBe(201);
});

async function grant(role: string, account: string, rules: readonly object[]): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await api.send('POST', `${rbac}/clusterroles`, { body: { metadata: { name: role }, rules } });
  const bound = await api.send('POST', `${rbac}/clusterrolebindings`, {
    body: {
      metadata: { name: role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'kube-system' }],
    },
  });
  expect(bound.status, bound.body).toBe(201);
}
