import { afterEach, describe, expect, test } from 'vitest';
import { isNotFound } from '../../../lib/kube/client.ts';
import {
  events,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  serviceAccounts,
  storageClasses,
} from '../../../lib/kube/resources.ts';
import type { PersistentVolumeClaim, Pod } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';
import { localPathStorageClass } from '../../../control-plane/apiserver/system/bootstrap-storage.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

async function start(): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  await loops.client.create(storageClasses, localPathStorageClass);
  return loops;
}

const key = { namespace: 'default', name: 'data' };

const claim = (over: Partial<NonNullable<PersistentVolumeClaim['spec']>> = {}): PersistentVolumeClaim => ({
  metadata: key,
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...over },
});

const reader = (name: string): Pod => ({
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
});

const nodeOf = async (on: ControlLoops, name: string) =>
  (await on.client.get(pods, { namespace: 'default', name })).spec?.nodeName;

const isGone = async (on: ControlLoops, what: 'claim' | 'volume', name = 'data') => {
  try {
    await (what === 'claim'
      ? on.client.get(persistentVolumeClaims, { namespace: 'default', name })
      : on.client.get(persistentVolumes, { name }));
    return false;
  } catch (error) {
    return isNotFound(error);
  }
};

async function running(on: ControlLoops, name = 'reader'): Promise<string> {
  await on.client.create(pods, reader(name));
  return on.until(`${name} runs`, () => nodeOf(on, name));
}

const volumeName = async (on: ControlLoops) =>
  (await on.client.get(persistentVolumeClaims, key)).spec?.volumeName ?? '';

const reasons = async (on: ControlLoops, kind: string) => {
  const { items } = await on.client.list(events, { namespace: 'default' });
  return items.filter(({ involvedObject }) => involvedObject.kind === kind).map(({ reason }) => reason);
};

