import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeProtobuf } from '../../lib/kube/protobuf.ts';
import { encodeProtobuf } from '../../lib/kube/protobuf-kind.ts';
import { ProtobufReader } from '../../lib/kube/protobuf-reader.ts';
import { ApiUnderTest, type Answer } from '../../test/support/api-under-test.ts';
import { widget, widgetCrd } from '../../test/support/crd-builders.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const protobuf = 'application/vnd.kubernetes.protobuf';
/** As client-go asks. */
const client = { accept: `${protobuf},application/json` };
const partial = (kind: string) => ({ accept: `${protobuf};as=${kind};g=meta.k8s.io;v=v1` });
const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const widgets = '/apis/shop.example.com/v1/namespaces/default/widgets';
const merge = { ...client, 'content-type': 'application/merge-patch+json' };

const make = (name: string) => api.send('POST', maps, { body: { metadata: { name }, data: { text: 'größer 🙂' } } });

/** The object of an answer that must be in protobuf. */
function objectOf(answer: Answer, status = 200): Record<string, unknown> {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, protobuf]);
  return decodeProtobuf(answer.bytes);
}

const deployment = {
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
  },
};

describe('an answer in protobuf', () => {
  test('has what the answer in JSON has', async () => {
    await make('a');
    const json = await api.send('GET', `${maps}/a`);
    expect(objectOf(await api.send('GET', `${maps}/a`, { headers: client }))).toEqual(json.json());
    expect(objectOf(await api.send('GET', `${maps}/a`, { headers: client }))).toEqual(json.json());
    const list = await api.send('GET', maps);
    const items = (list.json()['items'] as object[]).map((item) => ({ ...item }));
    expect(objectOf(await api.send('GET', maps, { headers: client }))).toMatchObject({
      kind: 'ConfigMapList',
      metadata: { resourceVersion: String(api.core.registry.revision) },
      items: items.map((item) => expect.objectContaining(without(item, 'kind', 'apiVersion')) as object),
    });
  });

  test('comes of lists in pages, too', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    const first = objectOf(await api.send('GET', `${maps}?limit=2`, { headers: client }));
    expect(first).toMatchObject({ metadata: { remainingItemCount: 1 } });
    const token = (first['metadata'] as { continue: string }).continue;
    const second = objectOf(await api.send('GET', `${maps}?limit=2&continue=${token}`, { headers: client }));
    expect(second['items']).toMatchObject([{ metadata: { name: 'c' } }]);
  });

  test('comes of what is written, tried and removed', async () => {
    const body = { metadata: { name: 'a' }, data: { on: 'yes' } };
    const tried = objectOf(await api.send('POST', `${maps}?dryRun=All`, { headers: json(client), body }), 201);
    expect(tried).toMatchObject({ data: { on: 'yes' } });
    const created = objectOf(await api.send('POST', maps, { headers: json(client), body }), 201);
    expect(created).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } });
    const sent = encodeProtobuf({ ...created, data: { on: 'no' } } as never);
    const updated = await api.send('PUT', `${maps}/a`, {
      headers: { ...client, 'content-type': protobuf },
      body: sent,
    });
    expect(objectOf(updated)).toMatchObject({ data: { on: 'no' } });
    const patched = await api.send('PATCH', `${maps}/a`, { headers: merge, body: { data: { more: '1' } } });
    expect(objectOf(patched)).toMatchObject({ data: { on: 'no', more: '1' } });
    const removed = objectOf(await api.send('DELETE', `${maps}/a`, { headers: client }));
    expect(removed).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Success', details: { name: 'a' } });
    await make('b');
    const all = objectOf(await api.send('DELETE', `${maps}?fieldSelector=metadata.name=b`, { headers: client }));
    expect(all).toMatchObject({ kind: 'ConfigMapList', items: [{ metadata: { name: 'b' } }] });
  });

  test('comes of subresources, reviews and kinds under another version', async () => {
    await api.send('POST', deployments, { body: deployment });
    const scale = objectOf(await api.send('GET', `${deployments}/web/scale`, { headers: client }));
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 2 } });
    const scaled = await api.send('PATCH', `${deployments}/web/scale`, {
      headers: merge,
      body: { spec: { replicas: 3 } },
    });
    expect(objectOf(scaled)).toMatchObject({ spec: { replicas: 3 } });
    expect(objectOf(await api.send('GET', `${deployments}/web/status`, { headers: client }))).toMatchObject({
      kind: 'Deployment',
    });
    const token = await api.send('POST', '/api/v1/namespaces/kube-system/serviceaccounts/admin/token', {
      headers: json(client),
      body: { spec: { expirationSeconds: 600 } },
    });
    expect(objectOf(token, 201)).toMatchObject({ kind: 'TokenRequest', spec: { expirationSeconds: 600 } });
    const review = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      headers: json(client),
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    });
    expect(objectOf(review, 201)).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: true } });
    await api.send('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', {
      body: {
        metadata: { name: 'web' },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
      },
    });
    const older = await api.send('GET', '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
      headers: client,
    });
    expect(objectOf(older)).toMatchObject({ apiVersion: 'autoscaling/v1', items: [{ spec: { maxReplicas: 3 } }] });
  });

  test('comes of refusals, whoever makes them', async () => {
    expect(objectOf(await api.send('GET', `${maps}/absent`, { headers: client }), 404)).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      details: { name: 'absent', kind: 'configmaps' },
    });
    expect(objectOf(await api.send('GET', maps, { headers: client, token: 'wrong' }), 401)).toMatchObject({
      code: 401,
    });
    const unknown = await api.send('GET', `${maps}/absent`, {
      headers: { accept: `${protobuf};as=Table;g=meta.k8s.io;v=v1` },
    });
    expect([unknown.status, unknown.headers['content-type']]).toEqual([406, 'application/json']);
  });

  test('is of metadata alone where that is asked for, in both versions', async () => {
    await make('a');
    const one = objectOf(await api.send('GET', `${maps}/a`, { headers: partial('PartialObjectMetadata') }));
    expect(one).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } });
    expect(one['data']).toBeUndefined();
    for (const version of ['v1', 'v1beta1']) {
      const accept = `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=${version}`;
      expect(objectOf(await api.send('GET', maps, { headers: { accept } }))).toMatchObject({
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${version}`,
        metadata: { resourceVersion: String(api.core.registry.revision) },
        items: [{ metadata: { name: 'a' } }],
      });
    }
  });

  test('is in JSON for a table and for a custom kind, or refused where nothing else is acceptable', async () => {
    await api.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: widgetCrd({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
    });
    await api.send('POST', widgets, { body: widget('one', { size: 1 }) });
    const readable = await api.send('GET', widgets, { headers: client });
    expect(readable.headers['content-type']).toBe('application/json');
    expect(readable.json()).toMatchObject({ kind: 'WidgetList', items: [{ metadata: { name: 'one' } }] });
    const refused = await api.send('GET', `${widgets}/one`, { headers: { accept: protobuf } });
    expect(objectOf(refused, 406)).toMatchObject({
      reason: 'NotAcceptable',
      message: `only the following media types are accepted: application/json, application/yaml, ${protobuf}`,
    });
    const written = await api.send('POST', widgets, {
      headers: json({ accept: protobuf }),
      body: widget('two', { size: 1 }),
    });
    expect(written.status).toBe(406);
    expect((await api.send('GET', `${widgets}/two`)).status).toBe(404);
    const metadata = await api.send('GET', `${widgets}/one`, { headers: partial('PartialObjectMetadata') });
    expect(objectOf(metadata)).toMatchObject({ metadata: { name: 'one' } });
    const table = ';as=Table;g=meta.k8s.io;v=v1';
    const asTable = { accept: `${protobuf}${table},application/json${table}` };
    expect((await api.send('GET', maps, { headers: asTable })).json()).toMatchObject({ kind: 'Table' });
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect(objectOf(await api.send('GET', crds, { headers: client }))).toMatchObject({
      items: [{ spec: { names: { kind: 'Widget' } } }],
    });
  });

  test('answers a definition of a kind that was sent in protobuf, too', async () => {
    const body = encodeProtobuf(widgetCrd({ type: 'object', properties: { size: { type: 'integer' } } }) as never);
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const created = await api.send('POST', crds, { headers: { ...client, 'content-type': protobuf }, body });
    const properties = { spec: { type: 'object', properties: { size: { type: 'integer' } } } };
    expect(objectOf(created, 201)).toMatchObject({
      kind: 'CustomResourceDefinition',
      spec: { versions: [{ schema: { openAPIV3Schema: { properties } } }] },
    });
  });

  test('of a review is no table: it has no metadata to show', async () => {
    const answer = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      headers: json({ accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    });
    expect(answer.status).toBe(406);
  });
});

describe('a watch in protobuf', () => {
  test('tells each change in a frame, to all watchers the same', async () => {
    await make('a');
    const url = `${maps}?watch=true&timeoutSeconds=600&resourceVersion=${api.core.registry.revision}`;
    const watches = [await api.sendWaiting(url, client), await api.sendWaiting(url, client)];
    await make('b');
    await api.send('PATCH', `${maps}/a`, { headers: merge, body: { data: { more: '1' } } });
    await api.send('DELETE', `${maps}/b`);
    const [first, second] = await Promise.all(watches.map(({ answer }) => api.passTimeUntil(answer)));
    expect(first?.headers['content-type']).toBe(`${protobuf};stream=watch`);
    expect(first?.bytes).toEqual(second?.bytes);
    const events = framesOf(first);
    expect(events).toMatchObject([
      { type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'b' }, data: { text: 'größer 🙂' } } },
      { type: 'MODIFIED', object: { metadata: { name: 'a' }, data: { more: '1' } } },
      { type: 'DELETED', object: { metadata: { name: 'b', resourceVersion: String(api.core.registry.revision) } } },
    ]);
  });

  test('begins with what there is, and says where that ends', async () => {
    await make('a');
    const url = `${maps}?watch=true&timeoutSeconds=30&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const revision = String(api.core.registry.revision);
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    for (const [headers, kind] of [
      [client, 'ConfigMap'],
      [partial('PartialObjectMetadata'), 'PartialObjectMetadata'],
    ] as const) {
      const { answer } = await api.sendWaiting(url, headers);
      expect(framesOf(await api.passTimeUntil(answer))).toMatchObject([
        { type: 'ADDED', object: { kind, metadata: { name: 'a' } } },
        { type: 'BOOKMARK', object: { kind, metadata: { resourceVersion: revision, annotations } } },
      ]);
    }
  });

  test('says inside the stream that a revision is gone', async () => {
    const { answer } = await api.sendWaiting(`${maps}?watch=true&resourceVersion=999999`, client);
    expect(framesOf(await api.passTimeUntil(answer))).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ]);
  });

  test('is refused in YAML, which has no frames', async () => {
    const answer = await api.send('GET', `${maps}?watch=true`, { headers: { accept: 'application/yaml' } });
    expect([answer.status, answer.headers['content-type']]).toEqual([406, 'application/yaml']);
  });
});

function without(object: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function json(headers: Record<string, string>): Record<string, string> {
  return { ...headers, 'content-type': 'application/json' };
}

/** The events of a watch: each has its length before it, then its type and the object in an envelope of its own. */
function framesOf(answer: Answer | undefined): { type: string; object: Record<string, unknown> }[] {
  const bytes = answer?.bytes ?? Buffer.alloc(0);
  const events: { type: string; object: Record<string, unknown> }[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    const [type, extension] = fields(bytes.subarray(at + 4, end));
    const [raw] = fields(extension ?? Buffer.alloc(0));
    events.push({ type: String(type), object: decodeProtobuf(raw ?? Buffer.alloc(0)) });
    at = end;
  }
  return events;
}

function fields(message: Buffer): Buffer[] {
  const reader = new ProtobufReader(message);
  const found: Buffer[] = [];
  while (reader.more) found.push(reader.bytes(reader.tag().wireType));
  return found;
}
