import { compareQuantities, parseQuantity } from '../../../lib/kube/quantity.ts';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { Container } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, nonNegativeDetail, requiredValue } from './field-errors.ts';

type Resources = NonNullable<Container['resources']>;

const standardResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Amounts are well formed and not negative, and nobody asks for more than the limit. */
export function validateResources(resources: Resources, at: string): readonly FieldError[] {
  const { limits = {}, requests = {} } = resources;
  const errors: FieldError[] = [
    ...validateAmounts(limits, `${at}.limits`),
    ...validateAmounts(requests, `${at}.requests`),
  ];
  if (errors.length > 0) return errors;
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) {
      if (isExtended(name))
        errors.push(requiredValue(`${at}.limits`, 'Limit must be set for non overcommitable resources'));
      continue;
    }
    const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
    if (isExtended(name) && order !== 0) {
      errors.push(invalidValue(`${at}.requests`, request, `must be equal to ${name} limit of ${limit}`));
    } else if (order > 0) {
      errors.push(invalidValue(`${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  return errors;
}

function validateAmounts(amounts: Readonly<Record<string, string>>, at: string): readonly FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => [
    ...validateResourceName(`${at}[${name}]`, name),
    ...(parseQuantity(amount).nano < 0n ? [invalidValue(`${at}[${name}]`, amount, nonNegativeDetail)] : []),
  ]);
}

function validateResourceName(field: string, name: string): readonly FieldError[] {
  const errors = isQualifiedName(name).map((detail) => invalidValue(field, name, detail));
  if (errors.length > 0 || name.includes('/') || standardResources.has(name) || name.startsWith('hugepages-'))
    return errors;
  return [invalidValue(field, name, 'must be a standard resource for containers')];
}

/** Devices and huge pages cannot be shared, so that asking and being limited is the same. */
function isExtended(name: string): boolean {
  return name.startsWith('hugepages-') || (name.includes('/') && !name.startsWith('kubernetes.io/'));
}
