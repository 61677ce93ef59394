import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { PersistentVolume } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { oneOf, optionallyNamed } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { validateNodeTerms } from './scheduling-validation.ts';
import { accessModes, storageAmount, volumeModes } from './storage-validation.ts';

type VolumeSpec = NonNullable<PersistentVolume['spec']>;

const phases = ['Available', 'Bound', 'Failed', 'Pending', 'Released'];

/** Members of the spec that say where the bytes are; exactly one is there. */
const sources = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
] as const satisfies readonly (keyof VolumeSpec)[];

export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  default(volume) {
    volume.status ??= {};
    volume.status.phase ||= 'Pending';
    if (!volume.spec) return;
    volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
  },
  prepareForCreate(volume) {
    volume.status = { phase: 'Pending' };
  },
  validate({ spec }) {
    if (!spec) return [requiredValue('spec')];
    return [
      ...accessModes('spec.accessModes', spec.accessModes),
      ...validateCapacity(spec.capacity ?? {}),
      ...oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, [
        'Delete',
        'Recycle',
        'Retain',
      ]),
      ...oneOf('spec.volumeMode', spec.volumeMode, volumeModes),
      ...optionallyNamed('spec.storageClassName', spec.storageClassName, isDns1123Subdomain),
      ...(spec.nodeAffinity ? validateNodeAffinity(spec.nodeAffinity) : []),
      ...validateSource(spec),
    ];
  },
  validateUpdate: ({ spec }, old) => [
    ...(isDeepStrictEqual(sourceOf(spec), sourceOf(old.spec))
      ? []
      : [forbiddenField('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')]),
    ...(isDeepStrictEqual(spec?.volumeMode, old.spec?.volumeMode)
      ? []
      : [invalidValue('spec.volumeMode', spec?.volumeMode, immutableDetail)]),
    ...(old.spec?.nodeAffinity && !isDeepStrictEqual(spec?.nodeAffinity, old.spec.nodeAffinity)
      ? [invalidValue('spec.nodeAffinity', spec?.nodeAffinity, immutableDetail)]
      : []),
  ],
  validateStatusUpdate: ({ status }) => oneOf('status.phase', status?.phase || undefined, phases),
};

function validateCapacity(capacity: Readonly<Record<string, string>>): readonly FieldError[] {
  const entries = Object.entries(capacity);
  if (entries.length === 0) return [requiredValue('spec.capacity')];
  if (entries.length > 1 || capacity['storage'] === undefined) {
    return [unsupportedValue('spec.capacity', capacity, ['storage'])];
  }
  return storageAmount('spec.capacity[storage]', capacity['storage']);
}

function validateNodeAffinity(affinity: NonNullable<VolumeSpec['nodeAffinity']>): readonly FieldError[] {
  if (!affinity.required)
    return [requiredValue('spec.nodeAffinity.required', 'must specify required node constraints')];
  return validateNodeTerms(affinity.required.nodeSelectorTerms ?? [], 'spec.nodeAffinity.required.nodeSelectorTerms');
}

function validateSource(spec: VolumeSpec): readonly FieldError[] {
  const given = sources.filter((source) => spec[source] !== undefined);
  if (given.length === 0) return [requiredValue('spec', 'must specify a volume type')];
  const errors: FieldError[] = given
    .slice(1)
    .map((source) => forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'));
  if (spec.hostPath) {
    errors.push(...validatePath('spec.hostPath.path', spec.hostPath.path));
    if (spec.hostPath.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle') {
      const detail = "may not be 'recycle' for a hostPath mount of '/'";
      errors.push(forbiddenField('spec.persistentVolumeReclaimPolicy', detail));
    }
  }
  if (spec.local) {
    errors.push(...validatePath('spec.local.path', spec.local.path));
    if (!spec.nodeAffinity) errors.push(requiredValue('spec.nodeAffinity', 'Local volume requires node affinity'));
  }
  if (spec.csi) {
    if (!spec.csi.driver) errors.push(requiredValue('spec.csi.driver'));
    if (!spec.csi.volumeHandle) errors.push(requiredValue('spec.csi.volumeHandle'));
  }
  return errors;
}

function validatePath(field: string, path: string | undefined): readonly FieldError[] {
  if (!path) return [requiredValue(field)];
  return path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];
}

function sourceOf(spec: VolumeSpec | undefined): unknown {
  return JSON.parse(JSON.stringify(sources.map((source) => spec?.[source] ?? null))) as unknown;
}
