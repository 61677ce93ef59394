import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { ApiAnswer, ApiObject, Fields } from '../api-client.ts';
import { expectDiscovered, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';
import { WebhookServer, type AdmissionRequest, type Verdict } from '../webhook-server.ts';

const root = '/apis/admissionregistration.k8s.io/v1';
const mutating = `${root}/mutatingwebhookconfigurations`;
const validating = `${root}/validatingwebhookconfigurations`;
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const crs = (namespace: string) => `/apis/hooks.example.com/v1/namespaces/${namespace}/gadgets`;

const dataOf = ({ object }: AdmissionRequest) => object?.data ?? {};
/** Adds `added` when `wanted` is there. */
const stage =
  (wanted: string, added: string, value: string) =>
  (request: AdmissionRequest): Verdict =>
    dataOf(request)[wanted] === undefined ? undefined : { patch: [{ op: 'add', path: `/data/${added}`, value }] };

let on: ConformanceCluster;
let hooks: WebhookServer;
const made: string[] = [];

beforeAll(async () => {
  hooks = await WebhookServer.start({
    allow: () => undefined,
    deny: () => ({ denied: 'this webhook denies all requests' }),
    'deny-attach': () => ({ denied: "attaching to pod 'to-be-attached-pod' is not allowed" }),
    'deny-offending': (request) =>
      Object.values((request.object ?? request.oldObject)?.data ?? {}).includes('webhook-disallow')
        ? { denied: 'the custom resource contains unwanted data' }
        : undefined,
    'mutate-1': stage('mutation-start', 'mutation-stage-1', 'yes'),
    'mutate-2': stage('mutation-stage-1', 'mutation-stage-2', 'yes'),
    label: () => ({ patch: [{ op: 'add', path: '/metadata/labels', value: { 'webhook-e2e-test': 'mutated' } }] }),
  });
  on = await ConformanceCluster.start(['node-1']);
  await on.api.post(definitions, {
    metadata: { name: 'gadgets.hooks.example.com' },
    spec: {
      group: 'hooks.example.com',
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                data: { type: 'object', additionalProperties: { type: 'string' } },
                // Knows the first two of the three fields that the webhooks add.
                pruned: {
                  type: 'object',
                  properties: { 'mutation-start': { type: 'string' }, 'mutation-stage-1': { type: 'string' } },
                },
              },
            },
          },
        },
      ],
    },
  });
  await eventually('the kind is served', async () => (await on.api.send('GET', crs('default'))).status === 200);
});
afterEach(async () => {
  for (const path of made.splice(0)) await on.api.send('DELETE', path);
});
afterAll(async () => {
  await on?.stop();
  await hooks?.stop();
});

const on1 = (group: string, resource: string, operations: readonly string[] = ['CREATE']) => ({
  operations,
  apiGroups: [group],
  apiVersions: ['v1'],
  resources: [resource],
});

const webhook = (name: string, hook: string, rules: readonly object[], namespace?: string, more: Fields = {}) => ({
  name: `${name}.k8s.io`,
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Fail',
  clientConfig: hooks.clientConfig(hook),
  rules,
  ...(namespace === undefined
    ? {}
    : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }),
  ...more,
});

async function register(
  collection: string,
  name: string,
  webhooks: readonly object[],
  labels: Readonly<Record<string, string>> = {},
): Promise<ApiObject> {
  const created = await on.api.post(collection, { metadata: { name, labels }, webhooks });
  made.push(`${collection}/${name}`);
  return created;
}

