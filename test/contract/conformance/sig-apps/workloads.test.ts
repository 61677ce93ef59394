import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { ApiObject, Fields } from '../api-client.ts';
import { expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1', 'node-2', 'node-3']);
});
afterAll(() => on?.stop());

const apps = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}`;
const core = (namespace: string) => `/api/v1/namespaces/${namespace}`;
const batch = (namespace: string) => `/apis/batch/v1/namespaces/${namespace}`;

const template = (labels: Readonly<Record<string, string>>, image = 'demo:1', spec: Fields = {}) => ({
  metadata: { labels },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image }], ...spec },
});

const workload = (name: string, replicas: number, more: Fields = {}) => ({
  metadata: { name, labels: { app: name } },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template({ app: name }), ...more },
});

const list = async (path: string) => (await on.api.list(path)).items;
const podsOf = (namespace: string, app: string) => list(`${core(namespace)}/pods?labelSelector=app%3D${app}`);
const scaled = (path: string, replicas: number) =>
  eventually(`${path} has ${replicas} ready`, async () => {
    const { status } = await on.api.get(path);
    return (status?.['readyReplicas'] ?? 0) === replicas && (status?.['replicas'] ?? 0) === replicas;
  });

const condition = (type: string) => ({
  type,
  status: 'True',
  reason: 'E2E',
  message: 'Set by a test',
});
const typesOf = ({ status }: ApiObject) =>
  ((status?.['conditions'] ?? []) as readonly { readonly type: string }[]).map(({ type }) => type);

/** Read, update and patch of the status: each is seen by the next read. The controller may write in between. */
async function expectStatusEndpoints(path: string): Promise<void> {
  expect((await on.api.get(`${path}/status`)).status).toBeDefined();
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: {
      ...object.status,
      conditions: [...((object.status?.['conditions'] ?? []) as readonly object[]), condition('StatusUpdate')],
    },
  }));
  expect(typesOf(updated)).toContain('StatusUpdate');
  expect(typesOf(await on.api.get(`${path}/status`))).toContain('StatusUpdate');
  const patched = await on.api.patch(`${path}/status`, { status: { conditions: [condition('StatusPatched')] } });
  expect(typesOf(patched)).toEqual(['StatusPatched']);
}

for (const { entry, plural } of [
  { entry: '[sig-apps] Deployment should validate Deployment Status endpoints', plural: 'deployments' },
  { entry: '[sig-apps] ReplicaSet should validate Replicaset Status endpoints', plural: 'replicasets' },
  {
    entry:
      '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should validate Statefulset Status endpoints',
    plural: 'statefulsets',
  },
]) {
  test(entry, async () => {
    const namespace = await on.namespace();
    const path = `${apps(namespace)}/${plural}/told`;
    const more = plural === 'statefulsets' ? { serviceName: 'told' } : {};
    await on.api.post(`${apps(namespace)}/${plural}`, workload('told', 1, more));
    await scaled(path, 1);
    await expectStatusEndpoints(path);
  });
}

test('[sig-apps] Daemon set [Serial] should verify changes to a daemon set status', async () => {
  const namespace = await on.namespace();
  const path = `${apps(namespace)}/daemonsets/told`;
  const { replicas: _replicas, ...spec } = workload('told', 0).spec;
  await on.api.post(`${apps(namespace)}/daemonsets`, { metadata: { name: 'told', labels: { app: 'told' } }, spec });
  await eventually('a pod on each node', async () => (await on.api.get(path)).status?.['numberReady'] === 3);
  await expectStatusEndpoints(path);
});

test('[sig-apps] Job should apply changes to a job status', async () => {
  const namespace = await on.namespace();
  const path = `${batch(namespace)}/jobs/told`;
  await on.api.post(`${batch(namespace)}/jobs`, {
    metadata: { name: 'told' },
    spec: { parallelism: 2, completions: 4, template: template({ app: 'told' }, 'demo:1', { restartPolicy: 'Never' }) },
  });
  await eventually('its pods run', async () => (await on.api.get(path)).status?.['active'] === 2);
  const patched = await on.api.patch(`${path}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { conditions: [condition('CustomConditionType')] },
  });
  expect(typesOf(patched)).toContain('CustomConditionType');
  expect((await on.api.get(path)).metadata.annotations).toMatchObject({ patchedstatus: 'true' });
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({
    ...object,
    status: { ...object.status, startTime: object.status?.['startTime'], conditions: [condition('Replaced')] },
  }));
  expect(typesOf(updated)).toEqual(['Replaced']);
  expect(typesOf(await on.api.get(`${path}/status`))).toContain('Replaced');
});

