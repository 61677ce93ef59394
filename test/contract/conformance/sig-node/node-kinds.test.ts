import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const namesOf = async (path: string) => (await on.api.list(path)).items.map(({ metadata }) => metadata.name).toSorted();
const selecting = (text: string) => `?labelSelector=${encodeURIComponent(text)}`;

for (const { entry, plural } of [
  { entry: '[sig-node] ConfigMap should fail to create ConfigMap with empty key', plural: 'configmaps' },
  { entry: '[sig-node] Secrets should fail to create secret due to empty secret key', plural: 'secrets' },
]) {
  test(entry, async () => {
    const collection = `/api/v1/namespaces/default/${plural}`;
    const answer = await on.api.send('POST', collection, {
      body: { metadata: { name: 'empty' }, data: { '': 'dmFsdWU=' } },
    });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ reason: 'Invalid', message: expect.stringContaining('data[]') });
  });
}

test('[sig-node] ConfigMap should update ConfigMap successfully [NodeConformance]', async () => {
  const maps = `/api/v1/namespaces/${await on.namespace()}/configmaps`;
  await on.api.post(maps, { metadata: { name: 'updated' } });
  await updateWith(on.api, `${maps}/updated`, (object) => ({ ...object, data: { data: 'value' } }));
  expect((await on.api.get(`${maps}/updated`)).data).toEqual({ data: 'value' });
});

test('[sig-node] ConfigMap should run through a ConfigMap lifecycle', async () => {
  const namespace = await on.namespace();
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const selected = selecting('test-configmap-static=true');
  const watch = await on.api.watch(maps + selected);
  await on.api.post(maps, {
    metadata: { name: 'living', labels: { 'test-configmap-static': 'true' } },
    data: { valueName: 'value' },
  });
  await watch.until('the map', ({ type }) => type === 'ADDED');
  const patch = { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } };
  await on.api.patch(`${maps}/living`, patch, 'strategic');
  await watch.until('the patch', ({ type }) => type === 'MODIFIED');
  expect(await on.api.get(`${maps}/living`)).toMatchObject(patch);
  expect((await on.api.list(`/api/v1/configmaps${selected}`)).items).toMatchObject([
    { metadata: { name: 'living', namespace }, data: { valueName: 'value1' } },
  ]);
  await on.api.delete(maps + selected);
  await watch.until('the end', ({ type }) => type === 'DELETED');
  expect(await namesOf(maps + selected)).toEqual([]);
  watch.close();
});

test('[sig-node] Secrets should patch a secret', async () => {
  const namespace = await on.namespace();
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const everywhere = `/api/v1/secrets${selecting('testsecret-constant=true')}`;
  expect(await namesOf(everywhere)).toEqual([]);
  await on.api.post(secrets, {
    metadata: { name: 'patched', labels: { 'testsecret-constant': 'true' } },
    type: 'Opaque',
    data: { key: 'dmFsdWU=' },
  });
  expect(await namesOf(everywhere)).toEqual(['patched']);
  const patch = { metadata: { labels: { testsecret: 'true' } }, data: { key: 'dmFsdWUx' } };
  await on.api.patch(`${secrets}/patched`, patch, 'strategic');
  expect(await on.api.get(`${secrets}/patched`)).toMatchObject(patch);
  await on.api.delete(secrets + selecting('testsecret=true'));
  expect(await namesOf(everywhere)).toEqual([]);
});

