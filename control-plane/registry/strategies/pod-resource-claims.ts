import { isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { Container, PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { named, optionallyNamed } from './field-checks.ts';
import { duplicateValue, invalidValue, requiredValue } from './field-errors.ts';

/** A pod's claims for devices, and the containers that have them. */
export function validateResourceClaims(spec: PodSpec, at: string): readonly FieldError[] {
  const { resourceClaims = [], initContainers = [] } = spec;
  const containers = spec.containers ?? [];
  // Most pods have nothing to do with devices.
  if (!spec.resourceClaims && !containers.some(hasClaims) && !initContainers.some(hasClaims)) return [];
  const names = new Set(resourceClaims.map(({ name }) => name));
  return [
    ...validateEntries(resourceClaims, `${at}.resourceClaims`),
    ...validateUses(containers, `${at}.containers`, names),
    ...validateUses(initContainers, `${at}.initContainers`, names),
  ];
}

function hasClaims({ resources }: Container): boolean {
  return resources?.claims !== undefined;
}

function validateEntries(entries: NonNullable<PodSpec['resourceClaims']>, at: string): readonly FieldError[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const place = `${at}[${index}]`;
    const { name, resourceClaimName, resourceClaimTemplateName } = entry;
    const isRepeated = seen.has(name);
    seen.add(name);
    const errors: FieldError[] = isRepeated
      ? [duplicateValue(`${place}.name`, name)]
      : [...named(`${place}.name`, name)];
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalidValue(place, entry, detail));
    } else if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      errors.push(invalidValue(place, entry, detail));
    }
    errors.push(
      ...validateName(`${place}.resourceClaimName`, resourceClaimName),
      ...validateName(`${place}.resourceClaimTemplateName`, resourceClaimTemplateName),
    );
    return errors;
  });
}

function validateName(field: string, name: string | undefined): readonly FieldError[] {
  return name === ''
    ? isDns1123Subdomain('').map((detail) => invalidValue(field, '', detail))
    : optionallyNamed(field, name, isDns1123Subdomain);
}

function validateUses(containers: readonly Container[], at: string, names: ReadonlySet<string>): readonly FieldError[] {
  return containers.flatMap(({ resources }, index) =>
    resources?.claims ? validateClaims(resources.claims, `${at}[${index}].resources.claims`, names) : [],
  );
}

function validateClaims(
  claims: NonNullable<NonNullable<Container['resources']>['claims']>,
  at: string,
  names: ReadonlySet<string>,
): readonly FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name, request }, index) => {
    const place = `${at}[${index}]`;
    if (!name) return [requiredValue(place)];
    const key = request ? `${name}/${request}` : name;
    const errors: FieldError[] = seen.has(key) ? [duplicateValue(place, key)] : [];
    seen.add(key);
    if (!names.has(name)) errors.push(unknownClaim(place, name, names));
    return errors;
  });
}

function unknownClaim(field: string, name: string, names: ReadonlySet<string>): FieldError {
  const choice = names.size === 0 ? ' which is empty' : `: ${[...names].sort().join(', ')}`;
  return {
    reason: 'FieldValueNotFound',
    message: `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${choice}`,
    field,
  };
}
