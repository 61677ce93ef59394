import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/contract/agentnet/eventually.ts';
import { ApiUnderTest } from '../../../../test/support/api-under-test.ts';
import { widgetCrd } from '../../../../test/support/crd-builders.ts';
import { TlsWebhook, type Asked } from '../../../../test/support/tls-webhook.ts';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const v1 = '/apis/shop.example.com/v1/namespaces/default/widgets';
const v2 = '/apis/shop.example.com/v2/namespaces/default/widgets';

type Widget = {
  apiVersion: string;
  metadata: { name: string; labels?: Record<string, string>; [field: string]: unknown };
  spec: Record<string, unknown>;
};

let hook: TlsWebhook;
let api: ApiUnderTest;
beforeAll(async () => {
  hook = await TlsWebhook.start();
});
afterAll(() => hook.stop());
beforeEach(async () => {
  api = await ApiUnderTest.start();
  hook.asked.length = 0;
  hook.says = splitting;
});
afterEach(() => api.stop());

const objectsOf = ({ review }: Asked) => review.request['objects'] as Widget[];

/** `v1` has `spec.hostPort`, `v2` has `spec.host` and `spec.port`. */
function splitting(asked: Asked): Record<string, unknown> {
  const wanted = asked.review.request['desiredAPIVersion'] as string;
  const convertedObjects = objectsOf(asked).map((object) => {
    const { spec } = object;
    if (wanted.endsWith('/v1'))
      return {
        ...object,
        apiVersion: wanted,
        spec: { hostPort: `${spec['host'] as string}:${spec['port'] as string}` },
      };
    const [host, port] = (spec['hostPort'] as string).split(':');
    return { ...object, apiVersion: wanted, spec: { host, port } };
  });
  return { result: { status: 'Success' }, convertedObjects };
}

/** A PUT on what stands now. */
async function replace(url: string, object: object) {
  const { metadata } = (await api.send('GET', url)).json() as { metadata: { resourceVersion: string } };
  return api.send('PUT', url, { body: { ...object, metadata } });
}

const text = { type: 'string' } as const;
const versionOf = (name: string, fields: readonly string[], more: object = {}) => ({
  name,
  served: true,
  storage: name === 'v2',
  selectableFields: fields.map((field) => ({ jsonPath: `.spec.${field}` })),
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: Object.fromEntries(fields.map((field) => [field, text])) },
        status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
  subresources: { status: {} },
  ...more,
});

function definition(more: Record<string, unknown> = {}): Record<string, unknown> {
  return widgetCrd(
    { type: 'object' },
    {},
    {
      versions: [versionOf('v1', ['hostPort']), versionOf('v2', ['host', 'port'])],
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: hook.clientConfig('/convert'), conversionReviewVersions: ['v1'] },
      },
      ...more,
    },
  );
}

async function define(more?: Record<string, unknown>): Promise<void> {
  const answer = await api.send('POST', crds, { body: definition(more) });
  expect(answer.status, answer.body).toBe(201);
}

const body = (version: string, name: string, spec: unknown, labels: Record<string, string> = {}) => ({
  apiVersion: `shop.example.com/${version}`,
  kind: 'Widget',
  metadata: { name, labels },
  spec,
});
const create = (name: string, hostPort: string, labels?: Record<string, string>) =>
  api.send('POST', v1, { body: body('v1', name, { hostPort }, labels) });
const specs = (answer: { json(): Record<string, unknown> }) =>
  (answer.json()['items'] as Widget[]).map(({ apiVersion, spec }) => ({ apiVersion, spec }));