test('[sig-node] Lease lease API should be available', async () => {
  const namespace = await on.namespace();
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const spec = (holder: string, seconds: number) => ({
    holderIdentity: holder,
    leaseDurationSeconds: seconds,
    acquireTime: '2026-01-01T00:00:00.000001Z',
    renewTime: '2026-01-01T00:00:05.000001Z',
    leaseTransitions: 0,
  });
  await on.api.post(leases, { metadata: { name: 'one' }, spec: spec('holder', 30) });
  expect((await on.api.get(`${leases}/one`)).spec).toEqual(spec('holder', 30));
  const updated = await updateWith(on.api, `${leases}/one`, (object) => ({ ...object, spec: spec('holder2', 42) }));
  expect(updated.spec).toEqual(spec('holder2', 42));
  expect((await on.api.get(`${leases}/one`)).spec).toEqual(spec('holder2', 42));
  await on.api.patch(`${leases}/one`, { spec: { leaseDurationSeconds: 50 } }, 'strategic');
  expect((await on.api.get(`${leases}/one`)).spec).toEqual(spec('holder2', 50));
  await on.api.post(leases, { metadata: { name: 'two', labels: { deletecollection: 'true' } }, spec: spec('a', 30) });
  expect(await namesOf(leases)).toEqual(['one', 'two']);
  await on.api.delete(leases + selecting('deletecollection=true'));
  expect(await namesOf(leases)).toEqual(['one']);
  await on.api.delete(`${leases}/one`);
  const absent = await on.api.send('GET', `${leases}/one`);
  expect(absent.status).toBe(404);
  expect(absent.json()).toMatchObject({ reason: 'NotFound' });
});

test('[sig-node] Node Lifecycle should run through the lifecycle of a node', async () => {
  const nodes = '/api/v1/nodes';
  await on.api.post(nodes, { metadata: { name: 'a-node' }, status: { phase: 'Running' } });
  expect((await on.api.get(`${nodes}/a-node`)).metadata.name).toBe('a-node');
  await on.api.patch(`${nodes}/a-node`, { metadata: { labels: { 'a-node': 'patched' } } }, 'strategic');
  expect(await namesOf(nodes + selecting('a-node=patched'))).toEqual(['a-node']);
  const updated = await updateWith(on.api, `${nodes}/a-node`, (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'a-node': 'updated' } },
  }));
  expect(updated.metadata.labels).toMatchObject({ 'a-node': 'updated' });
  await on.api.delete(nodes + selecting('a-node=updated'));
  await expectGone(on.api, `${nodes}/a-node`);
});

const podTemplate = (name: string, labels: Readonly<Record<string, string>>) => ({
  metadata: { name, labels },
  template: { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx:1' }] } },
});

test('[sig-node] PodTemplates should delete a collection of pod templates', async () => {
  const namespace = await on.namespace();
  const templates = `/api/v1/namespaces/${namespace}/podtemplates`;
  const selected = selecting('podtemplate-set=true');
  const names = ['test-podtemplate-1', 'test-podtemplate-2', 'test-podtemplate-3'];
  for (const name of names) await on.api.post(templates, podTemplate(name, { 'podtemplate-set': 'true' }));
  expect(await namesOf(templates + selected)).toEqual(names);
  await on.api.delete(templates + selected);
  await eventually('all are gone', async () => (await namesOf(templates + selected)).length === 0);
});

test('[sig-node] PodTemplates should replace a pod template', async () => {
  const namespace = await on.namespace();
  const templates = `/api/v1/namespaces/${namespace}/podtemplates`;
  await on.api.post(templates, podTemplate('replaced', { a: 'b' }));
  await updateWith(on.api, `${templates}/replaced`, (object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { updated: 'true' } },
  }));
  expect((await on.api.get(`${templates}/replaced`)).metadata.annotations).toEqual({ updated: 'true' });
});

test('[sig-node] PodTemplates should run the lifecycle of PodTemplates', async () => {
  const namespace = await on.namespace();
  const templates = `/api/v1/namespaces/${namespace}/podtemplates`;
  const everywhere = `/api/v1/podtemplates${selecting('podtemplate-static=true')}`;
  await on.api.post(templates, podTemplate('living', { 'podtemplate-static': 'true' }));
  expect(await namesOf(everywhere)).toEqual(['living']);
  const patch = { metadata: { labels: { podtemplate: 'patched' } } };
  await on.api.patch(`${templates}/living`, patch, 'strategic');
  expect(await on.api.get(`${templates}/living`)).toMatchObject(patch);
  expect((await on.api.list(everywhere)).items).toMatchObject([{ metadata: { labels: { podtemplate: 'patched' } } }]);
  await on.api.delete(`${templates}/living`);
  expect(await namesOf(everywhere)).toEqual([]);
});
