import type { FieldError } from '../strategy.ts';
import { invalidValue } from '../strategies/field-errors.ts';
import { prune } from './prune.ts';
import type { SchemaProps } from './schema-props.ts';
import { valueErrors } from './value-errors.ts';

/** Defaults that are not valid values of their own place, or say more than the schema knows. */
export function defaultErrors(schema: SchemaProps, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined) {
    const at = `${field}.default`;
    const { unknownFields } = prune(schema, schema.default);
    for (const unknown of unknownFields)
      errors.push(invalidValue(at, schema.default, `must not have unknown fields: ${unknown}`));
    errors.push(...valueErrors(schema, schema.default).map((error) => ({ ...error, field: at })));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    errors.push(...defaultErrors(property, `${field}.properties[${name}]`));
  if (typeof schema.additionalProperties === 'object')
    errors.push(...defaultErrors(schema.additionalProperties, `${field}.additionalProperties`));
  if (schema.items) errors.push(...defaultErrors(schema.items, `${field}.items`));
  return errors;
}
