import { isDns1123Subdomain, isQualifiedName } from '../../../../lib/kube/name-rules.ts';
import type { FieldError } from '../../strategy.ts';
import { driverName } from '../driver-name.ts';
import { invalidValue, requiredValue, tooLong } from '../field-errors.ts';

const MAX_POOL_NAME = 253;
const MAX_ID = 32;

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
const identifierDetail =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

/** Subdomains, separated by slashes. */
export function poolName(field: string, value: string | undefined): readonly FieldError[] {
  if (!value) return [requiredValue(field)];
  return [
    ...(value.length > MAX_POOL_NAME ? [tooLong(field, MAX_POOL_NAME)] : []),
    ...value.split('/').flatMap((part) => isDns1123Subdomain(part).map((detail) => invalidValue(field, part, detail))),
  ];
}

/** The name of an attribute or a capacity: `model`, or `gpu.example.com/model`. */
export function qualifiedName(field: string, value: string): readonly FieldError[] {
  const [first = '', second, ...more] = value.split('/');
  if (more.length > 0) return [invalidValue(field, value, 'must not contain more than one slash')];
  if (second === undefined) return cIdentifier(field, first);
  return [
    ...(first === '' ? [invalidValue(field, '', 'the domain must not be empty')] : driverName(field, first)),
    ...(second === '' ? [invalidValue(field, '', 'the name must not be empty')] : cIdentifier(field, second)),
  ];
}

export function fullyQualifiedName(field: string, value: string): readonly FieldError[] {
  return [
    ...qualifiedName(field, value),
    ...(value.includes('/')
      ? []
      : [invalidValue(field, value, 'a fully qualified name must be a domain and a name separated by a slash')]),
  ];
}

/** The name of a condition, or the key of a taint. */
export function labelName(field: string, value: string | undefined): readonly FieldError[] {
  return isQualifiedName(value ?? '').map((detail) => invalidValue(field, value ?? '', detail));
}

function cIdentifier(field: string, value: string): readonly FieldError[] {
  return [
    ...(value.length > MAX_ID ? [tooLong(field, MAX_ID)] : []),
    ...(identifier.test(value) ? [] : [invalidValue(field, value, identifierDetail)]),
  ];
}
