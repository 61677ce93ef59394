import { describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../lib/kube/types.ts';
import { node, pod, testNowMs } from '../../../test/support/kube-builders.ts';
import { ClusterState } from '../cluster-state.ts';
import { decide } from '../decide.ts';
import { noDevices } from '../devices/pod-device-claims.ts';
import { noFailureMemory } from '../failure-memory.ts';

const nodes = [node({ name: 'node-1' }), node({ name: 'node-2' })];
const localPath: StorageClass = {
  metadata: { name: 'local-path' },
  provisioner: 'vigil.dev/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const byHand: StorageClass = {
  ...localPath,
  metadata: { name: 'by-hand' },
  provisioner: 'kubernetes.io/no-provisioner',
};
const atOnce: StorageClass = { ...localPath, metadata: { name: 'at-once' }, volumeBindingMode: 'Immediate' };

function claim(
  spec: Partial<NonNullable<PersistentVolumeClaim['spec']>> = {},
  over: Partial<PersistentVolumeClaim> = {},
): PersistentVolumeClaim {
  return {
    metadata: { name: 'data', namespace: 'default', uid: 'uid-data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local-path',
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
    status: { phase: spec.volumeName ? 'Bound' : 'Pending' },
    ...over,
  };
}

function volume(on: string, spec: Partial<NonNullable<PersistentVolume['spec']>> = {}): PersistentVolume {
  return {
    metadata: { name: 'v' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      storageClassName: 'by-hand',
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on] }] }],
        },
      },
      ...spec,
    },
  };
}

function place(
  of: PersistentVolumeClaim | undefined,
  volumes: readonly PersistentVolume[] = [],
  placed: readonly string[] = [],
) {
  const state = new ClusterState();
  for (const one of nodes) state.setNode(one);
  const spec = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
  for (const on of placed) state.setPod(pod({ name: `on-${on}`, node: on, spec }), on);
  const placement = decide(pod({ name: 'new', spec }), {
    state,
    failures: noFailureMemory,
    namespaceLabels: () => undefined,
    storage: {
      claim: () => of,
      volume: (name) => volumes.find(({ metadata }) => metadata?.name === name),
      volumes: () => volumes,
      storageClass: (name) => [localPath, byHand, atOnce].find(({ metadata }) => metadata?.name === name),
    },
    devices: noDevices,
    nowMs: testNowMs,
  });
  if (!placement.fits) return placement.message;
  return placement.delayedClaims.length > 0 ? `${placement.node}, then its volume` : placement.node;
}

const nowhere = (why: string) => `0/2 nodes are available: ${why}.`;
const both = (why: string) => nowhere(`2 ${why}`);

describe('a pod with a claim', () => {
  test.each<{ name: string; claim?: PersistentVolumeClaim; volumes?: PersistentVolume[]; is: string | RegExp }>([
    { name: 'waits for the claim', is: nowhere('persistentvolumeclaim "data" not found') },
    {
      name: 'does not begin with a claim that goes',
      claim: claim({}, { metadata: { name: 'data', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      is: nowhere('persistentvolumeclaim "data" is being deleted'),
    },
    {
      name: 'does not begin without its data',
      claim: claim({ volumeName: 'v' }, { status: { phase: 'Lost' } }),
      is: nowhere('persistentvolumeclaim "data" bound to non-existent persistentvolume "v"'),
    },
    {
      name: 'waits for a claim that is bound without it',
      claim: claim({ storageClassName: 'at-once' }),
      is: nowhere('pod has unbound immediate PersistentVolumeClaims'),
    },
    {
      name: 'waits for a claim that a volume is set aside for',
      claim: claim(),
      volumes: [volume('node-2', { claimRef: { namespace: 'default', name: 'data' } })],
      is: nowhere('pod has unbound immediate PersistentVolumeClaims'),
    },
    {
      name: 'goes where its volume is',
      claim: claim({ volumeName: 'v' }),
      volumes: [volume('node-2')],
      is: 'node-2',
    },
    {
      name: 'goes nowhere when that node is gone',
      claim: claim({ volumeName: 'v' }),
      volumes: [volume('node-3')],
      is: both("node(s) didn't match PersistentVolume's node affinity"),
    },
    { name: 'goes anywhere when its volume can be made there', claim: claim(), is: /^node-\d, then its volume$/ },
    {
      name: 'goes where there is a free volume that is enough',
      claim: claim({ storageClassName: 'by-hand' }),
      volumes: [volume('node-2')],
      is: 'node-2, then its volume',
    },
    {
      name: 'goes nowhere when volumes are too small and none can be made',
      claim: claim({ storageClassName: 'by-hand' }),
      volumes: [volume('node-2', { capacity: { storage: '1Mi' } })],
      is: both("node(s) didn't find available persistent volumes to bind"),
    },
  ])('$name', ({ claim: of, volumes, is }) => {
    expect(place(of, volumes)).toMatch(is);
  });

  test('is alone with a claim that one pod may have', () => {
    const modes = { accessModes: ['ReadWriteOncePod'], volumeName: 'v' };
    expect(place(claim(modes), [volume('node-1')])).toBe('node-1');
    expect(place(claim(modes), [volume('node-1')], ['node-1'])).toContain(
      'ReadWriteOncePod access mode already in-use by another pod',
    );
    expect(place(claim({ volumeName: 'v' }), [volume('node-1')], ['node-1'])).toBe('node-1');
  });
});
