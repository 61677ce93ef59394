import { describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../lib/kube/types.ts';
import { node } from '../../../test/support/kube-builders.ts';
import { planClaim, type ClaimAction } from './claim-plan.ts';
import { planVolume, type VolumeAction } from './volume-plan.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;
type VolumeSpec = NonNullable<PersistentVolume['spec']>;

const selected = { 'volume.kubernetes.io/selected-node': 'node-1' };
const classes: StorageClass[] = [
  { metadata: { name: 'local-path' }, provisioner: 'vigil.dev/local-path', volumeBindingMode: 'WaitForFirstConsumer' },
  { metadata: { name: 'at-once' }, provisioner: 'vigil.dev/local-path', volumeBindingMode: 'Immediate' },
  { metadata: { name: 'disk' }, provisioner: 'disk.csi.example', volumeBindingMode: 'Immediate' },
];
const ending = { deletionTimestamp: '2026-01-01T00:00:00Z' };

function claim(
  spec: Partial<ClaimSpec> = {},
  metadata: PersistentVolumeClaim['metadata'] = {},
  phase = 'Pending',
): PersistentVolumeClaim {
  return {
    metadata: { name: 'c', namespace: 'default', uid: 'uid-c', ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'local-path',
      ...spec,
    },
    status: { phase },
  };
}

function volume(spec: Partial<VolumeSpec> = {}, over: PersistentVolume = {}): PersistentVolume {
  return {
    metadata: { name: 'v', ...over.metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      storageClassName: 'local-path',
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/v' },
      ...spec,
    },
    status: over.status ?? { phase: 'Available' },
  };
}

const ref = (uid?: string, name = 'c') => ({ namespace: 'default', name, ...(uid ? { uid } : {}) });

function claimText(action: ClaimAction): string {
  switch (action.kind) {
    case 'bind':
      return `bind ${action.volume.metadata?.name}`;
    case 'provision':
      return `provision on ${action.node}`;
    case 'wait':
    case 'lose':
    case 'await-provisioner':
      return `${action.kind}${action.told ? ` ${action.told.reason}: ${action.told.message}` : ''}`;
    case 'set-class':
      return `set-class ${action.name}`;
    case 'none':
      return 'none';
  }
}

function plan(of: PersistentVolumeClaim, volumes: readonly PersistentVolume[] = [], defaultClass = false): string {
  return claimText(
    planClaim(of, {
      storageClass: classes.find(({ metadata }) => metadata?.name === of.spec?.storageClassName),
      defaultClass: defaultClass ? classes[0] : undefined,
      volumes,
      volume: (name) => volumes.find(({ metadata }) => metadata?.name === name),
      node: (name) => node({ name }),
    }),
  );
}

describe('a claim', () => {
  test.each<{
    name: string;
    claim: PersistentVolumeClaim;
    volumes?: PersistentVolume[];
    hasDefault?: true;
    does: string;
  }>([
    {
      name: 'waits for its first pod',
      claim: claim(),
      does: 'wait WaitForFirstConsumer: waiting for first consumer to be created before binding',
    },
    {
      name: 'gets a volume where that pod goes',
      claim: claim({}, { annotations: selected }),
      does: 'provision on node-1',
    },
    {
      name: 'rather has a free volume there',
      claim: claim({}, { annotations: selected }),
      volumes: [volume()],
      does: 'bind v',
    },
    {
      name: 'has the volume that was set aside for it at once',
      claim: claim(),
      volumes: [volume({ claimRef: ref() })],
      does: 'bind v',
    },
    {
      name: 'does not take one that was set aside for a former claim of its name',
      claim: claim({ storageClassName: '' }),
      volumes: [volume({ claimRef: ref('uid-former'), storageClassName: '' })],
      does: 'wait FailedBinding: no persistent volumes available for this claim and no storage class is set',
    },
    {
      name: 'takes the smallest that is enough',
      claim: claim({ storageClassName: '' }),
      volumes: ['3Gi', '2Gi', '1Mi'].map((storage) =>
        volume({ storageClassName: '', capacity: { storage } }, { metadata: { name: `v-${storage}` } }),
      ),
      does: 'bind v-2Gi',
    },
    {
      name: 'takes one that its selector means',
      claim: claim({ storageClassName: '', selector: { matchLabels: { disk: 'ssd' } } }),
      volumes: [
        volume({ storageClassName: '' }),
        volume({ storageClassName: '' }, { metadata: { name: 'w', labels: { disk: 'ssd' } } }),
      ],
      does: 'bind w',
    },
    {
      name: 'takes none of other access modes',
      claim: claim({ storageClassName: '', accessModes: ['ReadWriteMany'] }),
      volumes: [volume({ storageClassName: '' })],
      does: 'wait FailedBinding: no persistent volumes available for this claim and no storage class is set',
    },
    {
      name: 'is given the default class',
      claim: claim({ storageClassName: undefined as never }),
      hasDefault: true,
      does: 'set-class local-path',
    },
    {
      name: 'says that its class is not there',
      claim: claim({ storageClassName: 'fast' }),
      does: 'wait ProvisioningFailed: storageclass.storage.k8s.io "fast" not found',
    },
    {
      name: 'waits for a provisioner of somebody else',
      claim: claim({ storageClassName: 'disk' }),
      does: "await-provisioner ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'disk.csi.example' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    },
    {
      name: 'cannot have a folder without a node',
      claim: claim({ storageClassName: 'at-once' }),
      does: 'wait ProvisioningFailed: failed to provision volume with StorageClass "at-once": the class must have volumeBindingMode WaitForFirstConsumer, for the volume is on a node',
    },
    {
      name: 'cannot have a folder on many nodes',
      claim: claim({ accessModes: ['ReadWriteMany'] }, { annotations: selected }),
      does: 'wait ProvisioningFailed: failed to provision volume with StorageClass "local-path": ReadWriteMany is not possible: the volume is a folder on one node',
    },
    { name: 'that names a volume has it', claim: claim({ volumeName: 'v' }), volumes: [volume()], does: 'bind v' },
    { name: 'that names a volume waits for it', claim: claim({ volumeName: 'v' }), does: 'wait' },
    {
      name: 'that names a volume of another claim waits',
      claim: claim({ volumeName: 'v' }),
      volumes: [volume({ claimRef: ref('uid-d', 'd') })],
      does: 'wait FailedBinding: volume "v" already bound to a different claim.',
    },
    {
      name: 'that names a volume which is too small says so',
      claim: claim({ volumeName: 'v' }),
      volumes: [volume({ capacity: { storage: '1Mi' } })],
      does: 'wait VolumeMismatch: Cannot bind to requested volume "v": requested PV is too small',
    },
    {
      name: 'that is bound is left alone',
      claim: claim({ volumeName: 'v' }, {}, 'Bound'),
      volumes: [volume({ claimRef: ref('uid-c') }, { status: { phase: 'Bound' } })],
      does: 'none',
    },
    {
      name: 'whose binding was broken off is bound to the end',
      claim: claim({ volumeName: 'v' }),
      volumes: [volume({ claimRef: ref('uid-c') }, { status: { phase: 'Bound' } })],
      does: 'bind v',
    },
    {
      name: 'whose volume is gone has lost its data',
      claim: claim({ volumeName: 'v' }, {}, 'Bound'),
      does: 'lose ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    },
    {
      name: 'that is being deleted gets nothing',
      claim: claim({}, { annotations: selected, ...ending }),
      does: 'none',
    },
  ])('$name', ({ claim: of, volumes, hasDefault, does }) => {
    expect(plan(of, volumes, hasDefault)).toBe(does);
  });
});

function volumeText(action: VolumeAction): string {
  if (action.kind === 'phase') return `${action.phase}${action.message ? `: ${action.message}` : ''}`;
  return action.kind === 'let-go' ? `let go ${action.finalizers.join()}` : action.kind;
}

describe('a volume', () => {
  const ours = (more: PersistentVolume['metadata'] = {}) => ({
    annotations: { 'pv.kubernetes.io/provisioned-by': 'vigil.dev/local-path' },
    finalizers: ['vigil.dev/local-path', 'kubernetes.io/pv-protection'],
    ...more,
  });
  const bound = claim({ volumeName: 'v' }, {}, 'Bound');
  const remove = { persistentVolumeReclaimPolicy: 'Delete', claimRef: ref('uid-c') };

  test.each<{ name: string; volume: PersistentVolume; claim?: PersistentVolumeClaim; does: string }>([
    {
      name: 'that nobody claims is available',
      volume: volume({}, { status: { phase: 'Pending' } }),
      does: 'Available',
    },
    { name: 'that is what it says is left alone', volume: volume(), does: 'none' },
    {
      name: 'that is set aside is available',
      volume: volume({ claimRef: ref() }, { status: { phase: 'Pending' } }),
      does: 'Available',
    },
    { name: 'of a claim is bound', volume: volume({ claimRef: ref('uid-c') }), claim: bound, does: 'Bound' },
    {
      name: 'of a claim that is about to be bound is bound',
      volume: volume({ claimRef: ref('uid-c') }),
      claim: claim(),
      does: 'Bound',
    },
    { name: 'to be kept is released', volume: volume({ claimRef: ref('uid-c') }), does: 'Released' },
    {
      name: 'of a former claim of the same name is released',
      volume: volume({ claimRef: ref('uid-former') }),
      claim: bound,
      does: 'Released',
    },
    { name: 'of ours is reclaimed', volume: volume(remove, { metadata: ours() }), does: 'reclaim' },
    {
      name: 'of another provisioner is left to that',
      volume: volume(remove, { metadata: { annotations: { 'pv.kubernetes.io/provisioned-by': 'disk' } } }),
      does: 'Released',
    },
    {
      name: 'that nobody can delete fails',
      volume: volume(remove),
      does: 'Failed: nobody is there who deletes volumes of this kind: remove the data and the volume by hand',
    },
    {
      name: 'that is bound is held when it is deleted',
      volume: volume(remove, { metadata: ours(ending), status: { phase: 'Bound' } }),
      claim: bound,
      does: 'none',
    },
    {
      name: 'of ours that is deleted unused goes with its folder',
      volume: volume({ persistentVolumeReclaimPolicy: 'Delete' }, { metadata: ours(ending) }),
      does: 'reclaim',
    },
    {
      name: 'of ours that is to be kept goes without its folder',
      volume: volume({ claimRef: ref('uid-c') }, { metadata: ours(ending) }),
      does: 'let go kubernetes.io/pv-protection,vigil.dev/local-path',
    },
  ])('$name', ({ volume: of, claim: by, does }) => {
    expect(volumeText(planVolume(of, by))).toBe(does);
  });
});
