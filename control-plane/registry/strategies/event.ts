import type { CoreEvent } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const eventStrategy: Strategy<CoreEvent> = {};
