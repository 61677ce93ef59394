import { isPathSegment } from '../../../lib/kube/name-rules.ts';
import type { ClusterRole, Role } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const roleStrategy: Strategy<Role> = { nameErrors: isPathSegment };

export const clusterRoleStrategy: Strategy<ClusterRole> = { nameErrors: isPathSegment };