describe('a claim on three nodes', () => {
  test('waits for a pod, gets a folder on its node, and the pod goes there', async () => {
    const on = await start();
    await on.client.create(persistentVolumeClaims, claim());
    await on.until('it waits', async () =>
      (await reasons(on, 'PersistentVolumeClaim')).includes('WaitForFirstConsumer'),
    );
    expect(on.folders.present.size).toBe(0);
    const node = await running(on);
    const bound = await on.client.get(persistentVolumeClaims, key);
    expect(bound).toMatchObject({
      metadata: {
        annotations: { 'volume.kubernetes.io/selected-node': node, 'pv.kubernetes.io/bind-completed': 'yes' },
      },
      spec: { storageClassName: 'local-path', volumeName: `pvc-${bound.metadata?.uid}` },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } },
    });
    expect([...on.folders.present]).toEqual([`${node}/pvc-${bound.metadata?.uid}`]);
    expect(await on.client.get(persistentVolumes, { name: bound.spec?.volumeName ?? '' })).toMatchObject({
      spec: {
        local: { path: `/volumes/${node}/${bound.spec?.volumeName}` },
        claimRef: { name: 'data', uid: bound.metadata?.uid },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ values: [node] }] }] } },
      },
      status: { phase: 'Bound' },
    });
    expect(await reasons(on, 'PersistentVolumeClaim')).toContain('ProvisioningSucceeded');
  });

  test('the next pod goes where the data are', async () => {
    const on = await start();
    await on.client.create(persistentVolumeClaims, claim());
    const node = await running(on);
    for (let times = 0; times < 3; times++) {
      await on.client.delete(pods, { namespace: 'default', name: 'reader' });
      await on.until('gone', async () => (await on.client.list(pods, { namespace: 'default' })).items.length === 0);
      expect(await running(on)).toBe(node);
    }
  });

  test('is held while a pod uses it; then its volume and its folder go', async () => {
    const on = await start();
    await on.client.create(persistentVolumeClaims, claim());
    await running(on);
    const volume = await volumeName(on);
    await on.client.delete(persistentVolumeClaims, key);
    await on.clock.advance(5_000);
    expect([await isGone(on, 'claim'), on.folders.present.size]).toEqual([false, 1]);
    await on.client.delete(pods, { namespace: 'default', name: 'reader' });
    await on.until('all gone', async () => (await isGone(on, 'claim')) && (await isGone(on, 'volume', volume)));
    expect(on.folders.present.size).toBe(0);
  });

  test('a volume that is to be kept is kept, with its folder', async () => {
    const on = await start();
    await on.client.create(persistentVolumeClaims, claim());
    await running(on);
    const name = await volumeName(on);
    await on.client.patch(persistentVolumes, { name }, 'merge', { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
    await on.client.delete(pods, { namespace: 'default', name: 'reader' });
    await on.client.delete(persistentVolumeClaims, key);
    await on.until('released', async () => {
      const { status } = await on.client.get(persistentVolumes, { name });
      return status?.phase === 'Released';
    });
    await on.client.delete(persistentVolumes, { name });
    await on.until('the volume is gone', () => isGone(on, 'volume', name));
    expect(on.folders.present.size).toBe(1);
  });

  test('a folder is removed once its agent answers again, and not waited for when its node is gone', async () => {
    const on = await start();
    await on.client.create(persistentVolumeClaims, claim());
    const node = await running(on);
    const name = await volumeName(on);
    on.folders.silent.add(node);
    await on.client.delete(pods, { namespace: 'default', name: 'reader' });
    await on.client.delete(persistentVolumeClaims, key);
    await on.until('it is told', async () => {
      const { items } = await on.client.list(events, { fieldSelector: 'reason=VolumeFailedDelete' });
      return items.some(({ message }) => message === `agent of ${node} does not answer`);
    });
    expect(await isGone(on, 'volume', name)).toBe(false);
    await on.client.delete(nodes, { name: node });
    await on.until('the volume is gone', () => isGone(on, 'volume', name));
  });

  test('another node is chosen when the first one dies before the volume is made', async () => {
    const on = await start();
    for (const name of ['node-1', 'node-2', 'node-3']) on.folders.silent.add(name);
    await on.client.create(persistentVolumeClaims, claim());
    await on.client.create(pods, reader('reader'));
    const first = await on.until('a node is chosen', async () => {
      const { metadata } = await on.client.get(persistentVolumeClaims, key);
      return metadata?.annotations?.['volume.kubernetes.io/selected-node'];
    });
    await on.until('it fails there', async () =>
      (await reasons(on, 'PersistentVolumeClaim')).includes('ProvisioningFailed'),
    );
    on.kubelets.kill(first);
    on.folders.silent.clear();
    on.folders.silent.add(first);
    const node = await on.until('the pod runs elsewhere', () => nodeOf(on, 'reader'), 120_000);
    expect(node).not.toBe(first);
  });

  test('volumes made by hand are bound by size, and set free by hand', async () => {
    const on = await start();
    for (const [name, storage] of [
      ['small', '1Mi'],
      ['fits', '2Gi'],
      ['large', '9Gi'],
    ] as const) {
      await on.client.create(persistentVolumes, {
        metadata: { name },
        spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/${name}` } },
      });
    }
    await on.client.create(persistentVolumeClaims, claim({ storageClassName: '' }));
    await on.until('bound', async () => (await on.client.get(persistentVolumeClaims, key)).status?.phase === 'Bound');
    expect(await volumeName(on)).toBe('fits');
    await on.client.delete(persistentVolumeClaims, key);
    await on.until('released', async () => {
      const { items } = await on.client.list(persistentVolumes);
      return items.map(({ status }) => status?.phase).join() === 'Released,Available,Available';
    });
    await on.client.patch(persistentVolumes, { name: 'fits' }, 'merge', { spec: { claimRef: null } });
    await on.until(
      'free',
      async () => (await on.client.get(persistentVolumes, { name: 'fits' })).status?.phase === 'Available',
    );
  });

  test('a pod whose volume other nodes can mount is replaced only when somebody says that its silent node is off', async () => {
    const on = await start();
    await on.client.create(persistentVolumes, {
      metadata: { name: 'shared' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/shared' } },
    });
    await on.client.create(persistentVolumeClaims, claim({ storageClassName: '' }));
    const node = await running(on);
    on.kubelets.kill(node);
    await on.until('it waits, and says so', async () => (await reasons(on, 'Pod')).includes('WaitingForNode'), 60_000);
    await on.clock.advance(60_000);
    expect(await nodeOf(on, 'reader')).toBe(node);
    const { spec } = await on.client.get(nodes, { name: node });
    const taints = [...(spec?.taints ?? []), { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }];
    await on.client.patch(nodes, { name: node }, 'merge', { spec: { taints } });
    await on.until(
      'the pod is gone',
      async () => (await on.client.list(pods, { namespace: 'default' })).items.length === 0,
    );
  });

  test('a namespace goes with its claims, their volumes and folders', async () => {
    const on = await start();
    await on.client.create(namespaces, { metadata: { name: 'other' } });
    const inOther = { ...key, namespace: 'other' };
    await on.client.create(persistentVolumeClaims, { ...claim(), metadata: inOther });
    await on.until('its default account', () =>
      on.client.get(serviceAccounts, { namespace: 'other', name: 'default' }),
    );
    await on.client.create(pods, { ...reader('reader'), metadata: { name: 'reader', namespace: 'other' } });
    await on.until('bound', async () => {
      const { status } = await on.client.get(persistentVolumeClaims, inOther);
      return status?.phase === 'Bound';
    });
    await on.client.delete(namespaces, { name: 'other' });
    await on.until('all gone', async () => {
      const { items } = await on.client.list(namespaces, { fieldSelector: 'metadata.name=other' });
      return items.length === 0 && (await on.client.list(persistentVolumes)).items.length === 0;
    });
    expect(on.folders.present.size).toBe(0);
  });
});
