import type { EndpointSlice } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  default(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ||= 'TCP';
    }
  },
};