test('[sig-apps] Job should delete a job', async () => {
  const namespace = await on.namespace();
  const path = `${batch(namespace)}/jobs/ending`;
  await on.api.post(`${batch(namespace)}/jobs`, {
    metadata: { name: 'ending' },
    spec: {
      parallelism: 2,
      completions: 4,
      template: template({ app: 'ending' }, 'demo:1', { restartPolicy: 'Never' }),
    },
  });
  await eventually('as many pods as may run at a time', async () => (await podsOf(namespace, 'ending')).length === 2);
  await on.api.delete(path, { propagationPolicy: 'Foreground' });
  await expectGone(on.api, path);
  expect(await podsOf(namespace, 'ending')).toEqual([]);
});

test('[sig-apps] Deployment should run the lifecycle of a Deployment', async () => {
  const namespace = await on.namespace();
  const path = `${apps(namespace)}/deployments/living`;
  await on.api.post(`${apps(namespace)}/deployments`, workload('living', 1));
  await scaled(path, 1);
  const patch = {
    metadata: { labels: { 'test-deployment': 'patched' } },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'main', image: 'demo:2' }] } } },
  };
  const patched = await on.api.patch(path, patch, 'strategic');
  expect(patched.metadata.labels).toMatchObject({ 'test-deployment': 'patched', app: 'living' });
  await eventually('the update is everywhere', async () => {
    const { status } = await on.api.get(path);
    return status?.['updatedReplicas'] === 2 && status['availableReplicas'] === 2;
  });
  await updateWith(on.api, path, (object) => ({ ...object, spec: { ...object.spec, replicas: 3 } }));
  await scaled(path, 3);
  const found = await list(`/apis/apps/v1/deployments?labelSelector=test-deployment%3Dpatched`);
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['living']);
  const told = await on.api.patch(`${path}/status`, { metadata: { labels: { status: 'patched' } }, status: {} });
  expect(told.metadata.labels).toMatchObject({ status: 'patched' });
  expect((await on.api.get(`${path}/status`)).status).toMatchObject({ readyReplicas: 3 });
  await on.api.delete(`${apps(namespace)}/deployments?labelSelector=test-deployment%3Dpatched`);
  await expectGone(on.api, path);
});

test('[sig-apps] Deployment RecreateDeployment should delete old pods and create new ones', async () => {
  const namespace = await on.namespace();
  const path = `${apps(namespace)}/deployments/again`;
  await on.api.post(`${apps(namespace)}/deployments`, workload('again', 2, { strategy: { type: 'Recreate' } }));
  await scaled(path, 2);
  const old = new Set((await podsOf(namespace, 'again')).map(({ metadata }) => metadata.name));
  const watch = await on.api.watch(`${core(namespace)}/pods?labelSelector=app%3Dagain`);
  await on.api.patch(
    path,
    { spec: { template: { spec: { containers: [{ name: 'main', image: 'demo:2' }] } } } },
    'strategic',
  );
  await eventually('only new pods', async () => {
    const names = (await podsOf(namespace, 'again')).map(({ metadata }) => metadata.name);
    return names.length === 2 && names.every((name) => !old.has(name));
  });
  await eventually('they are told of', () => watch.events.filter(({ type }) => type === 'DELETED').length === 2);
  // Never old and new ones at the same time.
  const firstNew = watch.events.findIndex(({ type, object }) => type === 'ADDED' && !old.has(object.metadata.name));
  const gone = watch.events.slice(0, firstNew).filter(({ type }) => type === 'DELETED');
  expect(gone).toHaveLength(2);
  watch.close();
});

