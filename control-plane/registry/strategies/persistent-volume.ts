import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { PersistentVolume } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { oneOf, optionallyNamed } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { immutablePart } from './immutable-part.ts';
import { validateNodeTerms } from './scheduling-validation.ts';
import { accessModes, storageAmount, volumeModes } from './storage-validation.ts';
import { internalSource, sourcesOf } from './volume-sources.ts';
import { hostPathTypes } from './volume-validation.ts';

type VolumeSpec = NonNullable<PersistentVolume['spec']>;
type NodeTerm = NonNullable<NonNullable<VolumeSpec['nodeAffinity']>['required']>['nodeSelectorTerms'][number];
type NodeRequirement = Partial<NonNullable<NodeTerm['matchExpressions']>[number]>;

const immutableSourceDetail = 'spec.persistentvolumesource is immutable after creation';
const immutableAffinityDetail = 'field is immutable, except for updating from beta label to GA';

export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  default(volume) {
    volume.status ??= {};
    volume.status.phase ||= 'Pending';
    volume.spec ??= {};
    volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    const { hostPath } = volume.spec;
    if (hostPath) {
      hostPath.type ??= '';
      // What may not be missing is shown empty, and refused.
      hostPath.path ??= '';
    }
  },
  prepareForCreate(volume) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: volume.metadata?.creationTimestamp };
  },
  prepareForStatusUpdate({ status }, { status: old }, nowMs) {
    if (!status) return;
    const isOther = status.phase !== old?.phase;
    const isSaid =
      status.lastPhaseTransitionTime !== undefined && status.lastPhaseTransitionTime !== old?.lastPhaseTransitionTime;
    if (isOther && !isSaid) status.lastPhaseTransitionTime = kubeTime(nowMs);
    else if (!isOther && old?.lastPhaseTransitionTime) status.lastPhaseTransitionTime ??= old.lastPhaseTransitionTime;
  },
  validate: ({ spec = {} }) => validateSpec(spec),
  validateUpdate: ({ spec = {} }, { spec: old = {} }) => [
    // Upstream judges a changed volume twice, and says everything twice.
    ...validateSpec(spec),
    ...immutablePart('spec.persistentvolumesource', immutableSourceDetail, internalSource(spec), internalSource(old)),
    ...(spec.volumeMode === old.volumeMode ? [] : [invalidValue('volumeMode', spec.volumeMode, immutableDetail)]),
    ...(old.nodeAffinity && !isDeepStrictEqual(spec.nodeAffinity, old.nodeAffinity)
      ? [invalidValue('nodeAffinity', internalAffinity(spec.nodeAffinity), immutableAffinityDetail)]
      : []),
  ],
};

function validateSpec(spec: VolumeSpec): readonly FieldError[] {
  return [
    ...accessModes('spec.accessModes', spec.accessModes),
    ...validateCapacity(spec.capacity),
    ...oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain']),
    ...oneOf('spec.volumeMode', spec.volumeMode, volumeModes),
    ...optionallyNamed('spec.storageClassName', spec.storageClassName, isDns1123Subdomain),
    ...(spec.nodeAffinity ? validateNodeAffinity(spec.nodeAffinity) : []),
    ...validateSource(spec),
  ];
}

function validateCapacity(capacity: VolumeSpec['capacity']): readonly FieldError[] {
  const { storage, ...others } = capacity ?? {};
  const isMissing = storage === undefined && Object.keys(others).length === 0;
  return [
    ...(isMissing ? [requiredValue('spec.capacity')] : []),
    ...(storage === undefined || Object.keys(others).length > 0
      ? [unsupportedValue('spec.capacity', capacity, ['storage'])]
      : storageAmount('spec.capacity[storage]', storage)),
  ];
}

function validateNodeAffinity(affinity: NonNullable<VolumeSpec['nodeAffinity']>): readonly FieldError[] {
  if (!affinity.required)
    return [requiredValue('spec.nodeAffinity.required', 'must specify required node constraints')];
  return validateNodeTerms(affinity.required.nodeSelectorTerms ?? [], 'spec.nodeAffinity.required.nodeSelectorTerms');
}

function validateSource(spec: VolumeSpec): readonly FieldError[] {
  const given = sourcesOf(spec);
  if (given.length === 0) return [requiredValue('spec', 'must specify a volume type')];
  const errors: FieldError[] = given
    .slice(1)
    .map((source) => forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'));
  if (spec.hostPath) {
    errors.push(...validatePath('spec.hostPath.path', spec.hostPath.path));
    errors.push(...oneOf('spec.hostPath.type', spec.hostPath.type, hostPathTypes));
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

function internalAffinity(affinity: VolumeSpec['nodeAffinity']): unknown {
  if (!affinity) return null;
  const terms = affinity.required?.nodeSelectorTerms?.map(({ matchExpressions, matchFields }) => ({
    MatchExpressions: internalRequirements(matchExpressions),
    MatchFields: internalRequirements(matchFields),
  }));
  return { Required: affinity.required ? { NodeSelectorTerms: terms ?? null } : null };
}

function internalRequirements(all: readonly NodeRequirement[] | undefined): unknown {
  if (!all) return null;
  return all.map(({ key = '', operator = '', values = null }) => ({ Key: key, Operator: operator, Values: values }));
}
