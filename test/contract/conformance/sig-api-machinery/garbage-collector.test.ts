import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectGone } from '../api-operations.ts';
import type { ApiObject } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1', 'node-2']);
});
afterAll(() => on?.stop());

const template = (labels: Readonly<Record<string, string>>) => ({
  metadata: { labels },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'demo:1' }] },
});

const podsOf = async (namespace: string) => (await on.api.list(`/api/v1/namespaces/${namespace}/pods`)).items;

/** A replication controller whose pods are all there. */
async function controllerOf(namespace: string, name: string, replicas: number): Promise<ApiObject> {
  const labels = { 'gc-test': name };
  const created = await on.api.post(`/api/v1/namespaces/${namespace}/replicationcontrollers`, {
    metadata: { name },
    spec: { replicas, selector: labels, template: template(labels) },
  });
  await eventually(
    'all pods are there',
    async () =>
      (await podsOf(namespace)).filter(({ metadata }) => metadata.labels?.['gc-test'] === name).length === replicas,
  );
  return created;
}

const controllerPath = (namespace: string, name: string) =>
  `/api/v1/namespaces/${namespace}/replicationcontrollers/${name}`;

test('[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning', async () => {
  const namespace = await on.namespace();
  const { metadata } = await controllerOf(namespace, 'simple', 2);
  await on.api.delete(controllerPath(namespace, 'simple'), {
    propagationPolicy: 'Background',
    preconditions: { uid: metadata.uid },
  });
  await eventually('no pods are left', async () => (await podsOf(namespace)).length === 0);
});

test('[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so [Serial]', async () => {
  const namespace = await on.namespace();
  await controllerOf(namespace, 'orphaning', 10);
  await on.api.delete(controllerPath(namespace, 'orphaning'), { propagationPolicy: 'Orphan' });
  await expectGone(on.api, controllerPath(namespace, 'orphaning'));
  const pods = await podsOf(namespace);
  expect(pods).toHaveLength(10);
  for (const { metadata } of pods) {
    expect(metadata.ownerReferences ?? []).toEqual([]);
    expect(metadata.deletionTimestamp).toBeUndefined();
  }
});

test('[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so [Serial]', async () => {
  const namespace = await on.namespace();
  await controllerOf(namespace, 'waiting', 10);
  // One pod takes longer than the others.
  const [last] = await podsOf(namespace);
  const held = `/api/v1/namespaces/${namespace}/pods/${last?.metadata.name}`;
  await on.api.patch(held, { metadata: { finalizers: ['example.com/hold'] } });
  await on.api.delete(controllerPath(namespace, 'waiting'), { propagationPolicy: 'Foreground' });
  await eventually('one pod is left', async () => (await podsOf(namespace)).length === 1);
  const waiting = await on.api.get(controllerPath(namespace, 'waiting'));
  expect(waiting.metadata.deletionTimestamp).toBeDefined();
  expect(waiting.metadata.finalizers).toContain('foregroundDeletion');
  await on.api.patch(held, { metadata: { finalizers: null } });
  await expectGone(on.api, controllerPath(namespace, 'waiting'));
  expect(await podsOf(namespace)).toEqual([]);
});

test("[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted [Serial]", async () => {
  const namespace = await on.namespace();
  await controllerOf(namespace, 'to-be-deleted', 10);
  const stays = await on.api.post(`/api/v1/namespaces/${namespace}/replicationcontrollers`, {
    metadata: { name: 'to-stay' },
    spec: { replicas: 0, selector: { another: 'key' }, template: template({ another: 'key' }) },
  });
  const half = (await podsOf(namespace)).slice(0, 5).map(({ metadata }) => metadata.name);
  for (const name of half) {
    const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'to-stay', uid: stays.metadata.uid };
    await on.api.patch(
      `/api/v1/namespaces/${namespace}/pods/${name}`,
      { metadata: { ownerReferences: [owner] } },
      'strategic',
    );
  }
  await on.api.delete(controllerPath(namespace, 'to-be-deleted'), { propagationPolicy: 'Foreground' });
  await expectGone(on.api, controllerPath(namespace, 'to-be-deleted'));
  const left = await podsOf(namespace);
  expect(left.map(({ metadata }) => metadata.name).toSorted()).toEqual(half.toSorted());
  for (const { metadata } of left) {
    expect(metadata.deletionTimestamp).toBeUndefined();
    expect(metadata.ownerReferences?.map(({ name }) => name)).toEqual(['to-stay']);
  }
});

test('[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan', async () => {
  const namespace = await on.namespace();
  const path = `/apis/apps/v1/namespaces/${namespace}`;
  const labels = { name: 'orphaned' };
  await on.api.post(`${path}/deployments`, {
    metadata: { name: 'orphaned' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template(labels) },
  });
  await eventually('its pods are there', async () => (await podsOf(namespace)).length === 2);
  await on.api.delete(`${path}/deployments/orphaned`, { propagationPolicy: 'Orphan' });
  await expectGone(on.api, `${path}/deployments/orphaned`);
  const sets = (await on.api.list(`${path}/replicasets`)).items;
  expect(sets).toHaveLength(1);
  expect(sets[0]?.metadata.ownerReferences ?? []).toEqual([]);
  expect(await podsOf(namespace)).toHaveLength(2);
  for (const { metadata } of await podsOf(namespace)) {
    expect(metadata.ownerReferences?.map(({ kind }) => kind)).toEqual(['ReplicaSet']);
  }
});
