import { isIP } from 'node:net';
import type { ServiceCIDR } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { canonicalCidr } from './addresses.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';

const FIELD = 'spec.cidrs';

export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  prepareForCreate(range) {
    range.status = {};
  },
  validate: ({ spec }, old) => (old ? [] : validateCidrs(spec?.cidrs ?? [])),
  /** A network of the other family may be added, nothing else. */
  validateUpdate({ spec }, old) {
    const [after, before] = [spec?.cidrs, old.spec?.cidrs ?? []];
    if (!after || after.length < before.length) return [invalidValue(FIELD, after, immutableDetail)];
    const errors = before.flatMap((one, index) =>
      after[index] === one ? [] : [invalidValue(`${FIELD}[${index}]`, after[index], immutableDetail)],
    );
    return errors.length > 0 || after.length === before.length ? errors : validateCidrs(after);
  },
};

function validateCidrs(cidrs: readonly string[]): readonly FieldError[] {
  if (cidrs.length === 0) return [requiredValue(FIELD, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalidValue(FIELD, cidrs, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((one, index) => canonicalCidr(`${FIELD}[${index}]`, one));
  const families = new Set(cidrs.map((one) => isIP(one.split('/', 1)[0] ?? '')));
  if (errors.length > 0 || families.size === cidrs.length) return errors;
  const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
  return [invalidValue(FIELD, cidrs, detail)];
}
