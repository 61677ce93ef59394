import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCa, issueCertificate, type KeyPair } from '../../../lib/pki.ts';
import { ApiUnderTest } from '../../../test/support/api-under-test.ts';

type Review = {
  apiVersion: string;
  request: { uid: string; operation: string; object: { metadata: { labels?: object } }; dryRun: boolean };
};
type Response = Readonly<Record<string, unknown>>;

let ca: KeyPair;
let server: Server;
let url: string;
/** What the webhook says, by its path; `undefined` = it does not answer. */
let says: (path: string, review: Review) => Response | undefined;
let asked: { path: string; review: Review }[];

beforeAll(async () => {
  ca = await createCa('test', Date.now());
  const leaf = await issueCertificate(ca, {
    commonName: 'webhook',
    dnsNames: ['guard.default.svc'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    nowMs: Date.now(),
  });
  server = createServer({ cert: leaf.cert, key: leaf.key }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const review = JSON.parse(body) as Review;
      const path = request.url ?? '';
      asked.push({ path, review });
      const answer = says(path, review);
      if (!answer) return;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid: review.request.uid, ...answer },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
  asked = [];
  says = () => ({ allowed: true });
});
afterEach(() => api.stop());

const configMaps = '/api/v1/namespaces/default/configmaps';
const onConfigMaps = {
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
};

async function register(kind: 'Mutating' | 'Validating', webhooks: readonly Record<string, unknown>[]): Promise<void> {
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: 'guard' },
    webhooks: webhooks.map((webhook, n) => ({
      name: `w${n}.example.com`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      rules: [onConfigMaps],
      clientConfig: { url: `${url}/w${n}`, caBundle: Buffer.from(ca.cert).toString('base64') },
      ...webhook,
    })),
  };
  const plural = `${kind.toLowerCase()}webhookconfigurations`;
  const answer = await api.send('POST', `/apis/admissionregistration.k8s.io/v1/${plural}`, { body });
  expect(answer.status, answer.body).toBe(201);
}

const create = (name: string, more: object = {}, query = '') =>
  api.send('POST', `${configMaps}${query}`, { body: { metadata: { name, ...more }, data: { a: '1' } } });

