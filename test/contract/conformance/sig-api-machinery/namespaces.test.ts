import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectGone, expectStatusOperations, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1']);
});
afterAll(() => on?.stop());

const pathOf = (name: string) => `/api/v1/namespaces/${name}`;
const podSpec = { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'demo:1' }] };

test('[sig-api-machinery] Namespaces [Serial] should apply an update to a Namespace', async () => {
  const name = await on.namespace();
  const updated = await updateWith(on.api, pathOf(name), (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [name]: 'updated' } },
  }));
  expect(updated.metadata.labels).toMatchObject({ [name]: 'updated' });
});

test('[sig-api-machinery] Namespaces [Serial] should patch a Namespace', async () => {
  const name = await on.namespace();
  await on.api.patch(pathOf(name), { metadata: { labels: { testLabel: 'testValue' } } }, 'strategic');
  expect((await on.api.get(pathOf(name))).metadata.labels).toMatchObject({ testLabel: 'testValue' });
});

test('[sig-api-machinery] Namespaces [Serial] should apply changes to a namespace status', async () => {
  const name = await on.namespace();
  expect((await on.api.get(`${pathOf(name)}/status`)).status).toMatchObject({ phase: 'Active' });
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'E2E',
    message: 'Set by a test',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  await expectStatusOperations(on.api, pathOf(name), { conditions: [condition('StatusPatch')] });
  const updated = await updateWith(on.api, `${pathOf(name)}/status`, (object) => ({
    ...object,
    status: { ...object.status, conditions: [condition('StatusUpdate')] },
  }));
  expect(updated.status).toMatchObject({ conditions: [condition('StatusUpdate')] });
});

for (const { entry, plural, object } of [
  {
    entry:
      '[sig-api-machinery] Namespaces [Serial] should ensure that all pods are removed when a namespace is deleted',
    plural: 'pods',
    object: { metadata: { name: 'inside' }, spec: podSpec },
  },
  {
    entry:
      '[sig-api-machinery] Namespaces [Serial] should ensure that all services are removed when a namespace is deleted',
    plural: 'services',
    object: { metadata: { name: 'inside' }, spec: { selector: { foo: 'bar' }, ports: [{ port: 80, targetPort: 80 }] } },
  },
]) {
  test(entry, async () => {
    const name = await on.namespace();
    const collection = `${pathOf(name)}/${plural}`;
    await on.api.post(collection, object);
    await on.api.delete(pathOf(name));
    await expectGone(on.api, pathOf(name));
    await on.api.post('/api/v1/namespaces', { metadata: { name } });
    expect((await on.api.list(collection)).items).toEqual([]);
  });
}

test('[sig-api-machinery] OrderedNamespaceDeletion namespace deletion should delete pod first', async () => {
  const name = await on.namespace();
  const held = { name: 'held', finalizers: ['example.com/hold'] };
  await on.api.post(`${pathOf(name)}/pods`, { metadata: held, spec: podSpec });
  await on.api.post(`${pathOf(name)}/configmaps`, { metadata: { name: 'with-the-rest' } });
  const watch = await on.api.watch(`${pathOf(name)}/configmaps?fieldSelector=metadata.name%3Dwith-the-rest`);
  await on.api.delete(pathOf(name));
  await eventually('the pod is to go, and the namespace says what holds it', async () => {
    const pod = await on.api.get(`${pathOf(name)}/pods/held`);
    const { status } = await on.api.get(pathOf(name));
    const conditions = (status?.['conditions'] ?? []) as readonly { readonly type: string; readonly status: string }[];
    const remains = conditions.find(({ type }) => type === 'NamespaceFinalizersRemaining');
    return pod.metadata.deletionTimestamp !== undefined && remains?.status === 'True';
  });
  // While the pod is held, nothing else goes.
  expect((await on.api.get(`${pathOf(name)}/configmaps/with-the-rest`)).metadata.deletionTimestamp).toBeUndefined();
  expect(watch.events.some(({ type }) => type === 'DELETED')).toBe(false);
  await on.api.patch(`${pathOf(name)}/pods/held`, { metadata: { finalizers: null } });
  await watch.until('the rest goes', ({ type }) => type === 'DELETED');
  await expectGone(on.api, pathOf(name));
  watch.close();
});
