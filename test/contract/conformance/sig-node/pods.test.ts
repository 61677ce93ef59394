import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { Fields } from '../api-client.ts';
import { expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1']);
});
afterAll(() => on?.stop());

const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const pod = (name: string, labels: Readonly<Record<string, string>> = {}, spec: Fields = {}) => ({
  metadata: { name, labels },
  spec: { terminationGracePeriodSeconds: 30, containers: [{ name: 'main', image: 'demo:1' }], ...spec },
});
const namesOf = async (path: string) => (await on.api.list(path)).items.map(({ metadata }) => metadata.name).toSorted();
const generationOf = async (path: string) => (await on.api.get(path)).metadata.generation;
const runs = (path: string) =>
  eventually('the pod runs', async () => (await on.api.get(path)).status?.['phase'] === 'Running');

test('[sig-node] Pods should be updated [NodeConformance]', async () => {
  const namespace = await on.namespace();
  await on.api.post(podsOf(namespace), pod('updated', { time: 'first' }));
  expect(await namesOf(`${podsOf(namespace)}?labelSelector=time%3Dfirst`)).toEqual(['updated']);
  await updateWith(on.api, `${podsOf(namespace)}/updated`, (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { time: 'second' } },
  }));
  expect(await namesOf(`${podsOf(namespace)}?labelSelector=time%3Dsecond`)).toEqual(['updated']);
  expect(await namesOf(`${podsOf(namespace)}?labelSelector=time%3Dfirst`)).toEqual([]);
});

test('[sig-node] Pods should be submitted and removed [NodeConformance]', async () => {
  const namespace = await on.namespace();
  const selected = `${podsOf(namespace)}?labelSelector=time%3Dnow`;
  expect(await namesOf(selected)).toEqual([]);
  const watch = await on.api.watch(selected);
  await on.api.post(podsOf(namespace), pod('submitted', { time: 'now' }));
  expect(await namesOf(selected)).toEqual(['submitted']);
  await watch.until('the pod', ({ type }) => type === 'ADDED');
  await watch.until('that it runs', ({ object }) => object.status?.['phase'] === 'Running');
  await on.api.delete(`${podsOf(namespace)}/submitted`);
  const gone = await watch.until('that it is gone', ({ type }) => type === 'DELETED');
  expect(gone.object.metadata.deletionTimestamp).toBeDefined();
  expect(watch.events.some(({ type, object }) => type === 'MODIFIED' && object.metadata.deletionTimestamp)).toBe(true);
  expect(await namesOf(selected)).toEqual([]);
  watch.close();
});

test('[sig-node] Pods should delete a collection of pods', async () => {
  const namespace = await on.namespace();
  const selected = `${podsOf(namespace)}?labelSelector=type%3DTesting`;
  for (const name of ['pod-1', 'pod-2', 'pod-3']) await on.api.post(podsOf(namespace), pod(name, { type: 'Testing' }));
  expect(await namesOf(selected)).toEqual(['pod-1', 'pod-2', 'pod-3']);
  await on.api.delete(selected, { gracePeriodSeconds: 0 });
  await eventually('all are gone', async () => (await namesOf(selected)).length === 0);
});

test('[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu', async () => {
  const namespace = await on.namespace();
  const amounts = { cpu: '100m', memory: '100Mi' };
  await on.api.post(
    podsOf(namespace),
    pod(
      'guaranteed',
      {},
      {
        containers: [{ name: 'main', image: 'demo:1', resources: { requests: amounts, limits: amounts } }],
      },
    ),
  );
  expect((await on.api.get(`${podsOf(namespace)}/guaranteed`)).status).toMatchObject({ qosClass: 'Guaranteed' });
});

// What the agent says of generations (status.observedGeneration) is tested where there are agents.
test('[sig-node] Pods Extended (pod generation) Pod Generation pod generation should start at 1 and increment per update [MinimumKubeletVersion:1.34]', async () => {
  const namespace = await on.namespace();
  const path = `${podsOf(namespace)}/counted`;
  await on.api.post(podsOf(namespace), pod('counted'));
  expect(await generationOf(path)).toBe(1);
  await runs(path);
  for (const [patch, generation] of [
    [{ metadata: { labels: { a: 'b' } } }, 1],
    [{ spec: { activeDeadlineSeconds: 5000 } }, 2],
    [{ spec: { containers: [{ name: 'main', image: 'demo:2' }] } }, 3],
    [{ metadata: { annotations: { a: 'b' } } }, 3],
  ] as const) {
    await on.api.patch(path, patch, 'strategic');
    expect(await generationOf(path), JSON.stringify(patch)).toBe(generation);
  }
  const toleration = { key: 'foo', operator: 'Exists', effect: 'NoSchedule' };
  await on.api.patch(path, [{ op: 'add', path: '/spec/tolerations/-', value: toleration }], 'json');
  expect(await generationOf(path)).toBe(4);
});

