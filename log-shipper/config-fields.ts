import { VigilError } from '../lib/errors.ts';

/** A part of the configuration whose fields are still to be checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** Throws unless `value` is an object. */
export function objectOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidConfig(`${name} is not an object`);
  return value as Fields;
}

/** Throws for the first key that is not among `known`. */
export function refuseUnknown(fields: Fields, known: readonly string[], name: string): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw invalidConfig(`${name} has an unknown key ${JSON.stringify(unknown)}; known are ${known.join(', ')}`);
  }
}

/** Throws unless the value is a text that is not empty. */
export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string' || value === '') throw invalidConfig(`${name} is not a text`);
}

/** Throws unless each of these fields is absent or a text. */
export function checkOptionalTexts(fields: Fields, keys: readonly string[], name: string): void {
  for (const key of keys) if (fields[key] !== undefined) checkText(fields[key], `${name}.${key}`);
}

export function invalidConfig(message: string): VigilError {
  return new VigilError('BAD_CONFIG', 'invalid', message);
}
