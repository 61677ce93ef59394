import type { User } from '../extension.ts';

/** As whom aggregated servers are asked what they serve and whether they live; upstream's name. */
export const aggregator: User = { name: 'system:kube-aggregator', groups: ['system:masters'] };
