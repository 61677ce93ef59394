import { isIPv4, isIPv6 } from 'node:net';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { EndpointSlice } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { named, portNumber, requiredOneOf } from './field-checks.ts';
import { duplicateValue, immutableDetail, invalidValue, requiredValue, tooMany } from './field-errors.ts';

const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  default(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ||= 'TCP';
    }
  },
  validate: (slice) => [
    ...requiredOneOf('addressType', slice.addressType, ['FQDN', 'IPv4', 'IPv6']),
    ...validateEndpoints(slice),
    ...validatePorts(slice),
  ],
  validateUpdate: (slice, old) =>
    slice.addressType === old.addressType ? [] : [invalidValue('addressType', slice.addressType, immutableDetail)],
};

function validateEndpoints({ endpoints = [], addressType }: EndpointSlice): readonly FieldError[] {
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index): readonly FieldError[] => {
    const at = `endpoints[${index}].addresses`;
    const addresses = endpoint.addresses ?? [];
    if (addresses.length === 0) return [requiredValue(at, 'must contain at least 1 address')];
    if (addresses.length > MAX_ADDRESSES) return [tooMany(at, addresses.length, MAX_ADDRESSES)];
    return addresses.flatMap((address, place) => validateAddress(`${at}[${place}]`, address, addressType));
  });
}

function validateAddress(field: string, address: string, type: string): readonly FieldError[] {
  if (type === 'FQDN') return named(field, address, isDns1123Subdomain);
  const isValid = type === 'IPv6' ? isIPv6(address) : isIPv4(address);
  return isValid ? [] : [invalidValue(field, address, `must be a valid ${type} address`)];
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
      ...requiredOneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
      ...(port.port === undefined ? [] : portNumber(`${at}.port`, port.port)),
    ];
  });
}
