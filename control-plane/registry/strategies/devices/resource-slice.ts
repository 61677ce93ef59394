import type { Device, ResourceSlice, ResourceSliceSpec } from '../../../../lib/kube/types.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../../lib/kube/name-rules.ts';
import type { FieldError, Strategy } from '../../strategy.ts';
import { conforming, optionallyNamed } from '../field-checks.ts';
import { driverName } from '../driver-name.ts';
import { immutableDetail, invalidValue, requiredValue } from '../field-errors.ts';
import { validateNodeTerms } from '../scheduling-validation.ts';
import { checkedSet } from './bounded-collections.ts';
import { validateCounters, validateDevice } from './device.ts';
import { poolName } from './device-names.ts';

const MAX_DEVICES = 128;
/** Devices that say more of themselves are larger. */
const MAX_LARGE_DEVICES = 64;
const MAX_COUNTER_SETS = 8;

export const resourceSliceStrategy: Strategy<ResourceSlice> = {
  default({ spec }) {
    // An amount that is not said is none.
    for (const { capacity } of spec?.devices ?? []) for (const one of Object.values(capacity ?? {})) one.value ??= '0';
  },
  validate: ({ spec }, old) => validateSpec(spec ?? {}, old?.spec),
  validateUpdate: ({ spec }, old) => [
    ...unchanged('spec.pool.name', spec?.pool?.name ?? '', old.spec?.pool?.name),
    ...unchanged('spec.driver', spec?.driver ?? '', old.spec?.driver),
    ...unchanged('spec.nodeName', spec?.nodeName, old.spec?.nodeName),
  ],
};

function unchanged(field: string, value: string | undefined, old: string | undefined): readonly FieldError[] {
  return value === old ? [] : [invalidValue(field, value, immutableDetail)];
}

function validateSpec(spec: Partial<ResourceSliceSpec>, old: ResourceSliceSpec | undefined): readonly FieldError[] {
  const { devices, sharedCounters, perDeviceNodeSelection } = spec;
  const before = new Map<string, Device>((old?.devices ?? []).map((device) => [device.name, device]));
  return [
    ...driverName('spec.driver', spec.driver),
    ...validatePool(spec),
    ...validateNodes(spec),
    ...(devices && sharedCounters
      ? [invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...checkedSet(
      'spec.devices',
      devices,
      devices?.some(isLarge) ? MAX_LARGE_DEVICES : MAX_DEVICES,
      (device, at) => validateDevice(device, before.get(device.name), at, perDeviceNodeSelection === true),
      ({ name }) => name ?? '',
    ),
    ...checkedSet(
      'spec.sharedCounters',
      sharedCounters,
      MAX_COUNTER_SETS,
      ({ name, counters }, at) => [
        ...conforming(`${at}.name`, name, isDns1123Label),
        ...validateCounters(counters, `${at}.counters`),
      ],
      ({ name }) => name ?? '',
    ),
  ];
}

function isLarge({ taints = [], consumesCounters = [], attributes = {} }: Device): boolean {
  return (
    taints.length > 0 ||
    consumesCounters.length > 0 ||
    Object.values(attributes).some(({ bools, ints, strings, versions }) => bools ?? ints ?? strings ?? versions)
  );
}

function validatePool({ pool }: Partial<ResourceSliceSpec>): readonly FieldError[] {
  const resourceSliceCount = pool?.resourceSliceCount ?? 0;
  const generation = pool?.generation ?? 0;
  return [
    ...poolName('spec.pool.name', pool?.name),
    ...(resourceSliceCount > 0
      ? []
      : [invalidValue('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero')]),
    ...(generation >= 0
      ? []
      : [invalidValue('spec.pool.generation', generation, 'must be greater than or equal to zero')]),
  ];
}

/** Where the devices are: in one of four ways. */
function validateNodes(spec: Partial<ResourceSliceSpec>): readonly FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === '') {
    errors.push(invalidValue('spec.nodeName', '', 'must be either unset or set to a non-empty string'));
  } else if (nodeName !== undefined) {
    set.push('`nodeName`');
    errors.push(...optionallyNamed('spec.nodeName', nodeName, isDns1123Subdomain));
  }
  if (nodeSelector) {
    set.push('`nodeSelector`');
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    const at = 'spec.nodeSelector.nodeSelectorTerms';
    errors.push(...validateNodeTerms(terms, at));
    if (terms.length !== 1) errors.push(invalidValue(at, terms, 'must have exactly one node selector term'));
  }
  for (const field of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[field] === true) set.push(`\`${field}\``);
    else if (spec[field] === false) {
      errors.push(invalidValue(`spec.${field}`, false, 'must be either unset or set to true'));
    }
  }
  const union = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (set.length === 0) errors.push(requiredValue('spec', union));
  else if (set.length > 1) {
    errors.push(invalidValue('spec', `{${set.join(', ')}}`, `${union}, but multiple fields are set`));
  }
  return errors;
}
