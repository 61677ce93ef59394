import { isDeepStrictEqual } from 'node:util';
import type { ResourceClaim, ResourceClaimTemplate } from '../../../../lib/kube/types.ts';
import type { Strategy } from '../../strategy.ts';
import { labels } from '../field-checks.ts';
import { immutableDetail, invalidValue } from '../field-errors.ts';
import { internalClaimTemplate, internalForm } from '../internal-form.ts';
import { dropFreedDevices, validateClaimStatus } from './claim-status.ts';
import { defaultClaimSpec, validateClaimSpec } from './device-claim.ts';

/** What a claim wants is said once: of an update only that it changes nothing is checked. */
export const resourceClaimStrategy: Strategy<ResourceClaim> = {
  default({ spec }) {
    defaultClaimSpec(spec);
  },
  prepareForCreate(claim) {
    claim.status = {};
  },
  prepareForStatusUpdate: dropFreedDevices,
  validate: ({ spec }, old) => (old ? [] : validateClaimSpec(spec, 'spec')),
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec, old.spec)
      ? []
      : [invalidValue('spec', internalForm('ClaimSpec', spec ?? {}), immutableDetail)],
  validateStatusUpdate: validateClaimStatus,
};

export const resourceClaimTemplateStrategy: Strategy<ResourceClaimTemplate> = {
  default({ spec }) {
    defaultClaimSpec(spec?.spec);
  },
  // What an update leaves as it is was judged when it came.
  validate: ({ spec }, old) =>
    old && isDeepStrictEqual(spec, old.spec)
      ? []
      : [...labels('spec.metadata.labels', spec?.metadata?.labels), ...validateClaimSpec(spec?.spec, 'spec.spec')],
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec, old.spec) ? [] : [invalidValue('spec', internalClaimTemplate(spec ?? {}), immutableDetail)],
};