test('[sig-apps] Deployment RollingUpdateDeployment should delete old pods and create new ones', async () => {
  const namespace = await on.namespace();
  const path = `${apps(namespace)}/deployments/rolling`;
  // A replica set that was there before is adopted, and rolled away from.
  const labels = { app: 'rolling', pod: 'httpd' };
  await on.api.post(`${apps(namespace)}/replicasets`, {
    metadata: { name: 'before', labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: template(labels) },
  });
  await scaled(`${apps(namespace)}/replicasets/before`, 1);
  await on.api.post(
    `${apps(namespace)}/deployments`,
    workload('rolling', 1, {
      selector: { matchLabels: { app: 'rolling' } },
      template: template({ app: 'rolling', pod: 'httpd' }, 'demo:2'),
    }),
  );
  await eventually('the old set has no pods any more', async () => {
    const before = await on.api.get(`${apps(namespace)}/replicasets/before`);
    const { status } = await on.api.get(path);
    return before.spec?.['replicas'] === 0 && status?.['updatedReplicas'] === 1 && status['availableReplicas'] === 1;
  });
  const adopted = await on.api.get(`${apps(namespace)}/replicasets/before`);
  expect(adopted.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', name: 'rolling', controller: true }]);
});

test('[sig-apps] Deployment deployment should delete old replica sets', async () => {
  const namespace = await on.namespace();
  const path = `${apps(namespace)}/deployments/cleaned`;
  await on.api.post(`${apps(namespace)}/deployments`, workload('cleaned', 1, { revisionHistoryLimit: 0 }));
  await scaled(path, 1);
  await on.api.patch(
    path,
    { spec: { template: { spec: { containers: [{ name: 'main', image: 'demo:2' }] } } } },
    'strategic',
  );
  await eventually('one replica set is left', async () => {
    const sets = await list(`${apps(namespace)}/replicasets?labelSelector=app%3Dcleaned`);
    return sets.length === 1 && JSON.stringify(sets[0]?.spec).includes('demo:2');
  });
});

for (const { entry, path, spec } of [
  {
    entry: '[sig-apps] ReplicaSet Replicaset should have a working scale subresource',
    path: (namespace: string) => `${apps(namespace)}/replicasets`,
    spec: { selector: { matchLabels: { app: 'sized' } } },
  },
  {
    entry: '[sig-apps] ReplicationController should get and update a ReplicationController scale',
    path: (namespace: string) => `${core(namespace)}/replicationcontrollers`,
    spec: { selector: { app: 'sized' } },
  },
]) {
  test(entry, async () => {
    const namespace = await on.namespace();
    const object = `${path(namespace)}/sized`;
    await on.api.post(path(namespace), workload('sized', 1, spec));
    await scaled(object, 1);
    const scale = await on.api.get(`${object}/scale`);
    expect(scale).toMatchObject({ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 1 } });
    const updated = await on.api.put(`${object}/scale`, { ...scale, spec: { replicas: 2 } });
    expect(updated.spec).toEqual({ replicas: 2 });
    expect((await on.api.get(object)).spec).toMatchObject({ replicas: 2 });
    await scaled(object, 2);
    const patched = await on.api.patch(`${object}/scale`, { spec: { replicas: 4 } });
    expect(patched.spec).toEqual({ replicas: 4 });
    await scaled(object, 4);
  });
}

const controller = (name: string, replicas: number) => ({
  metadata: { name, labels: { app: name } },
  spec: { replicas, selector: { app: name }, template: template({ app: name }) },
});

