import type { Lease } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const leaseStrategy: Strategy<Lease> = {};
