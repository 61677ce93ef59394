import type { Lease } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { nonNegative, positive } from './field-checks.ts';

export const leaseStrategy: Strategy<Lease> = {
  validate: ({ spec }) => [
    ...positive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds),
    ...nonNegative('spec.leaseTransitions', spec?.leaseTransitions),
  ],
};
