import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

/** The life of each kind of stateful workloads and storage over HTTP, as upstream's conformance tests go through it. */

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

const storage = '/apis/storage.k8s.io/v1';
const apps = '/apis/apps/v1/namespaces/default';
const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const set = { serviceName: 'web', replicas: 2, selector: { matchLabels: { app: 'web' } }, template };
const volumeSpec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/x' } };

interface Kind {
  readonly kind: string;
  readonly url: string;
  readonly body: object;
  /** Held by a finalizer, so that a delete only marks it. */
  readonly isHeld?: true;
}

const kinds: readonly Kind[] = [
  { kind: 'StatefulSet', url: `${apps}/statefulsets`, body: { spec: set } },
  { kind: 'ControllerRevision', url: `${apps}/controllerrevisions`, body: { revision: 1, data: { spec: {} } } },
  { kind: 'PersistentVolume', url: '/api/v1/persistentvolumes', body: { spec: volumeSpec }, isHeld: true },
  {
    kind: 'PersistentVolumeClaim',
    url: '/api/v1/namespaces/default/persistentvolumeclaims',
    body: { spec: claimSpec },
    isHeld: true,
  },
  { kind: 'StorageClass', url: `${storage}/storageclasses`, body: { provisioner: 'a.example/b' } },
  { kind: 'CSIDriver', url: `${storage}/csidrivers`, body: { spec: { attachRequired: false } } },
  { kind: 'CSINode', url: `${storage}/csinodes`, body: { spec: { drivers: [] } } },
  {
    kind: 'CSIStorageCapacity',
    url: `${storage}/namespaces/default/csistoragecapacities`,
    body: { storageClassName: 'fast', capacity: '1Gi' },
  },
  {
    kind: 'VolumeAttributesClass',
    url: `${storage}/volumeattributesclasses`,
    body: { driverName: 'a.example', parameters: { iops: '1' } },
  },
  {
    kind: 'VolumeAttachment',
    url: `${storage}/volumeattachments`,
    body: { spec: { attacher: 'a.example', nodeName: 'node-1', source: { persistentVolumeName: 'v' } } },
  },
];

const merge = { 'content-type': 'application/merge-patch+json' };

describe.each(kinds)('$kind', ({ kind, url, body, isHeld }) => {
  const make = (name: string) =>
    api.send('POST', url, { body: { metadata: { name, labels: { try: 'me' } }, ...body } });
  const items = async (selector: string) =>
    ((await api.send('GET', `${url}?labelSelector=${selector}`)).json()['items'] as object[]).length;

  test('is made, read, changed, found by its label and replaced', async () => {
    expect((await make('a')).status).toBe(201);
    const patched = await api.send('PATCH', `${url}/a`, {
      headers: merge,
      body: { metadata: { labels: { e2e: 'b' } } },
    });
    expect(patched.json()).toMatchObject({ kind, metadata: { name: 'a', labels: { try: 'me', e2e: 'b' } } });
    expect(await items('e2e=b')).toBe(1);
    const present = (await api.send('GET', `${url}/a`)).json() as { metadata: object };
    const replaced = await api.send('PUT', `${url}/a`, {
      body: { ...present, metadata: { ...present.metadata, labels: { e2e: 'c' } } },
    });
    expect([replaced.status, await items('e2e=c'), await items('e2e=b')]).toEqual([200, 1, 0]);
  });

  test('is deleted alone and with others', async () => {
    expect((await api.send('DELETE', `${url}/a`)).status).toBe(200);
    await make('b');
    await make('c');
    expect((await api.send('DELETE', `${url}?labelSelector=try%3Dme`)).status).toBe(200);
    for (const name of ['a', 'b', 'c']) {
      const left = await api.send('GET', `${url}/${name}`);
      if (isHeld) expect(left.json()).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } });
      else expect(left.status).toBe(404);
    }
  });
});

describe('what controllers and people write of their own', () => {
  test.each([
    ['the status of a stateful set', `${apps}/statefulsets`, { spec: set }, { readyReplicas: 1, replicas: 2 }],
    ['the status of a volume', '/api/v1/persistentvolumes', { spec: volumeSpec }, { phase: 'Available', message: 'm' }],
    [
      'the status of a claim',
      '/api/v1/namespaces/default/persistentvolumeclaims',
      { spec: claimSpec },
      { conditions: [{ type: 'Resizing', status: 'True' }] },
    ],
    [
      'the status of an attachment',
      `${storage}/volumeattachments`,
      { spec: { attacher: 'a.example', nodeName: 'node-1', source: { persistentVolumeName: 'v' } } },
      { attached: true },
    ],
  ])('%s changes by itself', async (_what, url, body, status) => {
    await api.send('POST', url, { body: { metadata: { name: 'status' }, ...body, status } });
    expect((await api.send('GET', `${url}/status/status`)).json()['status']).not.toMatchObject(status);
    const patch = await api.send('PATCH', `${url}/status/status`, { headers: merge, body: { status } });
    expect(patch.json()).toMatchObject({ status });
    const plain = await api.send('PATCH', `${url}/status`, { headers: merge, body: { status: null } });
    expect(plain.json()).toMatchObject({ status });
  });

  test('the size of a stateful set is changed by its scale', async () => {
    await api.send('POST', `${apps}/statefulsets`, { body: { metadata: { name: 'web' }, spec: set } });
    const scaled = await api.send('PATCH', `${apps}/statefulsets/web/scale`, {
      headers: merge,
      body: { spec: { replicas: 5 } },
    });
    expect(scaled.json()).toMatchObject({ kind: 'Scale', spec: { replicas: 5 }, status: { selector: 'app=web' } });
    expect((await api.send('GET', `${apps}/statefulsets/web`)).json()).toMatchObject({
      spec: { replicas: 5 },
      metadata: { generation: 2 },
    });
  });
});
