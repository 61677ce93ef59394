import { isDeepStrictEqual } from 'node:util';
import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { PersistentVolumeClaim } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { accessModes, storageAmount, volumeModes } from './storage-validation.ts';
import { labelSelector, named, oneOf, optionallyNamed } from './field-checks.ts';
import { duplicateValue, forbiddenField, requiredValue } from './field-errors.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;

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
  validateUpdate: ({ spec = {}, status }, old) => [
    ...(isDeepStrictEqual(fixedPart(spec, old), fixedPart(old.spec ?? {}, old))
      ? []
      : [forbiddenField('spec', immutableSpecDetail)]),
    ...validateNewSize(spec, old.spec ?? {}, status?.capacity?.['storage']),
  ],
  validateStatusUpdate: ({ status }) => [
    ...oneOf('status.phase', status?.phase || undefined, ['Pending', 'Bound', 'Lost']),
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, amount]) =>
      storageAmount(`status.capacity[${name}]`, amount),
    ),
  ],
};

/** Claims that a StatefulSet makes: each is named, and valid. */
export function validateClaimTemplates(templates: readonly PersistentVolumeClaim[], at: string): readonly FieldError[] {
  const seen = new Set<string>();
  return templates.flatMap(({ metadata, spec }, index): readonly FieldError[] => {
    const name = metadata?.name;
    const isTwice = name !== undefined && seen.has(name);
    if (name) seen.add(name);
    return [
      ...named(`${at}[${index}].metadata.name`, name),
      ...(isTwice ? [duplicateValue(`${at}[${index}].metadata.name`, name)] : []),
      ...validateClaimSpec(spec, `${at}[${index}].spec`),
    ];
  });
}

function validateClaimSpec(spec: ClaimSpec | undefined, at: string): readonly FieldError[] {
  const storage = spec?.resources?.requests?.['storage'];
  return [
    ...accessModes(`${at}.accessModes`, spec?.accessModes),
    ...(spec?.selector ? labelSelector(`${at}.selector`, spec.selector) : []),
    ...(storage === undefined
      ? [requiredValue(`${at}.resources[storage]`)]
      : storageAmount(`${at}.resources[storage]`, storage)),
    ...oneOf(`${at}.volumeMode`, spec?.volumeMode, volumeModes),
    ...optionallyNamed(`${at}.storageClassName`, spec?.storageClassName, isDns1123Subdomain),
    ...optionallyNamed(`${at}.volumeName`, spec?.volumeName, isDns1123Subdomain),
  ];
}

/** The spec without what may change: the size always, volume and class once when they were not said. */
function fixedPart(spec: ClaimSpec, old: PersistentVolumeClaim): unknown {
  const { resources, volumeName, storageClassName, volumeAttributesClassName: _attributes, ...rest } = spec;
  const limits = resources?.limits;
  return JSON.parse(
    JSON.stringify({
      ...rest,
      limits,
      ...(old.spec?.volumeName ? { volumeName } : {}),
      ...(old.spec?.storageClassName === undefined ? {} : { storageClassName }),
    }),
  ) as unknown;
}

function validateNewSize(spec: ClaimSpec, old: ClaimSpec, capacity: string | undefined): readonly FieldError[] {
  const [after, before] = [spec.resources?.requests?.['storage'], old.resources?.requests?.['storage']];
  if (after === undefined || before === undefined || after === before) return [];
  const order = compareQuantities(parseQuantity(after), parseQuantity(before));
  if (order === 0) return [];
  if (!old.volumeName) return [forbiddenField('spec', immutableSpecDetail)];
  const isBelow = capacity !== undefined && compareQuantities(parseQuantity(after), parseQuantity(capacity)) < 0;
  return order < 0 && (capacity === undefined || isBelow)
    ? [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')]
    : [];
}
