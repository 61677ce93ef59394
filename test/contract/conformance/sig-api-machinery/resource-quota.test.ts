import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { Fields } from '../api-client.ts';
import { expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const quotasOf = (namespace: string) => `/api/v1/namespaces/${namespace}/resourcequotas`;
const template = {
  metadata: { labels: { app: 'counted' } },
  spec: { containers: [{ name: 'main', image: 'demo:1' }] },
};

/** A quota whose status says what there is. */
async function quota(namespace: string, hard: Fields, used: Fields): Promise<void> {
  await on.api.post(quotasOf(namespace), { metadata: { name: 'quota' }, spec: { hard } });
  await expectStatus(namespace, { hard, used });
}

async function expectStatus(
  namespace: string,
  status: { readonly hard?: Fields; readonly used: Fields },
): Promise<void> {
  let seen: unknown;
  await eventually(`the quota says ${JSON.stringify(status)}`, async () => {
    seen = (await on.api.get(`${quotasOf(namespace)}/quota`)).status;
    expect(seen).toMatchObject(status);
    return true;
  });
}

for (const { entry, path, resource, object } of [
  {
    entry: '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret.',
    path: '/api/v1|secrets',
    resource: 'secrets',
    object: { data: { a: 'Yg==' } },
  },
  {
    entry: '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set.',
    path: '/apis/apps/v1|replicasets',
    resource: 'count/replicasets.apps',
    object: { spec: { replicas: 0, selector: { matchLabels: { app: 'counted' } }, template } },
  },
  {
    entry:
      '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller.',
    path: '/api/v1|replicationcontrollers',
    resource: 'replicationcontrollers',
    object: { spec: { replicas: 0, selector: { app: 'counted' }, template } },
  },
]) {
  test(entry, async () => {
    const namespace = await on.namespace();
    await quota(namespace, { [resource]: '10', resourcequotas: '1' }, { [resource]: '0', resourcequotas: '1' });
    const collection = path.replace('|', `/namespaces/${namespace}/`);
    await on.api.post(collection, { metadata: { name: 'counted' }, ...object });
    await expectStatus(namespace, { used: { [resource]: '1' } });
    await on.api.delete(`${collection}/counted`);
    await expectStatus(namespace, { used: { [resource]: '0' } });
  });
}

test('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap.', async () => {
  const namespace = await on.namespace();
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  // The CA is there too, once it has been made.
  await eventually('the CA', async () => (await on.api.send('GET', `${maps}/kube-root-ca.crt`)).status === 200);
  await quota(namespace, { configmaps: '3' }, { configmaps: '1' });
  await on.api.post(maps, { metadata: { name: 'counted' } });
  await expectStatus(namespace, { used: { configmaps: '2' } });
  await on.api.delete(`${maps}/counted`);
  await expectStatus(namespace, { used: { configmaps: '1' } });
});

test('[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod.', async () => {
  const namespace = await on.namespace();
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const extended = 'requests.example.com/dongle';
  const none = { pods: '0', cpu: '0', memory: '0', 'requests.ephemeral-storage': '0', [extended]: '0' };
  await quota(
    namespace,
    { pods: '5', cpu: '1', memory: '500Mi', 'requests.ephemeral-storage': '50Gi', [extended]: '3' },
    none,
  );
  const pod = (name: string, cpu: string, memory: string, dongles = '2') => ({
    metadata: { name },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'demo:1',
          resources: {
            requests: { cpu, memory, 'ephemeral-storage': '30Gi', 'example.com/dongle': dongles },
            limits: { 'example.com/dongle': dongles },
          },
        },
      ],
    },
  });
  await on.api.post(pods, pod('fits', '500m', '252Mi'));
  await expectStatus(namespace, {
    used: { pods: '1', cpu: '500m', memory: '252Mi', 'requests.ephemeral-storage': '30Gi', [extended]: '2' },
  });
  for (const exceeding of [pod('too-much', '600m', '100Mi', '1'), pod('too-many-dongles', '100m', '100Mi', '2')]) {
    const refused = await on.api.send('POST', pods, { body: exceeding });
    expect(refused.status).toBe(403);
    expect(refused.json()['message']).toContain('exceeded quota: quota');
  }
  const changed = await on.api.send('PUT', `${pods}/fits`, {
    body: { ...(await on.api.get(`${pods}/fits`)), spec: pod('fits', '100m', '100Mi').spec },
  });
  expect(changed.status).toBe(422);
  await expectStatus(namespace, { used: { pods: '1', cpu: '500m', memory: '252Mi', [extended]: '2' } });
  await on.api.delete(`${pods}/fits`, { gracePeriodSeconds: 0 });
  await expectStatus(namespace, { used: none });
});

test('[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota.', async () => {
  const namespace = await on.namespace();
  const path = `${quotasOf(namespace)}/quota`;
  await on.api.post(quotasOf(namespace), {
    metadata: { name: 'quota' },
    spec: { hard: { cpu: '1', memory: '500Mi' } },
  });
  expect((await on.api.get(path)).spec).toEqual({ hard: { cpu: '1', memory: '500Mi' } });
  const hard = { cpu: '2', memory: '1Gi' };
  expect((await updateWith(on.api, path, (object) => ({ ...object, spec: { hard } }))).spec).toEqual({ hard });
  expect((await on.api.get(path)).spec).toEqual({ hard });
  await on.api.delete(path);
  await expectGone(on.api, path);
});

test('[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status', async () => {
  const namespace = await on.namespace();
  const path = `${quotasOf(namespace)}/quota`;
  await quota(namespace, { cpu: '500m', memory: '500Mi' }, {});

  const changed = { cpu: '1', memory: '1Gi' };
  const watch = await on.api.watch(`${quotasOf(namespace)}?fieldSelector=metadata.name%3Dquota`);
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: { ...object.status, hard: changed },
  }));
  expect(updated.status).toMatchObject({ hard: changed });
  expect(updated.spec).toEqual({ hard: { cpu: '500m', memory: '500Mi' } });
  // The controller puts right what the status says.
  await expectStatus(namespace, { hard: { cpu: '500m', memory: '500Mi' }, used: {} });

  const patched = await on.api.patch(path, { spec: { hard: changed } });
  expect(patched.spec).toEqual({ hard: changed });
  await expectStatus(namespace, { hard: changed, used: {} });

  const patchedStatus = await on.api.patch(`${path}/status`, { status: { hard: { cpu: '2', memory: '2Gi' } } });
  expect(patchedStatus.status).toMatchObject({ hard: { cpu: '2', memory: '2Gi' } });
  expect(patchedStatus.spec).toEqual({ hard: changed });
  await expectStatus(namespace, { hard: changed, used: {} });
  expect((await on.api.get(`${path}/status`)).status).toMatchObject({ hard: changed });

  await on.api.patch(`${path}/status`, { status: { hard: { cpu: '3' } } });
  await watch.until('the last patch', ({ object }) => JSON.stringify(object.status?.['hard']).includes('"cpu":"3"'));
  expect((await on.api.get(path)).spec).toEqual({ hard: changed });
  await expectStatus(namespace, { hard: changed, used: {} });
  watch.close();
});
