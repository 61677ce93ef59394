import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { Fields } from '../api-client.ts';
import { updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1', 'node-2']);
});
afterAll(() => on?.stop());

const createPod = (namespace: string, name: string, spec: Fields, container: Fields = {}) =>
  on.api.post(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'demo:1', ...container }], ...spec },
  });
const get = (namespace: string, name: string) => on.api.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
const nodeOf = (namespace: string, name: string) =>
  eventually(`${name} is placed`, async () => (await get(namespace, name)).spec?.['nodeName'] as string | undefined);
const unschedulable = (namespace: string, name: string) =>
  eventually(`${name} finds no place`, async () =>
    ((await get(namespace, name)).status?.['conditions'] as readonly Fields[] | undefined)?.some(
      ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
    ),
  );

test('[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if matching', async () => {
  const namespace = await on.namespace();
  await on.api.patch('/api/v1/nodes/node-2', { metadata: { labels: { 'kubernetes.io/e2e': '42' } } });
  await createPod(namespace, 'with-labels', { nodeSelector: { 'kubernetes.io/e2e': '42' } });
  expect(await nodeOf(namespace, 'with-labels')).toBe('node-2');
  await on.api.patch('/api/v1/nodes/node-2', { metadata: { labels: { 'kubernetes.io/e2e': null } } });
});

test('[sig-scheduling] SchedulerPredicates [Serial] validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP', async () => {
  const namespace = await on.namespace();
  const port = (hostIP: string) => ({ ports: [{ containerPort: 8080, hostPort: 54322, protocol: 'TCP', hostIP }] });
  const nodeSelector = { 'kubernetes.io/hostname': 'node-1' };
  await createPod(namespace, 'everywhere', { nodeSelector }, port('0.0.0.0'));
  expect(await nodeOf(namespace, 'everywhere')).toBe('node-1');
  await createPod(namespace, 'loopback', { nodeSelector }, port('127.0.0.1'));
  await unschedulable(namespace, 'loopback');
});

test('[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods', async () => {
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
  for (const [name, value] of Object.entries({ p1: 11, p2: 12 })) {
    await on.api.post(classes, { metadata: { name, labels: { test: 'methods' } }, value });
  }
  const listed = await on.api.list(`${classes}?labelSelector=test%3Dmethods`);
  expect(listed.items.map(({ metadata }) => metadata.name)).toEqual(['p1', 'p2']);
  expect(await on.api.patch(`${classes}/p1`, { description: 'patched' })).toMatchObject({ description: 'patched' });
  const updated = await updateWith(on.api, `${classes}/p2`, (object) => ({ ...object, description: 'updated' }));
  expect(updated).toMatchObject({ description: 'updated' });
  const patch = { body: { value: 99 }, headers: { 'content-type': 'application/merge-patch+json' } };
  const patched = await on.api.send('PATCH', `${classes}/p1`, patch);
  expect(patched.status).toBe(422);
  const put = await on.api.send('PUT', `${classes}/p2`, {
    body: { ...(await on.api.get(`${classes}/p2`)), value: 99 },
  });
  expect(put.status).toBe(422);
  expect(await on.api.get(`${classes}/p1`)).toMatchObject({ value: 11, description: 'patched' });
  expect(await on.api.get(`${classes}/p2`)).toMatchObject({ value: 12, description: 'updated' });
});
