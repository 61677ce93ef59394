import { isIPv4, isIPv6 } from 'node:net';
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { EndpointSlice } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { endpointAddress, ipAddress } from './addresses.ts';
import { follows, named, oneOf, optionallyNamed, requiredOneOf } from './field-checks.ts';
import { duplicateValue, immutableDetail, invalidValue, requiredValue, tooMany } from './field-errors.ts';

const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  default(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate: (slice, old) => [
    ...requiredOneOf('addressType', slice.addressType, ['FQDN', 'IPv4', 'IPv6']),
    ...validateEndpoints(
      slice,
      (old?.endpoints ?? []).flatMap(({ addresses }) => addresses),
    ),
    ...validatePorts(slice),
  ],
  validateUpdate: (slice, old) =>
    slice.addressType === old.addressType
      ? []
      : [invalidValue('addressType', slice.addressType ?? '', immutableDetail)],
};

function validateEndpoints(
  { endpoints = [], addressType }: EndpointSlice,
  known: readonly string[],
): readonly FieldError[] {
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index): readonly FieldError[] => {
    const at = `endpoints[${index}]`;
    return [
      ...validateAddresses(`${at}.addresses`, endpoint.addresses ?? [], addressType, known),
      ...follows(`${at}.hostname`, endpoint.hostname, isDns1123Label),
      ...validateZones(`${at}.hints.forZones`, endpoint.hints?.forZones ?? []),
    ];
  });
}

function validateAddresses(
  at: string,
  addresses: readonly string[],
  type: string,
  known: readonly string[],
): readonly FieldError[] {
  if (addresses.length === 0) return [requiredValue(at, 'must contain at least 1 address')];
  if (addresses.length > MAX_ADDRESSES) return [tooMany(at, addresses.length, MAX_ADDRESSES)];
  return addresses.flatMap((address, place) => {
    const field = `${at}[${place}]`;
    if (type === 'FQDN') return named(field, address, isDns1123Subdomain);
    const isKnown = known.includes(address);
    const errors = isKnown ? [] : ipAddress(field, address);
    if (errors.length > 0) return errors;
    const isOfFamily = type === 'IPv6' ? isIPv6(address) : isIPv4(address);
    return [
      ...(isOfFamily ? [] : [invalidValue(at, address, `must be an ${type} address`)]),
      ...(isKnown ? [] : endpointAddress(field, address)),
    ];
  });
}

function validateZones(at: string, zones: readonly { readonly name?: string }[]): readonly FieldError[] {
  const seen = new Set<string>();
  return zones.flatMap(({ name = '' }, index) => {
    const field = `${at}[${index}].name`;
    if (seen.has(name)) return [duplicateValue(field, name)];
    seen.add(name);
    return follows(field, name, isLabelValue);
  });
}

function validatePorts({ ports = [] }: EndpointSlice): readonly FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap((port, index): readonly FieldError[] => {
    const at = `ports[${index}]`;
    const name = port.name ?? '';
    const isTwice = names.has(name);
    names.add(name);
    return [
      ...(isTwice ? [duplicateValue(`${at}.name`, name)] : []),
      ...optionallyNamed(`${at}.name`, name, isDns1123Label),
      ...oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
      ...follows(`${at}.appProtocol`, port.appProtocol, isQualifiedName),
    ];
  });
}