test('[sig-apps] ReplicationController should test the lifecycle of a ReplicationController', async () => {
  const namespace = await on.namespace();
  const collection = `${core(namespace)}/replicationcontrollers`;
  const path = `${collection}/living`;
  const watch = await on.api.watch(`${collection}?labelSelector=app%3Dliving`);
  await on.api.post(collection, controller('living', 1));
  await watch.until('the controller', ({ type }) => type === 'ADDED');
  await scaled(path, 1);
  await on.api.patch(path, { metadata: { labels: { 'test-rc': 'patched' } } }, 'strategic');
  await watch.until('the label', ({ object }) => object.metadata.labels?.['test-rc'] === 'patched');
  const told = await on.api.patch(`${path}/status`, { status: { conditions: [condition('Patched')] } });
  expect(typesOf(told)).toEqual(['Patched']);
  expect((await on.api.get(`${path}/status`)).metadata.name).toBe('living');
  await on.api.patch(`${path}/scale`, { spec: { replicas: 2 } });
  await scaled(path, 2);
  const found = await list('/api/v1/replicationcontrollers?labelSelector=test-rc%3Dpatched');
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['living']);
  await updateWith(on.api, path, (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'test-rc': 'updated' } },
  }));
  await on.api.delete(`${collection}?labelSelector=test-rc%3Dupdated`);
  await watch.until('the end', ({ type }) => type === 'DELETED');
  await expectGone(on.api, path);
  watch.close();
});

test('[sig-apps] ReplicationController should adopt matching pods on creation', async () => {
  const namespace = await on.namespace();
  await on.api.post(`${core(namespace)}/pods`, {
    metadata: { name: 'orphan', labels: { app: 'adopting' } },
    spec: template({}).spec,
  });
  await on.api.post(`${core(namespace)}/replicationcontrollers`, controller('adopting', 1));
  await eventually('the pod is adopted', async () => {
    const { metadata } = await on.api.get(`${core(namespace)}/pods/orphan`);
    return metadata.ownerReferences?.some(({ name, controller: controls }) => name === 'adopting' && controls);
  });
  expect(await podsOf(namespace, 'adopting')).toHaveLength(1);
});

test('[sig-apps] ReplicationController should release no longer matching pods', async () => {
  const namespace = await on.namespace();
  await on.api.post(`${core(namespace)}/replicationcontrollers`, controller('releasing', 1));
  await scaled(`${core(namespace)}/replicationcontrollers/releasing`, 1);
  const [pod] = await podsOf(namespace, 'releasing');
  const path = `${core(namespace)}/pods/${pod?.metadata.name}`;
  await on.api.patch(path, { metadata: { labels: { app: 'other' } } });
  await eventually(
    'it is released',
    async () => ((await on.api.get(path)).metadata.ownerReferences ?? []).length === 0,
  );
  await eventually('another is made', async () => (await podsOf(namespace, 'releasing')).length === 1);
});

test('[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota', async () => {
  const namespace = await on.namespace();
  await on.api.post(`${core(namespace)}/resourcequotas`, { metadata: { name: 'two' }, spec: { hard: { pods: '2' } } });
  await eventually('the quota counts', async () => {
    const { status } = await on.api.get(`${core(namespace)}/resourcequotas/two`);
    return (status?.['hard'] as Fields | undefined)?.['pods'] === '2';
  });
  const path = `${core(namespace)}/replicationcontrollers/too-many`;
  await on.api.post(`${core(namespace)}/replicationcontrollers`, controller('too-many', 3));
  const failure = async () =>
    ((await on.api.get(path)).status?.['conditions'] as readonly Fields[] | undefined)?.find(
      ({ type }) => type === 'ReplicaFailure',
    );
  await eventually('the failure is said', failure);
  expect(JSON.stringify(await failure())).toContain('exceeded quota');
  await on.api.patch(`${path}/scale`, { spec: { replicas: 2 } });
  await eventually('the failure is over', async () => (await failure()) === undefined);
});

