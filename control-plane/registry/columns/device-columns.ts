import type { ResourceClaim, ResourceSlice } from '../../../lib/kube/types.ts';
import { ageColumn, column, nameColumn, type Column } from './column.ts';

export const resourceClaimColumns: readonly Column[] = [nameColumn, column<ResourceClaim>('State', stateOf), ageColumn];

export const resourceSliceColumns: readonly Column[] = [
  nameColumn,
  column<ResourceSlice>('Node', ({ spec }) => spec.nodeName ?? ''),
  column<ResourceSlice>('Driver', ({ spec }) => spec.driver),
  column<ResourceSlice>('Pool', ({ spec }) => spec.pool.name),
  ageColumn,
];

function stateOf({ metadata, status }: ResourceClaim): string {
  const states = metadata?.deletionTimestamp === undefined ? [] : ['deleted'];
  if (status?.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []));
  else if (states.length === 0) states.push('pending');
  return states.join(',');
}
