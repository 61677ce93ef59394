import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { PersistentVolumeClaim } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { fixedPart } from './claim-fixed-part.ts';
import { immutablePart } from './immutable-part.ts';
import { accessModes, storageAmount, volumeModes } from './storage-validation.ts';
import { labelSelector, oneOf, optionallyNamed } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];
const immutableSpecDetail =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** What upstream fills in on a claim, also on one that is a template. */
export function defaultClaimSpec(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  claim.spec.volumeMode ??= 'Filesystem';
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
}

export const persistentVolumeClaimStrategy: Strategy<PersistentVolumeClaim> = {
  default: defaultClaimSpec,
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
  },
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: ({ spec = {}, status }, { spec: old = {} }) => [
    ...immutablePart('spec', immutableSpecDetail, fixedPart(spec, old), fixedPart(old, old)),
    ...validateNewSize(spec, old, status?.capacity?.['storage']),
    ...(spec.volumeMode === old.volumeMode ? [] : [invalidValue('volumeMode', spec.volumeMode, immutableDetail)]),
  ],
  validateStatusUpdate: ({ status }) => [
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, amount]) =>
      storageAmount(`status.capacity[${name}]`, amount),
    ),
    ...Object.entries(status?.allocatedResourceStatuses ?? {}).flatMap(([name, state]) =>
      // It is the resource that upstream shows here.
      resizeStates.includes(state) ? [] : [unsupportedValue('status.allocatedResourceStatuses', name, resizeStates)],
    ),
  ],
};

/** What is wrong with the spec of a claim, or of the template of one, at `at`. */
export function validateClaimSpec(spec: ClaimSpec | undefined, at: string): readonly FieldError[] {
  const storage = spec?.resources?.requests?.['storage'];
  return [
    ...accessModes(`${at}.accessModes`, spec?.accessModes, 'at least 1 access mode is required'),
    ...(spec?.selector ? labelSelector(`${at}.selector`, spec.selector) : []),
    ...(storage === undefined
      ? [requiredValue(`${at}.resources[storage]`)]
      : storageAmount(`${at}.resources[storage]`, storage)),
    ...oneOf(`${at}.volumeMode`, spec?.volumeMode, volumeModes),
    ...optionallyNamed(`${at}.storageClassName`, spec?.storageClassName, isDns1123Subdomain),
    ...optionallyNamed(`${at}.volumeName`, spec?.volumeName, isDns1123Subdomain),
  ];
}

/** A claim may grow. It shrinks only to what its volume has. */
function validateNewSize(spec: ClaimSpec, old: ClaimSpec, capacity: string | undefined): readonly FieldError[] {
  const size = ({ resources }: ClaimSpec) => parseQuantity(resources?.requests?.['storage'] ?? '0');
  if (compareQuantities(size(spec), size(old)) >= 0) return [];
  const isEnough = capacity !== undefined && compareQuantities(size(spec), parseQuantity(capacity)) >= 0;
  return isEnough
    ? []
    : [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}
