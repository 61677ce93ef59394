import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { CSIStorageCapacity } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { follows, labelSelector } from './field-checks.ts';
import { immutableDetail, invalidValue } from './field-errors.ts';

/** How much a storage driver can still give. Nothing here acts upon it. */
export const csiStorageCapacityStrategy: Strategy<CSIStorageCapacity> = {
  validate: ({ storageClassName, nodeTopology }) => [
    ...(nodeTopology ? labelSelector('nodeTopology', nodeTopology) : []),
    ...follows('storageClassName', storageClassName ?? '', isDns1123Subdomain),
  ],
  validateUpdate: ({ storageClassName, nodeTopology }, old) => [
    ...(isDeepStrictEqual(nodeTopology, old.nodeTopology)
      ? []
      : [invalidValue('nodeTopology', nodeTopology, immutableDetail)]),
    ...(storageClassName === old.storageClassName
      ? []
      : [invalidValue('storageClassName', storageClassName ?? '', immutableDetail)]),
  ],
};
