import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';
import { leases } from '../../lib/kube/resources.ts';
import { statusesOf } from './component-statuses.ts';

const nowMs = Date.UTC(2026, 0, 1);
const lease = (renewTime: string) => ({ spec: { renewTime, leaseDurationSeconds: 15 } });
const gone = 'nobody leads: the lease kube-system/vigil-control-plane was last renewed at 2025-12-31T23:59:44.000000Z';

test.each<[string, Parameters<typeof statusesOf>, readonly string[]]>([
  ['all is well', [true, undefined, nowMs], ['ok', 'ok', 'ok']],
  ['somebody leads', [true, lease('2025-12-31T23:59:45.000000Z'), nowMs], ['ok', 'ok', 'ok']],
  ['nobody leads', [true, lease('2025-12-31T23:59:44.000000Z'), nowMs], [gone, gone, 'ok']],
  ['the store has ended', [false, undefined, nowMs], ['ok', 'ok', 'the watch of the store has ended']],
])('scheduler, controllers and store, when %s', (_, given, expected) => {
  const statuses = statusesOf(...given);
  expect(statuses.map(({ metadata }) => metadata.name)).toEqual(['scheduler', 'controller-manager', 'etcd-0']);
  expect(statuses.map(({ conditions }) => conditions?.[0]?.message ?? conditions?.[0]?.error)).toEqual(expected);
});

describe('what is deprecated', () => {
  const PATH = '/api/v1/componentstatuses';
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await ApiUnderTest.start();
  });
  afterAll(() => api.stop());

  test('component statuses are discovered, read, and never written', async () => {
    const { resources } = (await api.send('GET', '/api/v1')).json() as { resources: { name: string }[] };
    expect(resources.find(({ name }) => name === 'componentstatuses')).toEqual({
      name: 'componentstatuses',
      singularName: 'componentstatus',
      namespaced: false,
      kind: 'ComponentStatus',
      verbs: ['get', 'list'],
      shortNames: ['cs'],
    });
    const list = await api.send('GET', PATH);
    expect(list.json()).toMatchObject({
      kind: 'ComponentStatusList',
      items: [{ kind: 'ComponentStatus', conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] }, {}, {}],
    });
    expect([list.headers['warning']].flat()).toEqual(['299 - "v1 ComponentStatus is deprecated in v1.19+"']);
    expect((await api.send('GET', `${PATH}/etcd-0`)).json()).toMatchObject({ metadata: { name: 'etcd-0' } });
    expect((await api.send('GET', `${PATH}/nothing`)).json()).toMatchObject({
      code: 404,
      message: 'componentstatuses "nothing" not found',
    });
    expect((await api.send('DELETE', `${PATH}/etcd-0`)).status).toBe(405);
    expect((await api.send('GET', `${PATH}?watch=1`)).status).toBe(405);
    expect((await api.send('GET', `${PATH}?labelSelector=a=b`)).json()['items']).toEqual([]);
    expect((await api.send('GET', `${PATH}?labelSelector=a in`)).status).toBe(400);
  });

  test('component statuses are a table for kubectl, and say that nobody leads', async () => {
    await api.core.client.create(leases, {
      metadata: { namespace: 'kube-system', name: 'vigil-control-plane' },
      ...lease('2025-12-31T23:59:44.000000Z'),
    });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = (await api.send('GET', PATH, { headers: { accept } })).json();
    expect((table['rows'] as { cells: unknown[] }[]).map(({ cells }) => cells)).toEqual([
      ['scheduler', 'Unhealthy', '', gone],
      ['controller-manager', 'Unhealthy', '', gone],
      ['etcd-0', 'Healthy', 'ok', ''],
    ]);
  });

  test('are described, with what can be done with them', async () => {
    const v3 = (await api.send('GET', '/openapi/v3/api/v1')).json();
    const v2 = (await api.send('GET', '/openapi/v2')).json();
    for (const document of [v2, v3]) {
      const paths = document['paths'] as Record<string, object>;
      for (const path of [PATH, `${PATH}/{name}`])
        expect(Object.keys(paths[path] ?? {}).filter((key) => key !== 'parameters')).toEqual(['get']);
    }
    const described = {
      description: expect.stringContaining('ComponentStatus'),
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'ComponentStatus', version: 'v1' }],
    };
    const name = 'io.k8s.api.core.v1.ComponentStatus';
    expect(v2['definitions']).toMatchObject({ [name]: described });
    expect(v3['components']).toMatchObject({ schemas: { [name]: described } });
  });

  test('each request for Endpoints says so, whatever becomes of it; others do not', async () => {
    const warning = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
    const url = '/api/v1/namespaces/default/endpoints';
    const warningOf = async (...request: Parameters<ApiUnderTest['send']>) =>
      [(await api.send(...request)).headers['warning']].flat();
    expect(await warningOf('GET', url)).toEqual([warning]);
    expect(await warningOf('GET', `${url}/nothing`)).toEqual([warning]);
    expect(await warningOf('POST', url, { body: { metadata: { name: 'a' } } })).toEqual([warning]);
    expect(await warningOf('DELETE', `${url}/a`)).toEqual([warning]);
    const watch = await api.sendWaiting(`${url}?watch=1&timeoutSeconds=1`);
    expect([(await api.passTimeUntil(watch.answer)).headers['warning']].flat()).toEqual([warning]);
    expect(await warningOf('GET', '/apis/discovery.k8s.io/v1/endpointslices')).toEqual([undefined]);
  });
});
