import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectApiOperations, expectGone, updateWith } from '../api-operations.ts';
import type { ApiObject, Fields } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;
let namespace: string;

beforeAll(async () => {
  on = await ConformanceCluster.start();
  namespace = await on.namespace();
});
afterAll(() => on?.stop());

const storage = '/apis/storage.k8s.io/v1';

async function labelled(path: string, label: string): Promise<ApiObject> {
  const patched = await on.api.patch(path, { metadata: { labels: { [label]: 'patched' } } }, 'strategic');
  expect(patched.metadata.labels).toMatchObject({ [label]: 'patched' });
  return patched;
}

function updateLabel(path: string, label: string): Promise<ApiObject> {
  return updateWith(on.api, path, (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [label]: 'updated' } },
  }));
}

const namesOf = async (path: string) => (await on.api.list(path)).items.map(({ metadata }) => metadata.name);

/** Create, read, patch, list, delete; then anew: update and delete by collection. */
async function expectLifecycle(collection: string, name: string, object: Fields): Promise<void> {
  const create = (label: string) =>
    on.api.post(collection, { ...object, metadata: { name, labels: { run: label, name } } });
  const path = `${collection}/${name}`;
  await create('first');
  expect((await on.api.get(path)).metadata.name).toBe(name);
  await labelled(path, 'run');
  expect(await namesOf(`${collection}?labelSelector=run%3Dpatched,name%3D${name}`)).toEqual([name]);
  await on.api.delete(path);
  await expectGone(on.api, path);
  await create('second');
  expect((await on.api.get(path)).metadata.name).toBe(name);
  expect((await updateLabel(path, 'run')).metadata.labels).toMatchObject({ run: 'updated' });
  await on.api.delete(`${collection}?labelSelector=run%3Dupdated,name%3D${name}`);
  await expectGone(on.api, path);
}

test('[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver', async () => {
  const drivers = `${storage}/csidrivers`;
  const create = (name: string) =>
    on.api.post(drivers, {
      metadata: { name, labels: { test: 'drivers', 'only-for': name } },
      spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Ephemeral'] },
    });
  await create('one.csi.example.com');
  await create('two.csi.example.com');
  await labelled(`${drivers}/one.csi.example.com`, 'driver');
  expect((await updateLabel(`${drivers}/two.csi.example.com`, 'driver')).metadata.labels).toMatchObject({
    driver: 'updated',
  });
  expect(await namesOf(`${drivers}?labelSelector=test%3Ddrivers`)).toEqual([
    'one.csi.example.com',
    'two.csi.example.com',
  ]);
  await on.api.delete(`${drivers}/one.csi.example.com`);
  await expectGone(on.api, `${drivers}/one.csi.example.com`);
  await on.api.delete(`${drivers}?labelSelector=test%3Ddrivers`);
  await expectGone(on.api, `${drivers}/two.csi.example.com`);
});

test('[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API', async () => {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const created = await on.api.post(pods, {
    metadata: { name: 'inline', labels: { test: 'inline' } },
    spec: {
      nodeSelector: { nowhere: 'at-all' },
      containers: [{ name: 'main', image: 'demo:1', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', csi: { driver: 'inline.csi.example.com', volumeAttributes: { a: 'b' } } }],
    },
  });
  const csi = { name: 'v', csi: { driver: 'inline.csi.example.com', volumeAttributes: { a: 'b' } } };
  expect(created.spec).toMatchObject({ volumes: expect.arrayContaining([csi]) });
  expect((await on.api.get(`${pods}/inline`)).spec).toMatchObject({ volumes: expect.arrayContaining([csi]) });
  expect(await namesOf(`${pods}?labelSelector=test%3Dinline`)).toEqual(['inline']);
  expect((await labelled(`${pods}/inline`, 'test')).spec).toMatchObject({ volumes: expect.arrayContaining([csi]) });
  await on.api.delete(`${pods}/inline`);
  await expectGone(on.api, `${pods}/inline`);
});

test('[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode', () =>
  expectLifecycle(`${storage}/csinodes`, 'a-csi-node', { spec: { drivers: [] } }));

test('[sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a VolumeAttributesClass', () =>
  expectLifecycle(`${storage}/volumeattributesclasses`, 'fast', {
    driverName: 'one.csi.example.com',
    parameters: { iops: '100' },
  }));

test('[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations', () =>
  expectApiOperations(on.api, {
    group: 'storage.k8s.io',
    version: 'v1',
    plural: 'csistoragecapacities',
    namespace,
    prefix: 'capacity',
    object: { storageClassName: 'a-class', capacity: '1Gi', nodeTopology: {} },
  }));

for (const { entry, plural, before, after } of [
  {
    entry: '[sig-storage] ConfigMap should be immutable if `immutable` field is set',
    plural: 'configmaps',
    before: 'one',
    after: 'two',
  },
  {
    entry: '[sig-storage] Secrets should be immutable if `immutable` field is set',
    plural: 'secrets',
    before: 'b25l',
    after: 'dHdv',
  },
]) {
  test(entry, async () => {
    const collection = `/api/v1/namespaces/${namespace}/${plural}`;
    const path = `${collection}/fixed`;
    await on.api.post(collection, { metadata: { name: 'fixed' }, data: { key: before } });
    const put = async (change: (object: ApiObject) => Fields) =>
      (await on.api.send('PUT', path, { body: change(await on.api.get(path)) })).status;
    expect(await put((object) => ({ ...object, data: { key: after } }))).toBe(200);
    expect(await put((object) => ({ ...object, immutable: true }))).toBe(200);
    expect(await put((object) => ({ ...object, data: { key: before } }))).toBe(422);
    expect(await put((object) => ({ ...object, immutable: false }))).toBe(422);
    expect(await put((object) => ({ ...object, metadata: { ...object.metadata, labels: { new: 'one' } } }))).toBe(200);
    expect(await on.api.get(path)).toMatchObject({ data: { key: after }, metadata: { labels: { new: 'one' } } });
    await on.api.delete(path);
    await expectGone(on.api, path);
  });
}

const volume = (name: string) => ({
  metadata: { name, labels: { test: name } },
  spec: {
    capacity: { storage: '5Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: `class-of-${name}`,
    csi: { driver: 'one.csi.example.com', volumeHandle: name },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'nowhere', operator: 'In', values: ['at-all'] }] }],
      },
    },
  },
});
const claim = (name: string) => ({
  metadata: { name, labels: { test: name } },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '2Gi' } },
    // No volume is of this class, so that nothing is bound behind the test's back.
    storageClassName: `other-than-${name}`,
  },
});

