import type { Endpoints } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { ipAddress, portNumber, requiredOneOf } from './field-checks.ts';
import { requiredValue } from './field-errors.ts';

export const endpointsStrategy: Strategy<Endpoints> = {
  default(endpoints) {
    for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  validate({ subsets = [] }) {
    return subsets.flatMap((subset, index): readonly FieldError[] => {
      const at = `subsets[${index}]`;
      const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
      if (addresses.length + notReadyAddresses.length === 0) {
        return [requiredValue(at, 'must specify `addresses` or `notReadyAddresses`')];
      }
      return [
        ...addresses.flatMap(({ ip }, place) => ipAddress(`${at}.addresses[${place}].ip`, ip)),
        ...notReadyAddresses.flatMap(({ ip }, place) => ipAddress(`${at}.notReadyAddresses[${place}].ip`, ip)),
        ...ports.flatMap((port, place) => [
          ...(ports.length > 1 && !port.name ? [requiredValue(`${at}.ports[${place}].name`)] : []),
          ...portNumber(`${at}.ports[${place}].port`, port.port),
          ...requiredOneOf(`${at}.ports[${place}].protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
        ]),
      ];
    });
  },
};
