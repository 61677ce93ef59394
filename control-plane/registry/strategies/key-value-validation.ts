import { isDeepStrictEqual } from 'node:util';
import { isConfigMapKey } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { forbiddenField, invalidValue, tooLong } from './field-errors.ts';

/** Bytes of all values of a ConfigMap or Secret together. */
const MAX_BYTES = 1024 * 1024;

type Values = Readonly<Record<string, string>> | undefined;

/** Keys can be file names. */
export function validateKeys(field: string, values: Values): readonly FieldError[] {
  return Object.keys(values ?? {}).flatMap((key) =>
    isConfigMapKey(key).map((detail) => invalidValue(`${field}[${key}]`, key, detail)),
  );
}

/** `sizeOf` gives the bytes that a value stands for. */
export function validateSize(field: string, values: Values, sizeOf: (value: string) => number): readonly FieldError[] {
  let bytes = 0;
  for (const value of Object.values(values ?? {})) bytes += sizeOf(value);
  return bytes > MAX_BYTES ? [tooLong(field || '[]', MAX_BYTES)] : [];
}

/** Bytes that base64 text stands for. */
export function decodedSize(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

interface Freezable {
  readonly immutable?: boolean | undefined;
}

/** What was declared immutable stays so, and so does what it holds. */
export function validateImmutable<T extends Freezable>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): readonly FieldError[] {
  if (old.immutable !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  const errors: FieldError[] = object.immutable === true ? [] : [forbiddenField('immutable', detail)];
  for (const field of fields) {
    if (!isDeepStrictEqual(object[field], old[field])) errors.push(forbiddenField(field, detail));
  }
  return errors;
}