let serial = 0;
const configMap = (data: Readonly<Record<string, string>>) => ({ metadata: { name: `map-${++serial}` }, data });
const createMap = (namespace: string, data: Readonly<Record<string, string>>) =>
  on.api.send('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body: configMap(data) });

function expectDenied(answer: ApiAnswer, text: string): void {
  expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
  expect(answer.text).toContain('denied the request');
  expect(answer.text).toContain(text);
}

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should include webhook resources in discovery documents', async () => {
  for (const plural of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    await expectDiscovered(on.api, { group: 'admissionregistration.k8s.io', version: 'v1', plural });
  }
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate configmap', async () => {
  const namespace = await on.namespace();
  await register(mutating, 'maps', [
    webhook('one', 'mutate-1', [on1('', 'configmaps')], namespace),
    webhook('two', 'mutate-2', [on1('', 'configmaps')], namespace),
  ]);
  expect((await createMap(namespace, { 'mutation-start': 'yes' })).json().data).toEqual({
    'mutation-start': 'yes',
    'mutation-stage-1': 'yes',
    'mutation-stage-2': 'yes',
  });
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource', async () => {
  const namespace = await on.namespace();
  await register(mutating, 'gadgets', [
    webhook('one', 'mutate-1', [on1('hooks.example.com', 'gadgets')], namespace),
    webhook('two', 'mutate-2', [on1('hooks.example.com', 'gadgets')], namespace),
  ]);
  const created = await on.api.post(crs(namespace), {
    apiVersion: 'hooks.example.com/v1',
    kind: 'Gadget',
    metadata: { name: 'mutated' },
    data: { 'mutation-start': 'yes' },
  });
  expect(created.data).toEqual({
    'mutation-start': 'yes',
    'mutation-stage-1': 'yes',
    'mutation-stage-2': 'yes',
  });
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with pruning', async () => {
  const namespace = await on.namespace();
  const pruning = await WebhookServer.start({
    add: () => ({
      patch: [
        { op: 'add', path: '/pruned/mutation-stage-1', value: 'yes' },
        { op: 'add', path: '/pruned/mutation-stage-2', value: 'yes' },
      ],
    }),
  });
  await register(mutating, 'pruned', [
    webhook('one', 'allow', [on1('hooks.example.com', 'gadgets')], namespace, {
      clientConfig: pruning.clientConfig('add'),
    }),
  ]);
  const created = await on.api.post(crs(namespace), {
    apiVersion: 'hooks.example.com/v1',
    kind: 'Gadget',
    metadata: { name: 'pruned' },
    pruned: { 'mutation-start': 'yes' },
  });
  expect(created['pruned']).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
  await pruning.stop();
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny attaching pod', async () => {
  const namespace = await on.namespace();
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await on.api.post(pods, {
    metadata: { name: 'to-be-attached-pod' },
    spec: { containers: [{ name: 'container1', image: 'demo:1' }] },
  });
  await eventually(
    'the pod runs',
    async () => (await on.api.get(`${pods}/to-be-attached-pod`)).status?.['phase'] === 'Running',
  );
  await register(validating, 'attaching', [
    webhook('attach', 'deny-attach', [on1('', 'pods/attach', ['CONNECT'])], namespace),
  ]);
  const query = '?container=container1&stdin=true&stdout=true';
  expectDenied(
    await on.api.send('GET', `${pods}/to-be-attached-pod/attach${query}`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'v5.channel.k8s.io',
      },
    }),
    "attaching to pod 'to-be-attached-pod' is not allowed",
  );
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny custom resource creation, update and deletion', async () => {
  const namespace = await on.namespace();
  await register(validating, 'gadgets', [
    webhook(
      'gadgets',
      'deny-offending',
      [on1('hooks.example.com', 'gadgets', ['CREATE', 'UPDATE', 'DELETE'])],
      namespace,
    ),
  ]);
  const gadget = (name: string, value: string) => ({
    apiVersion: 'hooks.example.com/v1',
    kind: 'Gadget',
    metadata: { name },
    data: { key: value },
  });
  const offending = 'the custom resource contains unwanted data';
  expectDenied(await on.api.send('POST', crs(namespace), { body: gadget('refused', 'webhook-disallow') }), offending);
  await on.api.post(crs(namespace), gadget('allowed', 'fine'));
  const path = `${crs(namespace)}/allowed`;
  const patch = {
    body: { data: { key: 'webhook-disallow' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  };
  expectDenied(await on.api.send('PATCH', path, patch), offending);
  // What is there already may not go either.
  await on.api.delete(made.pop() ?? '');
  await on.api.patch(path, patch.body);
  await register(validating, 'again', [
    webhook('gadgets', 'deny-offending', [on1('hooks.example.com', 'gadgets', ['DELETE'])], namespace),
  ]);
  expectDenied(await on.api.send('DELETE', path), offending);
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should deny crd creation', async () => {
  await register(validating, 'definitions', [
    webhook('definitions', 'deny', [on1('apiextensions.k8s.io', 'customresourcedefinitions')], undefined, {
      objectSelector: { matchLabels: { refuse: 'me' } },
    }),
  ]);
  const body = {
    metadata: { name: 'refuseds.hooks.example.com', labels: { refuse: 'me' } },
    spec: {
      group: 'hooks.example.com',
      scope: 'Cluster',
      names: { plural: 'refuseds', kind: 'Refused' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  expectDenied(await on.api.send('POST', definitions, { body }), 'this webhook denies all requests');
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should unconditionally reject operations on fail closed webhook', async () => {
  const namespace = await on.namespace();
  const { url } = hooks.clientConfig('allow') as { readonly url: string };
  await register(validating, 'closed', [
    webhook('closed', 'allow', [on1('', 'configmaps')], namespace, { clientConfig: { url } }),
  ]);
  const refused = await createMap(namespace, {});
  expect(refused.status).toBe(500);
  expect(refused.json()).toMatchObject({
    reason: 'InternalError',
    message: expect.stringContaining('failed calling webhook "closed.k8s.io"'),
  });
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should not be able to mutate or prevent deletion of webhook configuration objects', async () => {
  const rule = {
    operations: ['*'],
    apiGroups: ['admissionregistration.k8s.io'],
    apiVersions: ['*'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
  };
  await register(validating, 'prevents', [webhook('prevents', 'deny', [rule])]);
  await register(mutating, 'changes', [webhook('changes', 'label', [rule])]);
  for (const collection of [validating, mutating]) {
    await on.api.post(collection, { metadata: { name: 'dummy' }, webhooks: [] });
    expect((await on.api.get(`${collection}/dummy`)).metadata.labels ?? {}).toEqual({});
    await on.api.delete(`${collection}/dummy`);
    expect((await on.api.send('GET', `${collection}/dummy`)).status).toBe(404);
  }
});

for (const { entry, collection, hook, isDenied } of [
  {
    entry:
      '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a mutating webhook should work',
    collection: mutating,
    hook: 'mutate-1',
    isDenied: false,
  },
  {
    entry:
      '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a validating webhook should work',
    collection: validating,
    hook: 'deny',
    isDenied: true,
  },
]) {
  test(entry, async () => {
    const namespace = await on.namespace();
    await register(collection, 'changing', [webhook('changing', hook, [on1('', 'configmaps')], namespace)]);
    const isTouched = async () => {
      const answer = await createMap(namespace, { 'mutation-start': 'yes' });
      return isDenied ? answer.status >= 400 : answer.json().data?.['mutation-stage-1'] === 'yes';
    };
    expect(await isTouched()).toBe(true);
    await updateWith(on.api, `${collection}/changing`, (object) => ({
      ...object,
      webhooks: (object['webhooks'] as readonly object[]).map((one) => ({
        ...one,
        rules: [on1('', 'configmaps', ['UPDATE'])],
      })),
    }));
    expect(await isTouched()).toBe(false);
    const steps = [{ op: 'replace', path: '/webhooks/0/rules/0/operations/0', value: 'CREATE' }];
    await on.api.patch(`${collection}/changing`, steps, 'json');
    expect(await isTouched()).toBe(true);
  });
}

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing mutating webhooks should work', async () => {
  const namespace = await on.namespace();
  for (let index = 0; index < 10; index++) {
    await register(mutating, `listed-${index}`, [webhook('listed', 'mutate-1', [on1('', 'configmaps')], namespace)], {
      list: 'these',
    });
  }
  const selected = `${mutating}?labelSelector=list%3Dthese`;
  expect((await on.api.list(selected)).items).toHaveLength(10);
  const mutated = await createMap(namespace, { 'mutation-start': 'yes' });
  expect(mutated.json().data).toHaveProperty('mutation-stage-1');
  await on.api.delete(selected);
  expect((await on.api.list(selected)).items).toEqual([]);
  const plain = await createMap(namespace, { 'mutation-start': 'yes' });
  expect(plain.json().data).toEqual({ 'mutation-start': 'yes' });
});

test('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update validating webhook configurations with match conditions', async () => {
  const first = [{ name: 'expression-1', expression: "object.metadata.namespace == 'production'" }];
  const second = [{ name: 'expression-2', expression: "object.metadata.namespace == 'staging'" }];
  const conditionsOf = async () => {
    const { webhooks } = (await on.api.get(`${validating}/conditions`)) as unknown as {
      readonly webhooks: readonly { readonly matchConditions: unknown }[];
    };
    return webhooks[0]?.matchConditions;
  };
  await register(validating, 'conditions', [
    webhook('conditions', 'deny', [on1('', 'configmaps')], 'nowhere', { matchConditions: first }),
  ]);
  expect(await conditionsOf()).toEqual(first);
  await updateWith(on.api, `${validating}/conditions`, (object) => ({
    ...object,
    webhooks: (object['webhooks'] as readonly object[]).map((one) => ({ ...one, matchConditions: second })),
  }));
  expect(await conditionsOf()).toEqual(second);
});

for (const { entry, collection } of [
  {
    entry:
      '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject mutating webhook configurations with invalid match conditions',
    collection: mutating,
  },
  {
    entry:
      '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject validating webhook configurations with invalid match conditions',
    collection: validating,
  },
]) {
  test(entry, async () => {
    const body = {
      metadata: { name: 'invalid' },
      webhooks: [
        webhook('invalid', 'deny', [on1('', 'configmaps')], 'nowhere', {
          matchConditions: [{ name: 'invalid-expression-1', expression: '... [] bad expression' }],
        }),
      ],
    };
    const answer = await on.api.send('POST', collection, { body });
    expect(answer.status).toBe(422);
    expect(answer.json()['message']).toContain('compilation failed');
  });
}
