import { isDns1123Label } from '../../../lib/kube/name-rules.ts';
import type { Endpoints } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { endpointAddress, isAddress } from './addresses.ts';
import { optionallyNamed, portNumber, requiredOneOf } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';

export const endpointsStrategy: Strategy<Endpoints> = {
  default(endpoints) {
    for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  validate({ subsets = [] }, old) {
    const known = addressesIn(old);
    return subsets.flatMap((subset, index): readonly FieldError[] => {
      const at = `subsets[${index}]`;
      const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
      const isEmpty = addresses.length + notReadyAddresses.length === 0;
      return [
        ...(isEmpty ? [requiredValue(at, 'must specify `addresses` or `notReadyAddresses`')] : []),
        ...addresses.flatMap((address, place) => addressErrors(`${at}.addresses[${place}]`, address, known)),
        ...notReadyAddresses.flatMap((address, place) =>
          addressErrors(`${at}.notReadyAddresses[${place}]`, address, known),
        ),
        ...ports.flatMap((port, place) => [
          ...(ports.length > 1 && !port.name ? [requiredValue(`${at}.ports[${place}].name`)] : []),
          ...optionallyNamed(`${at}.ports[${place}].name`, port.name, isDns1123Label),
          ...portNumber(`${at}.ports[${place}].port`, port.port ?? 0),
          ...requiredOneOf(`${at}.ports[${place}].protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
        ]),
      ];
    });
  },
};

function addressesIn(endpoints: Endpoints | undefined): readonly string[] {
  const all = (endpoints?.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }) => [
    ...addresses,
    ...notReadyAddresses,
  ]);
  return all.map(({ ip }) => ip);
}

type Address = NonNullable<NonNullable<Endpoints['subsets']>[number]['addresses']>[number];

/** Upstream asks twice of what is no address: what it is, and whether it is one of those that no endpoint can have. */
function addressErrors(
  at: string,
  { ip = '', hostname }: Partial<Address>,
  known: readonly string[],
): readonly FieldError[] {
  return [
    ...endpointAddress(`${at}.ip`, ip, known),
    ...(isAddress(ip) ? [] : [invalidValue(`${at}.ip`, ip, 'must be a valid IP address')]),
    ...optionallyNamed(`${at}.hostname`, hostname, isDns1123Label),
  ];
}
