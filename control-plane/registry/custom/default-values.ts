import { cloneObject } from '../api-object.ts';
import { anywhere, isJsonObject, type SchemaProps } from './schema-props.ts';

/** Whether a schema has a default anywhere. */
export const hasDefaults = anywhere((schema) => schema.default !== undefined);

/** Fills in the schema's defaults where the object says nothing. Writes to `value`; true when there was something to fill in. */
export function applyDefaults(schema: SchemaProps, value: unknown): boolean {
  if (!hasDefaults(schema)) return false;
  let isChanged = false;
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) if (applyDefaults(schema.items, item)) isChanged = true;
    return isChanged;
  }
  if (!isJsonObject(value)) return false;
  const object = value as Record<string, unknown>;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(object, name)) {
      object[name] = cloneObject(property.default);
      isChanged = true;
    }
    if (Object.hasOwn(object, name) && applyDefaults(property, object[name])) isChanged = true;
  }
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object') {
    for (const [name, member] of Object.entries(object))
      if (!Object.hasOwn(schema.properties ?? {}, name) && applyDefaults(additionalProperties, member))
        isChanged = true;
  }
  return isChanged;
}
