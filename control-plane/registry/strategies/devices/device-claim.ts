import { isDns1123Label, isDns1123Subdomain } from '../../../../lib/kube/name-rules.ts';
import type {
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { conforming, named } from '../field-checks.ts';
import { invalidValue, requiredValue, unsupportedValue } from '../field-errors.ts';
import { checkedList, checkedSet } from './bounded-collections.ts';
import { validateConfiguration } from './device-configuration.ts';
import { fullyQualifiedName } from './device-names.ts';
import { validateSelectors } from './device-selectors.ts';
import { defaultTolerations, validateTolerations } from './device-taints.ts';

export const MAX_REQUESTS = 32;
const MAX_ALTERNATIVES = 8;
const MAX_CONSTRAINTS = 32;
export const MAX_CONFIGURATIONS = 32;

const referenceDetail =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Whether a claim has a request of this name, or an alternative `request/alternative`. */
export type HasRequest = (reference: string) => boolean;

export function defaultClaimSpec(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
      defaultTolerations(request.tolerations);
    }
  }
}

/** What is wrong with what a claim wants, after defaulting. Source: `pkg/apis/resource/validation`. */
export function validateClaimSpec(spec: ResourceClaimSpec | undefined, at: string): readonly FieldError[] {
  const { requests, constraints, config } = spec?.devices ?? {};
  const hasRequest = requestsOf(spec);
  return [
    ...checkedSet(`${at}.devices.requests`, requests, MAX_REQUESTS, validateRequest, ({ name }) => name ?? ''),
    ...checkedList(`${at}.devices.constraints`, constraints, MAX_CONSTRAINTS, (constraint, place) =>
      validateConstraint(constraint, place, hasRequest),
    ),
    ...checkedList(`${at}.devices.config`, config, MAX_CONFIGURATIONS, (one, place) => [
      ...validateReferences(one.requests, `${place}.requests`, hasRequest),
      ...validateConfiguration(one, place),
    ]),
  ];
}

export function requestsOf(spec: ResourceClaimSpec | undefined): HasRequest {
  const names = new Set<string>();
  for (const { name, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    names.add(name);
    for (const alternative of firstAvailable) names.add(`${name}/${alternative.name}`);
  }
  return (reference) => names.has(reference);
}

export function validateReferences(
  references: readonly string[] | undefined,
  at: string,
  hasRequest: HasRequest,
): readonly FieldError[] {
  return checkedSet(
    at,
    references,
    MAX_REQUESTS,
    (reference, place) => validateReference(reference, place, hasRequest),
    (reference) => reference,
  );
}

export function validateReference(reference = '', field: string, hasRequest: HasRequest): readonly FieldError[] {
  const segments = reference.split('/');
  if (segments.length > 2) return [invalidValue(field, reference, referenceDetail)];
  return [
    ...segments.flatMap((segment) => conforming(field, segment, isDns1123Label)),
    ...(hasRequest(reference) ? [] : [invalidValue(field, reference, referenceDetail)]),
  ];
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, at: string): readonly FieldError[] {
  const errors = [...conforming(`${at}.name`, name, isDns1123Label)];
  const union = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly && firstAvailable.length > 0) {
    errors.push(invalidValue(at, undefined, `${union}, but multiple fields are set`));
  } else if (exactly) {
    errors.push(...validateWanted(exactly, `${at}.exactly`));
  } else if (firstAvailable.length > 0) {
    errors.push(
      ...checkedSet(
        `${at}.firstAvailable`,
        firstAvailable,
        MAX_ALTERNATIVES,
        (one, place) => [...conforming(`${place}.name`, one.name, isDns1123Label), ...validateWanted(one, place)],
        (one) => one.name ?? '',
      ),
    );
  } else errors.push(requiredValue(at, union));
  return errors;
}

function validateWanted(wanted: ExactDeviceRequest | DeviceSubRequest, at: string): readonly FieldError[] {
  return [
    ...named(`${at}.deviceClassName`, wanted.deviceClassName, isDns1123Subdomain),
    ...validateSelectors(wanted.selectors, `${at}.selectors`),
    ...validateAmount(wanted, at),
    ...validateTolerations(wanted.tolerations, `${at}.tolerations`),
  ];
}

function validateAmount(
  { allocationMode, count = 0 }: ExactDeviceRequest | DeviceSubRequest,
  at: string,
): readonly FieldError[] {
  switch (allocationMode) {
    case 'All':
      return count === 0
        ? []
        : [invalidValue(`${at}.count`, count, "must not be specified when allocationMode is 'All'")];
    case 'ExactCount':
      return count > 0 ? [] : [invalidValue(`${at}.count`, count, 'must be greater than zero')];
    default:
      return [unsupportedValue(`${at}.allocationMode`, allocationMode ?? '', ['All', 'ExactCount'])];
  }
}

function validateConstraint(constraint: DeviceConstraint, at: string, hasRequest: HasRequest): readonly FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = [...validateReferences(requests, `${at}.requests`, hasRequest)];
  if (matchAttribute !== undefined) errors.push(...fullyQualifiedName(`${at}.matchAttribute`, matchAttribute));
  else if (distinctAttribute !== undefined) {
    errors.push(...fullyQualifiedName(`${at}.distinctAttribute`, distinctAttribute));
  } else {
    errors.push(
      requiredValue(
        at,
        'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      ),
    );
  }
  return errors;
}
