import { labelMatcher, SelectorError } from '../../../lib/kube/label-selector.ts';
import {
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isPortName,
  isPortNumber,
  isQualifiedName,
  type NameRule,
} from '../../../lib/kube/name-rules.ts';
import type { LabelSelector } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, nonNegativeDetail, requiredValue, unsupportedValue } from './field-errors.ts';

/** Checks that many kinds share. Each returns what is wrong; an absent value is fine unless the name says otherwise. */

export function named(
  field: string,
  value: string | undefined,
  rule: NameRule = isDns1123Label,
): readonly FieldError[] {
  if (!value) return [requiredValue(field)];
  return rule(value).map((detail) => invalidValue(field, value, detail));
}

/** Where what is missing is judged like an empty text. */
export function conforming(field: string, value: string | undefined, rule: NameRule): readonly FieldError[] {
  return rule(value ?? '').map((detail) => invalidValue(field, value ?? '', detail));
}

export function optionallyNamed(field: string, value: string | undefined, rule: NameRule): readonly FieldError[] {
  return value ? named(field, value, rule) : [];
}

/** Text that is checked when it is given, the empty one too. */
export function follows(field: string, value: string | undefined, rule: NameRule): readonly FieldError[] {
  return value === undefined ? [] : rule(value).map((detail) => invalidValue(field, value, detail));
}

export function nonNegative(field: string, value: number | undefined): readonly FieldError[] {
  return value !== undefined && value < 0 ? [invalidValue(field, value, nonNegativeDetail)] : [];
}

export function positive(field: string, value: number | undefined): readonly FieldError[] {
  return value !== undefined && value <= 0 ? [invalidValue(field, value, 'must be greater than 0')] : [];
}

export function oneOf(field: string, value: string | undefined, supported: readonly string[]): readonly FieldError[] {
  return value !== undefined && !supported.includes(value) ? [unsupportedValue(field, value, supported)] : [];
}

export function requiredOneOf(
  field: string,
  value: string | undefined,
  supported: readonly string[],
): readonly FieldError[] {
  return value ? oneOf(field, value, supported) : [requiredValue(field)];
}

export function portNumber(field: string, value: number): readonly FieldError[] {
  return isPortNumber(value).map((detail) => invalidValue(field, value, detail));
}

/** A number or the name of a container's port. */
export function portNumberOrName(field: string, value: number | string | undefined): readonly FieldError[] {
  if (typeof value !== 'string') return portNumber(field, value ?? 0);
  return isPortName(value).map((detail) => invalidValue(field, value, detail));
}

export function labels(field: string, value: Readonly<Record<string, string>> | undefined): readonly FieldError[] {
  return Object.entries(value ?? {}).flatMap(([key, text]) => [
    ...isQualifiedName(key).map((detail) => invalidValue(field, key, detail)),
    ...isLabelValue(text).map((detail) => invalidValue(field, text, detail)),
  ]);
}

export function annotations(field: string, value: Readonly<Record<string, string>> | undefined): readonly FieldError[] {
  return Object.keys(value ?? {}).flatMap((key) =>
    isQualifiedName(key.toLowerCase()).map((detail) => invalidValue(field, key, detail)),
  );
}

/** The members of a selector object. */
export function labelSelector(field: string, selector: LabelSelector): readonly FieldError[] {
  const errors: FieldError[] = [...labels(`${field}.matchLabels`, selector.matchLabels)];
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(requiredValue(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.push({
          reason: 'FieldValueForbidden',
          message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          field: `${at}.values`,
        });
      }
    } else errors.push(invalidValue(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
    errors.push(...isQualifiedName(key ?? '').map((detail) => invalidValue(`${at}.key`, key ?? '', detail)));
    for (const [place, value] of values.entries()) {
      errors.push(...isLabelValue(value).map((detail) => invalidValue(`${at}.values[${place}]`, value, detail)));
    }
  }
  return errors;
}

/** True when the selector is well formed and selects these labels. */
export function selects(selector: LabelSelector, value: Readonly<Record<string, string>> | undefined): boolean {
  try {
    return labelMatcher(selector).matches(value);
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

/** A relative path that stays inside of the folder it is relative to. */
export function relativePath(field: string, path: string): readonly FieldError[] {
  if (path.startsWith('/')) return [invalidValue(field, path, 'must be a relative path')];
  if (path.split('/').includes('..')) return [invalidValue(field, path, "must not contain '..'")];
  return [];
}

/** `acme.io/foo` */
export function domainPrefixedPath(field: string, value: string): readonly FieldError[] {
  const [, domain = '', path = ''] = /^([^/]*)\/(.*)$/s.exec(value) ?? [];
  return domain !== '' && path !== ''
    ? isDns1123Subdomain(domain).map((detail) => invalidValue(field, domain, detail))
    : [invalidValue(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
}

/** A count or a percentage. */
export function countOrPercent(field: string, value: number | string | undefined): readonly FieldError[] {
  if (typeof value === 'number') return nonNegative(field, value);
  if (value === undefined || /^[0-9]+%$/.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidValue(field, value, detail)];
}