test('[sig-node] Pods Extended (pod generation) Pod Generation custom-set generation on new pods and graceful delete', async () => {
  const namespace = await on.namespace();
  const path = `${podsOf(namespace)}/custom`;
  const body = pod('custom');
  const held = { ...body.metadata, generation: 100, finalizers: ['example.com/hold'] };
  await on.api.post(podsOf(namespace), { ...body, metadata: held });
  expect(await generationOf(path)).toBe(1);
  await runs(path);
  await on.api.delete(path);
  await eventually('the deletion counts', async () => (await generationOf(path)) === 2);
  await on.api.patch(path, { metadata: { finalizers: null } });
  await expectGone(on.api, path);
});

test('[sig-node] Pods Extended (pod generation) Pod Generation issue 500 podspec updates and verify generation and observedGeneration eventually converge [MinimumKubeletVersion:1.34]', async () => {
  const namespace = await on.namespace();
  const path = `${podsOf(namespace)}/often`;
  await on.api.post(podsOf(namespace), pod('often'));
  for (let update = 1; update < 500; update++) {
    await on.api.patch(path, { spec: { containers: [{ name: 'main', image: `demo:${update + 1}` }] } }, 'strategic');
  }
  expect(await generationOf(path)).toBe(500);
});

const runtimeClasses = '/apis/node.k8s.io/v1/runtimeclasses';

test('[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [NodeConformance]', async () => {
  const answer = await on.api.send('POST', podsOf(await on.namespace()), {
    body: pod('refused', {}, { runtimeClassName: 'non-existent' }),
  });
  expect(answer.status).toBe(403);
  expect(answer.json()['message']).toContain('RuntimeClass "non-existent" not found');
});

test('[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance]', async () => {
  await on.api.post(runtimeClasses, { metadata: { name: 'passing' }, handler: 'runc' });
  await on.api.delete(`${runtimeClasses}/passing`);
  const answer = await on.api.send('POST', podsOf(await on.namespace()), {
    body: pod('refused', {}, { runtimeClassName: 'passing' }),
  });
  expect(answer.status).toBe(403);
});

test('[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass without PodOverhead [NodeConformance]', async () => {
  const namespace = await on.namespace();
  await on.api.post(runtimeClasses, { metadata: { name: 'plain' }, handler: 'runc' });
  const created = await on.api.post(podsOf(namespace), pod('scheduled', {}, { runtimeClassName: 'plain' }));
  expect(created.spec).not.toHaveProperty('overhead');
  await eventually(
    'the pod is placed',
    async () => (await on.api.get(`${podsOf(namespace)}/scheduled`)).spec?.['nodeName'] === 'node-1',
  );
});

test('[sig-node] NoExecuteTaintManager Multiple Pods [Serial] evicts pods with minTolerationSeconds [Disruptive]', async () => {
  const namespace = await on.namespace();
  const taint = { key: 'example.com/evict', value: 'now', effect: 'NoExecute' };
  const tolerating = (tolerationSeconds: number) => ({
    tolerations: [{ key: taint.key, value: taint.value, effect: taint.effect, operator: 'Equal', tolerationSeconds }],
  });
  const watch = await on.api.watch(podsOf(namespace));
  await on.api.post(podsOf(namespace), pod('short', {}, { ...tolerating(1), terminationGracePeriodSeconds: 0 }));
  await on.api.post(podsOf(namespace), pod('long', {}, { ...tolerating(3), terminationGracePeriodSeconds: 0 }));
  for (const name of ['short', 'long']) await runs(`${podsOf(namespace)}/${name}`);
  // Before the taint is there: its answer may come late.
  const taintedMs = performance.now();
  await on.api.patch('/api/v1/nodes/node-1', { spec: { taints: [taint] } });
  try {
    const gone = async (name: string) => {
      await watch.until(
        `that ${name} is gone`,
        ({ type, object }) => type === 'DELETED' && object.metadata.name === name,
      );
      return performance.now() - taintedMs;
    };
    const [shortMs, longMs] = [await gone('short'), await gone('long')];
    expect(shortMs).toBeGreaterThan(900);
    expect(longMs).toBeGreaterThan(2_900);
    const deleted = watch.events.filter(({ type }) => type === 'DELETED').map(({ object }) => object.metadata.name);
    expect(deleted).toEqual(['short', 'long']);
  } finally {
    watch.close();
    await on.api.patch('/api/v1/nodes/node-1', { spec: { taints: [] } });
  }
});