test('[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC', async () => {
  const volumes = '/api/v1/persistentvolumes';
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const create = async () => {
    await on.api.post(volumes, volume('living'));
    await on.api.post(claims, claim('living'));
  };
  await create();
  expect(await namesOf(`${volumes}?labelSelector=test%3Dliving`)).toEqual(['living']);
  expect(await namesOf(claims)).toEqual(['living']);
  await labelled(`${volumes}/living`, 'living');
  await labelled(`${claims}/living`, 'living');
  expect((await on.api.get(`${volumes}/living`)).metadata.uid).toBeTruthy();
  expect((await on.api.get(`${claims}/living`)).metadata.uid).toBeTruthy();
  for (const path of [`${claims}/living`, `${volumes}/living`]) {
    await on.api.delete(path);
    await expectGone(on.api, path);
  }
  await create();
  for (const path of [`${volumes}/living`, `${claims}/living`]) {
    expect((await updateLabel(path, 'living')).metadata.labels).toMatchObject({ living: 'updated' });
  }
  for (const collection of [claims, volumes]) {
    await on.api.delete(`${collection}?labelSelector=living%3Dupdated`);
    await expectGone(on.api, `${collection}/living`);
  }
});

test('[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status', async () => {
  const volumes = '/api/v1/persistentvolumes';
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  await on.api.post(volumes, volume('told'));
  await on.api.post(claims, claim('told'));
  expect(await namesOf(`${volumes}?labelSelector=test%3Dtold`)).toEqual(['told']);
  expect(await namesOf(claims)).toContain('told');
  const phase = (path: string, wanted: string) =>
    eventually(`${path} is ${wanted}`, async () => (await on.api.get(path)).status?.['phase'] === wanted);
  await phase(`${claims}/told/status`, 'Pending');
  await phase(`${volumes}/told/status`, 'Available');

  const condition = (reason: string) => ({
    type: 'StatusPatched',
    status: 'True',
    reason,
    message: 'Set by a test',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const patchedClaim = await on.api.patch(`${claims}/told/status`, { status: { conditions: [condition('Patched')] } });
  expect(patchedClaim.status).toMatchObject({ conditions: [{ reason: 'Patched' }] });
  const patchedVolume = await on.api.patch(`${volumes}/told/status`, {
    status: { reason: 'Patched', message: 'by patch' },
  });
  expect(patchedVolume.status).toMatchObject({ reason: 'Patched', message: 'by patch' });

  const updatedClaim = await updateWith(on.api, `${claims}/told/status`, (object) => ({
    ...object,
    status: { ...object.status, conditions: [condition('Updated')] },
  }));
  expect(updatedClaim.status).toMatchObject({ conditions: [{ reason: 'Updated' }] });
  const updatedVolume = await updateWith(on.api, `${volumes}/told/status`, (object) => ({
    ...object,
    status: { ...object.status, reason: 'Updated', message: 'by update' },
  }));
  expect(updatedVolume.status).toMatchObject({ reason: 'Updated', message: 'by update' });
});

test('[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status', async () => {
  const attachments = `${storage}/volumeattachments`;
  const path = `${attachments}/attached`;
  await on.api.post(attachments, {
    metadata: { name: 'attached' },
    spec: { attacher: 'one.csi.example.com', nodeName: 'a-node', source: { persistentVolumeName: 'a-volume' } },
  });
  await labelled(path, 'attached');
  expect((await on.api.get(`${path}/status`)).status).toMatchObject({ attached: false });
  expect((await on.api.patch(`${path}/status`, { status: { attached: true } })).status).toMatchObject({
    attached: true,
  });
  const updated = await updateWith(on.api, `${path}/status`, (object) => ({ ...object, status: { attached: false } }));
  expect(updated.status).toMatchObject({ attached: false });
  await on.api.delete(path);
  await expectGone(on.api, path);
});
