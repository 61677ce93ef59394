import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { Fields } from '../api-client.ts';
import { updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1']);
});
afterAll(() => on?.stop());

const budgets = (namespace: string) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

async function budget(namespace: string, spec: Fields): Promise<string> {
  await on.api.post(budgets(namespace), {
    metadata: { name: 'foo' },
    spec: { selector: { matchLabels: { foo: 'bar' } }, ...spec },
  });
  const path = `${budgets(namespace)}/foo`;
  await eventually('the budget is looked at', async () => {
    const { metadata, status } = await on.api.get(path);
    return status?.['observedGeneration'] === metadata.generation;
  });
  return path;
}

async function runPods(namespace: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await on.api.post(pods(namespace), {
      metadata: { name: `pod-${index}`, labels: { foo: 'bar' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'demo:1' }] },
    });
  }
  await eventually('all pods run', async () =>
    (await on.api.list(pods(namespace))).items.every(({ status }) => status?.['phase'] === 'Running'),
  );
}

const allowed = (path: string, count: number) =>
  eventually(
    `${count} disruptions are allowed`,
    async () => (await on.api.get(path)).status?.['disruptionsAllowed'] === count,
  );

test('[sig-apps] DisruptionController should observe PodDisruptionBudget status updated', async () => {
  const namespace = await on.namespace();
  const path = await budget(namespace, { minAvailable: 1 });
  await runPods(namespace, 3);
  await allowed(path, 2);
});

test('[sig-apps] DisruptionController should update/patch PodDisruptionBudget status', async () => {
  const namespace = await on.namespace();
  const path = await budget(namespace, { minAvailable: 1 });
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: { ...object.status, disruptedPods: { 'a-pod': '2026-01-01T00:00:00Z' } },
  }));
  expect(updated.status).toMatchObject({ disruptedPods: { 'a-pod': expect.any(String) } });
  const patched = await on.api.patch(`${path}/status`, {
    status: { disruptedPods: { 'b-pod': '2026-01-01T00:00:00Z' } },
  });
  expect(patched.status).toMatchObject({ disruptedPods: { 'b-pod': expect.any(String) } });
});

test('[sig-apps] DisruptionController should block an eviction until the PDB is updated to allow it', async () => {
  const namespace = await on.namespace();
  await runPods(namespace, 3);
  const path = await budget(namespace, { minAvailable: 3 });
  await allowed(path, 0);
  const evict = () =>
    on.api.send('POST', `${pods(namespace)}/pod-0/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-0', namespace } },
    });
  const blocked = await evict();
  expect(blocked.status).toBe(429);
  expect(blocked.json()).toMatchObject({ details: { causes: [{ reason: 'DisruptionBudget' }] } });
  await on.api.patch(path, { spec: { minAvailable: 2 } });
  await allowed(path, 1);
  expect((await evict()).status).toBe(201);
  await eventually(
    'the pod is gone',
    async () => (await on.api.send('GET', `${pods(namespace)}/pod-0`)).status === 404,
  );
});