describe('an object of a kind whose versions a webhook converts', () => {
  beforeEach(() => define());

  test('is written in one version and read in the other', async () => {
    const made = await create('one', 'a:1');
    expect(made.status, made.body).toBe(201);
    expect(made.json()).toMatchObject({ apiVersion: 'shop.example.com/v1', spec: { hostPort: 'a:1' } });
    const other = await api.send('GET', `${v2}/one`);
    expect(other.json()).toMatchObject({
      apiVersion: 'shop.example.com/v2',
      metadata: { name: 'one', generation: 1 },
      spec: { host: 'a', port: '1' },
    });
    expect((await api.send('GET', `${v1}/one`)).json()).toMatchObject({ spec: { hostPort: 'a:1' } });
    const [first] = hook.asked;
    expect(first).toMatchObject({
      path: '/convert',
      review: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'ConversionReview',
        request: { desiredAPIVersion: 'shop.example.com/v2', objects: [{ apiVersion: 'shop.example.com/v1' }] },
      },
    });
  });

  test('is updated, patched and applied in the version that is asked for', async () => {
    await create('one', 'a:1');
    const put = await replace(`${v2}/one`, body('v2', 'one', { host: 'b', port: '2' }));
    expect(put.json()).toMatchObject({
      apiVersion: 'shop.example.com/v2',
      spec: { host: 'b' },
      metadata: { generation: 2 },
    });
    const patched = await api.send('PATCH', `${v1}/one`, {
      body: { spec: { hostPort: 'c:3' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.json()).toMatchObject({ spec: { hostPort: 'c:3' } });
    expect((await api.send('GET', `${v2}/one`)).json()['spec']).toEqual({ host: 'c', port: '3' });
    const apply = (path: string, sent: object) =>
      api.send('PATCH', `${path}/two?fieldManager=me&force=true`, {
        body: sent,
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    const applied = await apply(v1, body('v1', 'two', { hostPort: 'd:4' }));
    expect(applied.status, applied.body).toBe(201);
    expect(applied.json()).toMatchObject({ spec: { hostPort: 'd:4' } });
    const again = await apply(v2, body('v2', 'two', { host: 'e' }));
    expect(again.status, again.body).toBe(200);
    expect(again.json()['spec']).toEqual({ host: 'e', port: '4' });
    const status = await api.send('PATCH', `${v1}/two/status`, {
      body: { status: { ready: true } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(status.status, status.body).toBe(200);
    expect((await api.send('DELETE', `${v1}/two`)).status).toBe(200);
    expect((await api.send('GET', `${v2}/two`)).status).toBe(404);
  });

  test('is validated by the schema of the version in which it comes', async () => {
    const answer = await api.send('POST', `${v1}?fieldValidation=Strict`, { body: body('v1', 'one', { host: 'a' }) });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('unknown field \\"spec.host\\"');
  });

  test('is listed in batches, page by page, and selected by fields of the version', async () => {
    for (const name of ['a', 'b', 'c']) await create(name, `${name}:1`, { name });
    hook.asked.length = 0;
    const all = await api.send('GET', v1);
    expect(specs(all)).toEqual(
      ['a', 'b', 'c'].map((name) => ({ apiVersion: 'shop.example.com/v1', spec: { hostPort: `${name}:1` } })),
    );
    await api.clock.advance(60_000);
    hook.asked.length = 0;
    await api.send('GET', v1);
    expect(hook.asked.map((one) => objectsOf(one).length)).toEqual([3]);
    expect(specs(await api.send('GET', `${v2}?fieldSelector=spec.host=b`))).toMatchObject([{ spec: { host: 'b' } }]);
    expect(specs(await api.send('GET', `${v1}?fieldSelector=spec.hostPort=c:1`))).toMatchObject([
      { spec: { hostPort: 'c:1' } },
    ]);
    expect((await api.send('GET', `${v1}?fieldSelector=spec.host=b`)).status).toBe(400);
    const page = await api.send('GET', `${v1}?limit=2&labelSelector=name`);
    const metadata = page.json()['metadata'] as { continue: string };
    const next = await api.send('GET', `${v1}?limit=2&labelSelector=name&continue=${metadata.continue}`);
    expect([...specs(page), ...specs(next)]).toHaveLength(3);
    expect(specs(next)).toMatchObject([{ spec: { hostPort: 'c:1' } }]);
  });

  test('is converted once, whoever reads it, and again after a while', async () => {
    await create('one', 'a:1');
    hook.asked.length = 0;
    await api.send('GET', `${v1}/one`);
    await api.send('GET', `${v1}/one`);
    expect(hook.asked).toEqual([]);
    await api.clock.advance(60_000);
    await api.send('GET', `${v1}/one`);
    expect(hook.asked).toHaveLength(1);
  });

  test('keeps its metadata but for labels and annotations', async () => {
    hook.says = (asked) => {
      const answer = splitting(asked);
      const objects = answer['convertedObjects'] as Widget[];
      for (const object of objects)
        object.metadata = { ...object.metadata, labels: { made: 'yes' }, generation: 99, finalizers: ['a.b/c'] };
      return answer;
    };
    await create('one', 'a:1');
    const { metadata } = (await api.send('GET', `${v2}/one`)).json() as { metadata: Record<string, unknown> };
    expect(metadata).toMatchObject({ labels: { made: 'yes' }, generation: 1 });
    expect(metadata).not.toHaveProperty('finalizers');
  });
});

describe('a webhook that does not convert', () => {
  beforeEach(() => define());
  const gvk = 'shop.example.com/v1, Kind=Widget';
  const invalid = `conversion webhook for ${gvk} returned invalid converted object at index 0:`;
  const changed = (change: (object: Widget) => unknown) => (asked: Asked) => {
    const answer = splitting(asked);
    return { ...answer, convertedObjects: (answer['convertedObjects'] as Widget[]).map(change) };
  };

  test.each<[string, (asked: Asked) => Record<string, unknown>, string]>([
    [
      'says why',
      () => ({ result: { status: 'Failed', message: 'not today' } }),
      `conversion webhook for ${gvk} failed: not today`,
    ],
    ['says nothing', () => ({}), `conversion webhook for ${gvk} failed: response.result.status was '', not 'Success'`],
    ['answers something else', () => ({ uid: 'x' }), `conversion webhook for ${gvk} failed: expected response.uid=`],
    [
      'leaves objects out',
      () => ({ result: { status: 'Success' }, convertedObjects: [] }),
      `conversion webhook for ${gvk} returned 0 objects, expected 1`,
    ],
    [
      'does not change the version',
      changed((object) => ({ ...object, apiVersion: 'shop.example.com/v1' })),
      `${invalid} invalid groupVersion (expected shop.example.com/v2, received shop.example.com/v1)`,
    ],
    [
      'renames',
      changed((object) => ({ ...object, metadata: { ...object.metadata, name: 'other' } })),
      `${invalid} must have the same name: one != `,
    ],
    [
      'takes another for it',
      changed((object) => ({ ...object, metadata: { ...object.metadata, uid: 'other' } })),
      `${invalid} must have the same UID: `,
    ],
    [
      'labels wrongly',
      changed((object) => ({ ...object, metadata: { ...object.metadata, labels: { a: 'not valid' } } })),
      `${invalid} metadata.labels: Invalid value`,
    ],
  ])('%s: that is what the client is told', async (_, says, message) => {
    hook.says = says;
    const answer = await create('one', 'a:1');
    expect(answer.status).toBe(500);
    expect(answer.json()['message']).toContain(message);
    expect((await api.send('GET', `${v2}/one`)).status).toBe(404);
  });

  test('cannot be reached: reading fails, and works again when it is there', async () => {
    await create('one', 'a:1');
    await api.clock.advance(60_000);
    hook.says = () => ({ result: { status: 'Failed', message: 'asleep' } });
    expect((await api.send('GET', `${v1}/one`)).json()['message']).toContain('failed: asleep');
    expect((await api.send('GET', v1)).status).toBe(500);
    expect((await api.send('GET', `${v2}/one`)).status).toBe(200);
    hook.says = splitting;
    expect((await api.send('GET', `${v1}/one`)).status).toBe(200);
  });
});

describe('a watch', () => {
  test('tells what happens in its own version, by its own fields, in order', async () => {
    await define();
    await create('one', 'a:1');
    await create('two', 'b:1');
    const seen: string[] = [];
    const controller = new AbortController();
    const { client } = api.core;
    const type = {
      group: 'shop.example.com',
      version: 'v1',
      kind: 'Widget',
      plural: 'widgets',
      singular: 'widget',
      namespaced: true,
      shortNames: [],
      categories: [],
    };
    const watching = (async () => {
      for await (const { type: what, object } of client.watch(
        type,
        { namespace: 'default', fieldSelector: 'spec.hostPort=a:1', resourceVersion: '0' },
        controller.signal,
      )) {
        const { metadata, spec } = object as unknown as Widget;
        seen.push(`${what} ${metadata.name} ${spec['hostPort'] as string}`);
      }
    })().catch(() => undefined);
    await eventually(() => seen).toEqual(['ADDED one a:1']);
    await replace(`${v2}/two`, body('v2', 'two', { host: 'a', port: '1' }));
    await replace(`${v2}/one`, body('v2', 'one', { host: 'c', port: '1' }));
    await create('three', 'z:1');
    await api.send('DELETE', `${v2}/two`);
    await eventually(() => seen).toEqual(['ADDED one a:1', 'ADDED two a:1', 'DELETED one a:1', 'DELETED two a:1']);
    controller.abort();
    await watching;
  });
});

describe('a kind whose stored version changes', () => {
  test('keeps what is stored in the old one readable, says so, and rewrites it with the next update', async () => {
    await define();
    await create('one', 'a:1');
    const path = `${crds}/widgets.shop.example.com`;
    const versions = [
      versionOf('v1', ['hostPort'], { storage: true }),
      versionOf('v2', ['host', 'port'], { storage: false }),
    ];
    const answer = await api.send('PATCH', path, {
      body: { spec: { versions } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(answer.status, answer.body).toBe(200);
    await expect
      .poll(async () => ((await api.send('GET', path)).json()['status'] as { storedVersions: string[] }).storedVersions)
      .toEqual(['v2', 'v1']);
    expect((await api.send('GET', `${v1}/one`)).json()['spec']).toEqual({ hostPort: 'a:1' });
    const before = (await api.send('GET', `${v2}/one`)).json() as { metadata: { resourceVersion: string } };
    const put = await api.send('PUT', `${v2}/one`, { body: before });
    expect(put.status, put.body).toBe(200);
    expect((put.json()['metadata'] as { resourceVersion: string }).resourceVersion).not.toBe(
      before.metadata.resourceVersion,
    );
    await api.clock.advance(60_000);
    hook.asked.length = 0;
    await api.send('GET', `${v1}/one`);
    expect(hook.asked).toEqual([]);
  });
});

describe('admission that asks for one version', () => {
  const registration = '/apis/admissionregistration.k8s.io/v1';
  const rule = { operations: ['*'], apiGroups: ['shop.example.com'], apiVersions: ['v1'], resources: ['widgets'] };
  const register = (kind: 'mutating' | 'validating', more: object = {}) =>
    api.send('POST', `${registration}/${kind}webhookconfigurations`, {
      body: {
        metadata: { name: 'guard' },
        webhooks: [
          {
            name: 'guard.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            rules: [rule],
            clientConfig: hook.clientConfig('/admit'),
            ...more,
          },
        ],
      },
    });
  const admits = (admission: Record<string, unknown>) => {
    hook.says = (asked) => (asked.path === '/admit' ? admission : splitting(asked));
  };
  const admissions = () => hook.asked.filter(({ path }) => path === '/admit').map(({ review }) => review.request);
  const post = (host: string) => api.send('POST', v2, { body: body('v2', 'one', { host, port: '1' }) });

  test('is shown what was sent in another version in that one', async () => {
    await define();
    await register('validating', {
      matchConditions: [{ name: 'own', expression: 'object == null || object.spec.hostPort != ""' }],
    });
    admits({ allowed: true });
    expect((await post('a')).status).toBe(201);
    expect((await api.send('DELETE', `${v2}/one`)).status).toBe(200);
    expect(admissions()).toMatchObject([
      {
        operation: 'CREATE',
        kind: { version: 'v1', kind: 'Widget' },
        resource: { version: 'v1', resource: 'widgets' },
        requestKind: { version: 'v2', kind: 'Widget' },
        requestResource: { version: 'v2', resource: 'widgets' },
        object: { apiVersion: 'shop.example.com/v1', spec: { hostPort: 'a:1' } },
      },
      { operation: 'DELETE', oldObject: { spec: { hostPort: 'a:1' } } },
    ]);
  });

  test('changes it in that one', async () => {
    await define();
    await register('mutating');
    const patch = JSON.stringify([{ op: 'replace', path: '/spec/hostPort', value: 'b:2' }]);
    admits({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(patch).toString('base64') });
    expect((await post('a')).json()).toMatchObject({
      apiVersion: 'shop.example.com/v2',
      spec: { host: 'b', port: '2' },
    });
  });

  test('is not asked about others when it wants exactly that', async () => {
    await define();
    await register('validating', { matchPolicy: 'Exact' });
    admits({ allowed: false });
    expect((await post('a')).status).toBe(201);
    expect((await create('two', 'a:1')).status).toBe(403);
  });

  test('may be a policy that changes objects', async () => {
    await define();
    await api.send('POST', `${registration}/mutatingadmissionpolicies`, {
      body: {
        metadata: { name: 'p' },
        spec: {
          matchConstraints: { resourceRules: [{ ...rule, operations: ['CREATE', 'UPDATE'] }] },
          reinvocationPolicy: 'Never',
          mutations: [
            {
              patchType: 'ApplyConfiguration',
              applyConfiguration: {
                expression:
                  'Object{spec: Object.spec{hostPort: "x" + object.spec.hostPort}, metadata: Object.metadata{labels: {"a": "b"}}}',
              },
            },
          ],
        },
      },
    });
    await api.send('POST', `${registration}/mutatingadmissionpolicybindings`, {
      body: { metadata: { name: 'p' }, spec: { policyName: 'p' } },
    });
    expect((await post('a')).json()).toMatchObject({
      apiVersion: 'shop.example.com/v2',
      metadata: { labels: { a: 'b' } },
      spec: { host: 'xa', port: '1' },
    });
    expect((await create('two', 'b:2')).json()['spec']).toEqual({ hostPort: 'xb:2' });
  });

  test('may be a policy', async () => {
    await define();
    await api.send('POST', `${registration}/validatingadmissionpolicies`, {
      body: {
        metadata: { name: 'p' },
        spec: {
          matchConstraints: { resourceRules: [rule] },
          validations: [{ expression: 'object.spec.hostPort.startsWith("a")' }],
        },
      },
    });
    await api.send('POST', `${registration}/validatingadmissionpolicybindings`, {
      body: { metadata: { name: 'p' }, spec: { policyName: 'p', validationActions: ['Deny'] } },
    });
    expect((await post('b')).json()['message']).toContain('failed expression: object.spec.hostPort.startsWith("a")');
    expect((await post('a')).status).toBe(201);
  });
});

describe('versions without a webhook', () => {
  test('differ in what their schemas know', async () => {
    await define({ conversion: { strategy: 'None' } });
    await api.send('POST', v2, { body: body('v2', 'one', { host: 'a', port: '1' }) });
    expect((await api.send('GET', `${v1}/one`)).json()).toMatchObject({ apiVersion: 'shop.example.com/v1', spec: {} });
    expect((await api.send('GET', `${v2}/one`)).json()['spec']).toEqual({ host: 'a', port: '1' });
  });
});

describe('a definition', () => {
  const webhook = () => ({ clientConfig: hook.clientConfig(), conversionReviewVersions: ['v1'] });
  test.each<[string, () => object, string]>([
    ['without a webhook', () => ({ strategy: 'Webhook' }), 'spec.conversion.webhookClientConfig: Required value'],
    [
      'with a webhook that is not asked',
      () => ({ strategy: 'None', webhook: webhook() }),
      'spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook',
    ],
    [
      'with reviews that nobody knows',
      () => ({ strategy: 'Webhook', webhook: { ...webhook(), conversionReviewVersions: ['v9'] } }),
      'must include at least one of v1, v1beta1',
    ],
    [
      'with a webhook in the clear',
      () => ({ strategy: 'Webhook', webhook: { ...webhook(), clientConfig: { url: 'http://a' } } }),
      "'https' is the only allowed URL scheme",
    ],
  ])('%s is refused', async (_, conversion, message) => {
    const answer = await api.send('POST', crds, { body: definition({ conversion: conversion() }) });
    expect(answer.status).toBe(422);
    expect(answer.json()['message']).toContain(message);
  });
});
