import { isDeepStrictEqual } from 'node:util';
import { isDns1123Subdomain, isPathSegment } from '../../../lib/kube/name-rules.ts';
import type { IPAddress } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { isCanonicalAddress } from './addresses.ts';
import { named, optionallyNamed } from './field-checks.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';

type Parent = Partial<NonNullable<IPAddress['spec']>['parentRef']>;

const FIELD = 'spec.parentRef';

/** An address that is taken, named by itself, and who has it. */
export const ipAddressStrategy: Strategy<IPAddress> = {
  nameErrors: isCanonicalAddress,
  validate: ({ spec }) => (spec?.parentRef ? parentErrors(spec.parentRef) : [requiredValue(FIELD)]),
  validateUpdate(address, old) {
    const [is, was] = [address, old].map(({ spec }) => internalForm('ParentReference', spec?.parentRef));
    return isDeepStrictEqual(is, was) ? [] : [invalidValue(FIELD, is, immutableDetail)];
  },
};

function parentErrors({ group, resource, namespace, name }: Parent): readonly FieldError[] {
  return [
    ...optionallyNamed(`${FIELD}.group`, group, isDns1123Subdomain),
    ...named(`${FIELD}.resource`, resource, isPathSegment),
    ...named(`${FIELD}.name`, name, isPathSegment),
    ...optionallyNamed(`${FIELD}.namespace`, namespace, isPathSegment),
  ];
}
