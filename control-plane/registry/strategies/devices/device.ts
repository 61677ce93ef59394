import { isDeepStrictEqual } from 'node:util';
import { isDns1123Label } from '../../../../lib/kube/name-rules.ts';
import type { Device, DeviceAttribute } from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { conforming } from '../field-checks.ts';
import { invalidValue, requiredValue, tooLong } from '../field-errors.ts';
import { validateNodeTerms } from '../scheduling-validation.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import { checkedMap, checkedSet } from './bounded-collections.ts';
import { validateCapacity } from './capacity.ts';
import { qualifiedName } from './device-names.ts';
import { validateTaints } from './device-taints.ts';

const MAX_ATTRIBUTES_AND_CAPACITIES = 32;
const MAX_ATTRIBUTE_VALUES = 48;
const MAX_VALUE_LENGTH = 64;
const MAX_COUNTER_CONSUMPTIONS = 2;
export const MAX_COUNTERS = 32;

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

/** What is wrong with a device of a slice; `old` is the one that it replaces. */
export function validateDevice(
  device: Device,
  old: Device | undefined,
  at: string,
  isPlacedByItself: boolean,
): readonly FieldError[] {
  const { attributes = {}, capacity = {} } = device;
  const sum = Object.keys(attributes).length + Object.keys(capacity).length;
  const values = Object.values(attributes).reduce((count, attribute) => count + valuesOf(attribute), 0);
  return [
    ...conforming(`${at}.name`, device.name, isDns1123Label),
    ...atMost(at, sum, MAX_ATTRIBUTES_AND_CAPACITIES, 'attributes and capacities'),
    ...atMost(at, values, MAX_ATTRIBUTE_VALUES, 'attribute values'),
    ...checkedMap(
      `${at}.attributes`,
      device.attributes,
      Number.POSITIVE_INFINITY,
      (key) => qualifiedName(`${at}.attributes`, key),
      validateAttribute,
    ),
    ...(old && isDeepStrictEqual(old.capacity, device.capacity)
      ? []
      : checkedMap(
          `${at}.capacity`,
          device.capacity,
          Number.POSITIVE_INFINITY,
          (key) => qualifiedName(`${at}.capacity`, key),
          (one, place) => validateCapacity(one, place, device.allowMultipleAllocations === true),
        )),
    ...(old && isDeepStrictEqual(old.taints, device.taints) ? [] : validateTaints(device.taints, `${at}.taints`)),
    ...checkedSet(
      `${at}.consumesCounters`,
      device.consumesCounters,
      MAX_COUNTER_CONSUMPTIONS,
      ({ counterSet, counters }, place) => [
        ...conforming(`${place}.counterSet`, counterSet, isDns1123Label),
        ...validateCounters(counters, `${place}.counters`),
      ],
      ({ counterSet }) => counterSet ?? '',
    ),
    ...(isPlacedByItself ? validatePlace(device, at) : validateNoPlace(device, at)),
    ...validateBindingConditions(device, at),
  ];
}

export function validateCounters(counters: Device['capacity'], at: string): readonly FieldError[] {
  if (Object.keys(counters ?? {}).length === 0) return [requiredValue(at)];
  return checkedMap(
    at,
    counters,
    MAX_COUNTERS,
    (key) => conforming(at, key, isDns1123Label),
    () => [],
  );
}

function atMost(field: string, count: number, max: number, what: string): readonly FieldError[] {
  return count > max ? [invalidValue(field, count, `the total number of ${what} must not exceed ${max}`)] : [];
}

/** Each item of a list counts. */
function valuesOf({ bools = [], ints = [], strings = [], versions = [] }: DeviceAttribute): number {
  return Math.max(1, bools.length + ints.length + strings.length + versions.length);
}

function validateAttribute(attribute: DeviceAttribute, at: string): readonly FieldError[] {
  const { string, version, strings = [], versions = [] } = attribute;
  const members = Object.entries(attribute).filter(([, value]) => value !== undefined);
  return [
    ...(string === undefined ? [] : text(`${at}.string`, string)),
    ...(version === undefined ? [] : versionText(`${at}.version`, version)),
    ...members.flatMap(([name, value]) =>
      Array.isArray(value) && value.length === 0
        ? [invalidValue(`${at}.${name}`, value, 'must not be empty if specified')]
        : [],
    ),
    ...strings.flatMap((one, index) => text(`${at}.strings[${index}]`, one)),
    ...versions.flatMap((one, index) => versionText(`${at}.versions[${index}]`, one)),
    ...(members.length === 1
      ? []
      : [invalidValue(at, members.length === 0 ? '' : attribute, 'exactly one value must be specified')]),
  ];
}

function text(field: string, value: string): readonly FieldError[] {
  return value.length > MAX_VALUE_LENGTH ? [tooLong(field, MAX_VALUE_LENGTH)] : [];
}

function versionText(field: string, value: string): readonly FieldError[] {
  return [
    ...(semver.test(value)
      ? []
      : [invalidValue(field, value, 'must be a string compatible with semver.org spec 2.0.0')]),
    ...text(field, value),
  ];
}

function validatePlace({ nodeName, nodeSelector, allNodes }: Device, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName !== undefined) {
    if (nodeName === '') errors.push(invalidValue(`${at}.nodeName`, '', 'must not be empty'));
    else set.push('`nodeName`');
  }
  if (nodeSelector) {
    set.push('`nodeSelector`');
    errors.push(...validateNodeTerms(nodeSelector.nodeSelectorTerms ?? [], `${at}.nodeSelector.nodeSelectorTerms`));
  }
  if (allNodes === true) set.push('`allNodes`');
  else if (allNodes === false) {
    errors.push(invalidValue(`${at}.allNodes`, false, 'must be either unset or set to true'));
  }
  const detail =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (set.length === 0) errors.push(requiredValue(at, detail));
  else if (set.length > 1) errors.push(invalidValue(at, `{${set.join(', ')}}`, detail));
  return errors;
}

function validateNoPlace({ nodeName, nodeSelector, allNodes }: Device, at: string): readonly FieldError[] {
  if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
  const detail =
    '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return [invalidValue(at, undefined, detail)];
}
