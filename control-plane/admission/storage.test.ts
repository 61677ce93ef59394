import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../apiserver/extension.ts';
import { NodeAuthorizer } from '../auth/node-authorizer.ts';
import { ApiUnderTest } from '../../test/support/api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const claim = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const create = async (body: object) => (await api.send('POST', claims, { body })).json();

describe('a claim that is made', () => {
  test('is of the default class, which every cluster has, and is held while it is in use', async () => {
    expect(await create(claim('a'))).toMatchObject({
      metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
      spec: { storageClassName: 'local-path', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
    const table = await api.send('GET', '/apis/storage.k8s.io/v1/storageclasses', {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(table.json()).toMatchObject({
      rows: [
        { cells: ['local-path (default)', 'vigil.dev/local-path', 'Delete', 'WaitForFirstConsumer', false, '0s'] },
      ],
    });
  });

  test.each([
    ['another class', { storageClassName: 'fast' }, 'fast'],
    ['no class', { storageClassName: '' }, ''],
  ])('keeps %s', async (name, spec, expected) => {
    expect(await create(claim(name.replace(' ', '-'), spec))).toMatchObject({ spec: { storageClassName: expected } });
  });

  test('that is being deleted waits for who holds it', async () => {
    await create(claim('held'));
    const answer = await api.send('DELETE', `${claims}/held`);
    expect(answer.json()).toMatchObject({
      kind: 'PersistentVolumeClaim',
      metadata: { deletionTimestamp: expect.any(String) },
    });
    expect((await api.send('GET', `${claims}/held`)).status).toBe(200);
  });
});

test('an agent reads the claims of its pods and the volumes of these claims, and no others', async () => {
  const pod = {
    metadata: { name: 'p' },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'mine' } }],
    },
  };
  await api.send('POST', '/api/v1/namespaces/default/pods', { body: pod });
  const volume = (name: string, of: string) => ({
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/x' },
      claimRef: { namespace: 'default', name: of },
    },
  });
  for (const body of [volume('v-mine', 'mine'), volume('v-other', 'other')]) {
    expect((await api.send('POST', '/api/v1/persistentvolumes', { body })).status).toBe(201);
  }
  const nodes = new NodeAuthorizer(api.core.registry);
  nodes.start();
  const mayRead = (node: string, resource: string, name: string, namespace?: string) => {
    const user: User = { name: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] };
    return nodes.authorize(user, { verb: 'get', group: '', resource, name, namespace }).allowed;
  };
  expect(mayRead('node-1', 'persistentvolumeclaims', 'mine', 'default')).toBe(true);
  expect(mayRead('node-1', 'persistentvolumes', 'v-mine')).toBe(true);
  expect(mayRead('node-1', 'persistentvolumeclaims', 'other', 'default')).toBe(false);
  expect(mayRead('node-1', 'persistentvolumes', 'v-other')).toBe(false);
  expect(mayRead('node-1', 'persistentvolumes', 'nowhere')).toBe(false);
  expect(mayRead('node-2', 'persistentvolumes', 'v-mine')).toBe(false);
});
