import type { ConfigMap } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const configMapStrategy: Strategy<ConfigMap> = {};
