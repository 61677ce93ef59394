import { isDeepStrictEqual } from 'node:util';
import { isDns1123Label } from '../../../../lib/kube/name-rules.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationResult,
  DeviceRequestAllocationResult,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { networkMeant } from '../addresses.ts';
import { conditionErrors } from '../conditions.ts';
import { driverName } from '../driver-name.ts';
import { conforming, requiredOneOf } from '../field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, tooLong, tooMany } from '../field-errors.ts';
import { internalForm } from '../internal-form.ts';
import { validateNodeTerms } from '../scheduling-validation.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import { checkedList, checkedSet } from './bounded-collections.ts';
import {
  MAX_CONFIGURATIONS,
  requestsOf,
  validateReference,
  validateReferences,
  type HasRequest,
} from './device-claim.ts';
import { validateConfiguration, validateRawObject } from './device-configuration.ts';
import { poolName } from './device-names.ts';
import { validateTolerations } from './device-taints.ts';

const MAX_CONSUMERS = 256;
const MAX_RESULTS = 32;
const MAX_DEVICE_CONDITIONS = 8;
const MAX_DATA_BYTES = 10 * 1024;
const MAX_INTERFACE_NAME = 256;
const MAX_HARDWARE_ADDRESS = 128;
const MAX_ADDRESSES = 16;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type AllocatedDevice = DeviceRequestAllocationResult | AllocatedDeviceStatus;

/** What is said of devices goes with their allocation. */
export function dropFreedDevices({ status }: ResourceClaim, old: ResourceClaim): void {
  if (!status?.devices) return;
  const kept = allocatedDevices(status.allocation);
  const had = allocatedDevices(old.status?.allocation);
  status.devices = status.devices.filter((device) => !had.has(idOf(device)) || kept.has(idOf(device)));
  if (status.devices.length === 0) delete status.devices;
}

export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): readonly FieldError[] {
  const { allocation, reservedFor, devices } = claim.status ?? {};
  const allocated = allocatedDevices(allocation);
  return [
    ...checkedSet('status.reservedFor', reservedFor, MAX_CONSUMERS, validateConsumer, ({ uid }) => uid ?? ''),
    ...checkedSet(
      'status.devices',
      devices,
      Number.POSITIVE_INFINITY,
      (device, at) => validateDeviceStatus(device, at, allocated),
      idOf,
      shownDevice,
    ),
    ...validateReservation(claim, old),
    ...validateAllocation(allocation, old.status?.allocation, requestsOf(claim.spec)),
  ];
}

function validateConsumer({ resource, name, uid }: ResourceClaimConsumerReference, at: string): readonly FieldError[] {
  return Object.entries({ resource, name, uid }).flatMap(([field, value]) =>
    value ? [] : [requiredValue(`${at}.${field}`)],
  );
}

/** Whoever has the devices; nobody new once the claim is to go. */
function validateReservation({ metadata, status }: ResourceClaim, old: ResourceClaim): readonly FieldError[] {
  const reservedFor = status?.reservedFor ?? [];
  if (reservedFor.length === 0) return [];
  if (!status?.allocation) {
    return [forbiddenField('status.reservedFor', 'may not be specified when `allocated` is not set')];
  }
  const before = old.status?.reservedFor ?? [];
  const isAdded = reservedFor.some((one) => !before.some((other) => isDeepStrictEqual(one, other)));
  if (metadata?.deletionTimestamp === undefined || !isAdded) return [];
  const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbiddenField('status.reservedFor', detail)];
}

