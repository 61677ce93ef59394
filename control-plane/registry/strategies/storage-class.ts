import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { StorageClass } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { named, oneOf } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue } from './field-errors.ts';

const MAX_PROVISIONER = /^[^/]{1,253}(\/[^/]{1,63})?$/;

export const storageClassStrategy: Strategy<StorageClass> = {
  default(storageClass) {
    storageClass.reclaimPolicy ||= 'Delete';
    storageClass.volumeBindingMode ||= 'Immediate';
  },
  validate: ({ provisioner, reclaimPolicy, volumeBindingMode }) => [
    ...named('provisioner', provisioner, isProvisioner),
    ...oneOf('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
  ],
  validateUpdate: (after, old) => [
    ...(isDeepStrictEqual(after.parameters ?? {}, old.parameters ?? {})
      ? []
      : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
    ...(after.provisioner === old.provisioner
      ? []
      : [forbiddenField('provisioner', 'updates to provisioner are forbidden.')]),
    ...(after.reclaimPolicy === old.reclaimPolicy
      ? []
      : [forbiddenField('reclaimPolicy', 'updates to reclaimPolicy are forbidden.')]),
    ...(after.volumeBindingMode === old.volumeBindingMode
      ? []
      : [invalidValue('volumeBindingMode', after.volumeBindingMode, immutableDetail)]),
  ],
};

/** A domain, and behind a slash whatever names the provisioner there. */
function isProvisioner(name: string): readonly string[] {
  const [domain = ''] = name.toLowerCase().split('/', 1);
  return MAX_PROVISIONER.test(name) ? isDns1123Subdomain(domain) : ['must be a qualified name'];
}
