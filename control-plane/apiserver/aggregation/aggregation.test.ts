import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiServices } from '../../../lib/kube/resources.ts';
import type { APIService } from '../../../lib/kube/types.ts';
import { ApiUnderTest } from '../../../test/support/api-under-test.ts';
import { ApiServiceRoutes } from './routes.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await ApiUnderTest.start();
});
afterEach(() => api.stop());

const path = '/apis/apiregistration.k8s.io/v1/apiservices';
const remote = (group: string, version = 'v1', extra: object = {}): APIService => ({
  metadata: { name: `${version}.${group}` },
  spec: {
    group,
    version,
    groupPriorityMinimum: 100,
    versionPriority: 10,
    service: { namespace: 'n', name: 's' },
    ...extra,
  },
});

test('paths of a group version lead to its server, and no others', async () => {
  const routes = new ApiServiceRoutes(api.core.registry);
  await routes.start();
  expect(routes.isEmpty).toBe(true);
  await api.core.client.create(apiServices, remote('zoo.example.com'));
  const name = (url: string) => routes.ofPath(url)?.name;
  for (const tail of ['', '/', '?a=b', '/animals', '/namespaces/default/animals?limit=1'])
    expect(name(`/apis/zoo.example.com/v1${tail}`)).toBe('v1.zoo.example.com');
  for (const url of ['/apis', '/apis/', '/apis/zoo.example.com', '/apis/zoo.example.com/', '/apis/zoo.example.com/v12'])
    expect(name(url)).toBeUndefined();
  expect(name('/apis/zoo.example.com/v1beta1/animals')).toBeUndefined();
  expect(name('/api/v1/pods')).toBeUndefined();
  await api.core.client.delete(apiServices, { name: 'v1.zoo.example.com' });
  expect(routes.isEmpty).toBe(true);
  await routes.stop();
});

test('every group that is built in has a rank above those that come later', async () => {
  const { items } = await api.core.client.list(apiServices, {
    labelSelector: 'kube-aggregator.kubernetes.io/automanaged=onstart',
  });
  expect(items.length).toBeGreaterThan(15);
  expect(items.filter(({ spec }) => (spec?.groupPriorityMinimum ?? 0) < 15_000)).toEqual([]);
});

test('nobody takes the core group over', async () => {
  const answer = await api.send('GET', `${path}/v1.`);
  expect(answer.json()).toMatchObject({ spec: { groupPriorityMinimum: 18_000, versionPriority: 1 } });
  const service = { namespace: 'n', name: 's' };
  const headers = { 'content-type': 'application/merge-patch+json' };
  const patched = await api.send('PATCH', `${path}/v1.`, { body: { spec: { service } }, headers });
  expect(patched.status).toBe(200);
  expect((await api.send('GET', '/api/v1/namespaces')).status).toBe(200);
});

test('a computed group may be taken over, and comes back', async () => {
  const extension = {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resources: [],
    handle: () => Promise.reject(new Error('none')),
  };
  await api.stop();
  api = await ApiUnderTest.start({ extensions: [extension] });
  const { client } = api.core;
  const local = await api.passTimeUntil(client.get(apiServices, { name: 'v1beta1.metrics.k8s.io' }));
  expect(local.status?.conditions?.[0]).toMatchObject({ reason: 'Local' });
  await client.update(apiServices, remote('metrics.k8s.io', 'v1beta1'));
  const taken = await api.send('GET', '/apis/metrics.k8s.io/v1beta1/pods');
  expect(taken.status).toBe(503);
  expect(taken.body).toBe('service unavailable\n');
});

test('a group version whose server has said nothing yet is there, and stale', async () => {
  await api.core.client.create(apiServices, remote('zoo.example.com'));
  expect((await api.send('GET', '/apis/zoo.example.com')).json()).toMatchObject({
    preferredVersion: { version: 'v1' },
  });
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { items } = (await api.send('GET', '/apis', { headers: { accept } })).json() as {
    items: { metadata: { name: string } }[];
  };
  expect(items.find(({ metadata }) => metadata.name === 'zoo.example.com')).toMatchObject({
    versions: [{ version: 'v1', freshness: 'Stale', resources: [] }],
  });
});

test('versions of a group stand in the order of their priorities', async () => {
  await api.core.client.create(apiServices, remote('zoo.example.com', 'v1'));
  await api.core.client.create(apiServices, remote('zoo.example.com', 'v1alpha1', { versionPriority: 20 }));
  await api.core.client.create(apiServices, remote('zoo.example.com', 'v2beta1'));
  const { versions } = (await api.send('GET', '/apis/zoo.example.com')).json() as { versions: { version: string }[] };
  expect(versions.map(({ version }) => version)).toEqual(['v1alpha1', 'v1', 'v2beta1']);
});