test('[sig-apps] ControllerRevision [Serial] should manage the lifecycle of a ControllerRevision', async () => {
  const namespace = await on.namespace();
  const sets = `${apps(namespace)}/daemonsets`;
  const collection = `${apps(namespace)}/controllerrevisions`;
  const selected = `${collection}?labelSelector=app%3Drevised`;
  const { replicas: _replicas, ...spec } = workload('revised', 0).spec;
  const set = await on.api.post(sets, { metadata: { name: 'revised', labels: { app: 'revised' } }, spec });
  const revisions = async (count: number) =>
    eventually(`${count} revisions`, async () => {
      const found = await list(selected);
      return found.length === count ? found : undefined;
    });
  const [first] = await revisions(1);
  const name = first?.metadata.name ?? '';
  const patched = await on.api.patch(`${collection}/${name}`, { metadata: { labels: { [name]: 'patched' } } });
  expect(patched.metadata.labels).toMatchObject({ [name]: 'patched' });

  await on.api.post(collection, {
    metadata: {
      name: 'made-by-hand',
      labels: { app: 'revised' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'revised', uid: set.metadata.uid, controller: true },
      ],
    },
    data: first?.['data'],
    revision: Number(first?.['revision']) + 1,
  });
  await revisions(2);
  await on.api.delete(`${collection}/${name}`);
  // The set makes again what it needs, or keeps the one that says the same.
  await eventually('the deleted one is gone', async () =>
    (await list(selected)).every(({ metadata }) => metadata.uid !== first?.metadata.uid),
  );
  const [kept] = await list(selected);
  const updated = await updateWith(on.api, `${collection}/${kept?.metadata.name}`, (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, kept: 'updated' } },
  }));
  expect(updated.metadata.labels).toMatchObject({ kept: 'updated' });

  await on.api.patch(
    `${sets}/revised`,
    { spec: { template: { spec: { containers: [{ name: 'main', image: 'demo:3' }] } } } },
    'strategic',
  );
  const newest = await eventually('a revision of the new template', async () =>
    (await list(selected)).find((revision) => JSON.stringify(revision['data']).includes('demo:3')),
  );
  expect(newest['revision']).toBe(3);
  await on.api.delete(`${collection}?labelSelector=kept%3Dupdated`);
  await eventually('only the present one is left', async () => {
    const left = await list(selected);
    return left.length === 1 && left[0]?.['revision'] === 3;
  });
});

test('[sig-apps] Daemon set [Serial] should rollback without unnecessary restarts', async () => {
  const namespace = await on.namespace();
  const path = `${apps(namespace)}/daemonsets/rolled`;
  const { replicas: _replicas, ...spec } = workload('rolled', 0).spec;
  const setImage = (image: string) =>
    on.api.patch(path, { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } }, 'strategic');
  const imagesOf = async () => {
    const found = await podsOf(namespace, 'rolled');
    return new Map(
      found.map(({ metadata, spec: of }) => [
        metadata.uid,
        (of?.['containers'] as readonly { readonly image: string }[] | undefined)?.[0]?.image,
      ]),
    );
  };
  await on.api.post(`${apps(namespace)}/daemonsets`, { metadata: { name: 'rolled' }, spec });
  await eventually('a pod on each node', async () => (await on.api.get(path)).status?.['numberReady'] === 3);
  const first = await imagesOf();
  await setImage('broken');
  await eventually('a pod of the new template has come, and does not become ready', async () =>
    [...(await imagesOf()).values()].includes('broken'),
  );
  const untouched = [...(await imagesOf())].filter(([, image]) => image === 'demo:1').map(([uid]) => uid);
  expect(untouched.filter((uid) => first.has(uid))).toHaveLength(2);
  await setImage('demo:1');
  await eventually('all are ready again', async () => {
    const { status } = await on.api.get(path);
    return status?.['numberReady'] === 3 && status?.['updatedNumberScheduled'] === 3;
  });
  const last = await imagesOf();
  expect([...last.values()]).toEqual(['demo:1', 'demo:1', 'demo:1']);
  expect(untouched.filter((uid) => last.has(uid))).toEqual(untouched);
});
