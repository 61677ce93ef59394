import type { ServiceAccount } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const serviceAccountStrategy: Strategy<ServiceAccount> = {};