function validateAllocation(
  allocation: AllocationResult | undefined,
  old: AllocationResult | undefined,
  hasRequest: HasRequest,
): readonly FieldError[] {
  if (!allocation) return [];
  const at = 'status.allocation';
  if (old) return isDeepStrictEqual(allocation, old) ? [] : [invalidValue(at, allocation, immutableDetail)];
  const { results, config }: DeviceAllocationResult = allocation.devices ?? {};
  return [
    ...checkedList(`${at}.devices.results`, results, MAX_RESULTS, (result, place) =>
      validateResult(result, place, hasRequest),
    ),
    // Those of the class and those of the claim.
    ...checkedList(`${at}.devices.config`, config, 2 * MAX_CONFIGURATIONS, (one, place) => [
      ...requiredOneOf(`${place}.source`, one.source, ['FromClaim', 'FromClass']),
      ...validateReferences(one.requests, `${place}.requests`, hasRequest),
      ...validateConfiguration(one, place),
    ]),
    ...(allocation.nodeSelector
      ? validateNodeTerms(allocation.nodeSelector.nodeSelectorTerms ?? [], `${at}.nodeSelector.nodeSelectorTerms`)
      : []),
  ];
}

function validateResult(
  result: DeviceRequestAllocationResult,
  at: string,
  hasRequest: HasRequest,
): readonly FieldError[] {
  return [
    ...validateReference(result.request, `${at}.request`, hasRequest),
    ...validateDevice(result, at),
    ...validateBindingConditions(result, at),
    ...validateTolerations(result.tolerations, `${at}.tolerations`),
  ];
}

function validateDeviceStatus(
  device: AllocatedDeviceStatus,
  at: string,
  allocated: ReadonlySet<string>,
): readonly FieldError[] {
  const { conditions = [], data, networkData } = device;
  const { interfaceName = '', hardwareAddress = '', ips } = networkData ?? {};
  return [
    ...validateDevice(device, at),
    ...(allocated.has(idOf(device))
      ? []
      : [invalidValue(at, shownDevice(device), 'must be an allocated device in the claim')]),
    ...(conditions.length > MAX_DEVICE_CONDITIONS
      ? [tooMany(`${at}.conditions`, conditions.length, MAX_DEVICE_CONDITIONS)]
      : []),
    ...conditionErrors(conditions, `${at}.conditions`),
    ...(data === undefined || data === null ? [] : validateRawObject(data, `${at}.data`, MAX_DATA_BYTES)),
    ...(interfaceName.length > MAX_INTERFACE_NAME
      ? [tooLong(`${at}.networkData.interfaceName`, MAX_INTERFACE_NAME)]
      : []),
    ...(hardwareAddress.length > MAX_HARDWARE_ADDRESS
      ? [tooLong(`${at}.networkData.hardwareAddress`, MAX_HARDWARE_ADDRESS)]
      : []),
    ...checkedSet(`${at}.networkData.ips`, ips, MAX_ADDRESSES, interfaceAddress, (ip) => ip),
  ];
}

/** An address with the length of its network's prefix. */
function interfaceAddress(value: string, field: string): readonly FieldError[] {
  const canonical = networkMeant(value)?.toString();
  if (canonical === value) return [];
  const detail =
    canonical === undefined
      ? 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'
      : `must be in canonical form (${JSON.stringify(canonical)})`;
  return [invalidValue(field, value, detail)];
}

function validateDevice({ driver, pool, device, shareID }: AllocatedDevice, at: string): readonly FieldError[] {
  return [
    ...driverName(`${at}.driver`, driver),
    ...poolName(`${at}.pool`, pool),
    ...conforming(`${at}.device`, device, isDns1123Label),
    ...(shareID === undefined || uuid.test(shareID)
      ? []
      : [
          invalidValue(
            `${at}.shareID`,
            shareID,
            'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
          ),
        ]),
  ];
}

function allocatedDevices(allocation: AllocationResult | undefined): ReadonlySet<string> {
  return new Set((allocation?.devices?.results ?? []).map(idOf));
}

function shownDevice(device: AllocatedDevice): unknown {
  return internalForm('AllocatedDevice', device);
}

function idOf({ driver, pool, device, shareID }: AllocatedDevice): string {
  return [driver, pool, device, ...(shareID ? [shareID] : [])].join('/');
}
