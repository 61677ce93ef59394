import type { Endpoints } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const endpointsStrategy: Strategy<Endpoints> = {
  default(endpoints) {
    for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
};