const patchOf = (...operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

describe('a validating webhook', () => {
  test('is told what is asked, by whom, and may refuse with a reason', async () => {
    await register('Validating', [{}]);
    says = () => ({
      allowed: false,
      status: { message: 'no b today', code: 422, reason: 'Invalid' },
      warnings: ['soon'],
    });
    const answer = await create('one');
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      message: 'admission webhook "w0.example.com" denied the request: no b today',
    });
    expect(asked[0]?.review.request).toMatchObject({
      operation: 'CREATE',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { resource: 'configmaps' },
      namespace: 'default',
      name: 'one',
      userInfo: { username: 'system:serviceaccount:kube-system:admin' },
      object: { data: { a: '1' } },
      oldObject: null,
    });
    expect((await api.send('GET', `${configMaps}/one`)).status).toBe(404);
  });

  test('is asked about deletions with what was there, and its warnings are passed on', async () => {
    await register('Validating', [{}]);
    says = () => ({ allowed: true, warnings: ['use another kind'] });
    const made = await create('one');
    expect(String(made.headers['warning'])).toContain('use another kind');
    await api.send('DELETE', `${configMaps}/one`);
    expect(asked.at(-1)?.review.request).toMatchObject({
      operation: 'DELETE',
      object: null,
      oldObject: { data: { a: '1' } },
    });
  });

  test('guards a subresource that it names, and nothing else of the object', async () => {
    const rule = { ...onConfigMaps, resources: ['pods/ephemeralcontainers'] };
    await register('Validating', [{ rules: [rule] }]);
    says = () => ({ allowed: false, status: { message: 'nobody looks in' } });
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { containers: [{ name: 'c', image: 'demo:1' }] };
    await api.send('POST', pods, { body: { metadata: { name: 'p' }, spec } });
    const patch = (path: string, body: object) =>
      api.send('PATCH', path, { body, headers: { 'content-type': 'application/strategic-merge-patch+json' } });
    expect((await patch(`${pods}/p`, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect(asked).toEqual([]);
    const look = { name: 'look', image: 'tools:1' };
    const answer = await patch(`${pods}/p/ephemeralcontainers`, { spec: { ephemeralContainers: [look] } });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('nobody looks in');
    expect(asked.map(({ review }) => review.request)).toMatchObject([
      {
        operation: 'UPDATE',
        resource: { resource: 'pods' },
        subResource: 'ephemeralcontainers',
        object: { spec: { ephemeralContainers: [look] } },
      },
    ]);
  });

  test.each([
    ['another operation', { rules: [{ ...onConfigMaps, operations: ['DELETE'] }] }],
    ['another kind', { rules: [{ ...onConfigMaps, resources: ['secrets', 'configmaps/status'] }] }],
    ['another namespace', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
    ['objects with a label', { objectSelector: { matchLabels: { guarded: 'yes' } } }],
    [
      'a condition that does not hold',
      { matchConditions: [{ name: 'c', expression: 'object.metadata.name == "two"' }] },
    ],
    [
      'somebody who may not what this one may',
      { matchConditions: [{ name: 'c', expression: '!authorizer.requestResource.check("delete").allowed()' }] },
    ],
  ])('is not asked when it is for %s', async (_, webhook) => {
    await register('Validating', [webhook]);
    says = () => ({ allowed: false });
    expect((await create('one')).status).toBe(201);
    expect(asked).toEqual([]);
  });

  test('that cannot be reached refuses, or is ignored when that is wanted', async () => {
    const closed = { clientConfig: { url: 'https://127.0.0.1:1/' } };
    await register('Validating', [{ ...closed, failurePolicy: 'Ignore' }]);
    expect((await create('one')).status).toBe(201);
    await api.send('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guard');
    await register('Validating', [closed]);
    const answer = await create('two');
    expect(answer.status).toBe(500);
    expect(answer.json()['message']).toContain(
      'failed calling webhook "w0.example.com": failed to call webhook: Post "https://127.0.0.1:1/"',
    );
  });

  test('whose certificate nobody vouches for is not believed', async () => {
    await register('Validating', [{ clientConfig: { url } }]);
    expect((await create('one')).status).toBe(500);
    expect(asked).toEqual([]);
  });

  test('behind a Service is asked at a ready endpoint, under the name of the Service', async () => {
    const port = Number(new URL(url).port);
    await api.send('POST', '/api/v1/namespaces/default/services', {
      body: { metadata: { name: 'guard' }, spec: { ports: [{ port: 443 }] } },
    });
    await api.send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      body: {
        metadata: { name: 'guard-1', labels: { 'kubernetes.io/service-name': 'guard' } },
        addressType: 'IPv4',
        ports: [{ name: '', port, protocol: 'TCP' }],
        endpoints: [
          { addresses: ['127.0.0.2'], conditions: { ready: false } },
          { addresses: ['127.0.0.1'], conditions: { ready: true } },
        ],
      },
    });
    const service = { namespace: 'default', name: 'guard', path: '/check' };
    await register('Validating', [{ clientConfig: { service, caBundle: Buffer.from(ca.cert).toString('base64') } }]);
    const answer = await create('one');
    expect(answer.status, answer.body).toBe(201);
    expect(asked.map(({ path }) => path)).toEqual(['/check']);
  });

  test('cannot keep itself from being taken away', async () => {
    await register('Validating', [
      { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] },
    ]);
    says = () => ({ allowed: false });
    const answer = await api.send(
      'DELETE',
      '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guard',
    );
    expect(answer.status).toBe(200);
  });
});

describe('mutating webhooks', () => {
  test('of the older review version are asked in that, and need say neither whom they answer nor how a patch is written', async () => {
    await register('Mutating', [{ admissionReviewVersions: ['v2', 'v1beta1', 'v1'] }]);
    const { patchType: _, ...patch } = patchOf({ op: 'add', path: '/data/b', value: '2' });
    says = () => ({ ...patch, uid: undefined });
    expect((await create('one')).json()).toMatchObject({ data: { a: '1', b: '2' } });
    expect(asked.map(({ review }) => review.apiVersion)).toEqual(['admission.k8s.io/v1beta1']);
  });

  test('change the object one after the other, and see it again when others changed it', async () => {
    await register('Mutating', [{ reinvocationPolicy: 'IfNeeded' }, {}]);
    says = (path) => patchOf({ op: 'add', path: `/data/${path.slice(1)}`, value: 'x' });
    const made = await create('one');
    expect(made.json()).toMatchObject({
      metadata: { name: 'one', namespace: 'default' },
      data: { a: '1', w0: 'x', w1: 'x' },
    });
    expect(asked.map(({ path }) => path)).toEqual(['/w0', '/w1', '/w0']);
  });

  test('leave an object that is still valid, or the request is refused', async () => {
    await register('Mutating', [{}]);
    says = () => patchOf({ op: 'add', path: '/data/not a key', value: 'x' });
    const answer = await create('one');
    expect(answer.status).toBe(422);
    expect(answer.json()['message']).toContain('not a key');
  });

  test('with a patch that cannot be applied have failed', async () => {
    await register('Mutating', [{}]);
    says = () => patchOf({ op: 'remove', path: '/nothing' });
    expect((await create('one')).status).toBe(500);
  });

  test('are told of a dry run', async () => {
    await register('Mutating', [{}]);
    expect((await create('one', {}, '?dryRun=All')).status).toBe(201);
    expect(asked[0]?.review.request.dryRun).toBe(true);
  });
});
