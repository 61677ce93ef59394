import { cloneObject } from '../api-object.ts';
import { anywhere, isJsonObject, type SchemaProps } from './schema-props.ts';

const hasDefaults = anywhere((schema) => schema.default !== undefined);

/** Fills in the schema's defaults where the object says nothing. Writes to `value`. */
export function applyDefaults(schema: SchemaProps, value: unknown): void {
  if (!hasDefaults(schema)) return;
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaults(schema.items, item);
    return;
  }
  if (!isJsonObject(value)) return;
  const object = value as Record<string, unknown>;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(object, name)) object[name] = cloneObject(property.default);
    if (Object.hasOwn(object, name)) applyDefaults(property, object[name]);
  }
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object') {
    for (const [name, member] of Object.entries(object))
      if (!Object.hasOwn(schema.properties ?? {}, name)) applyDefaults(additionalProperties, member);
  }
}
