import { isJsonObject, type SchemaProps } from '../schema-props.ts';

/** Upstream's limit of a request: nothing in an object is larger. */
const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** A character may take so many bytes. */
const BYTES_OF_CHARACTER = 4;
const sizesOfFormats: ReadonlyMap<string, number> = new Map([
  ['date', 10],
  ['date-time', 20],
  ['duration', 32],
]);

/** How large a value of a schema may be: items of a list, members of a map, bytes of a text; `undefined` for what has no size. Source: KEP-2876, "Resource constraints". */
export function maxSize(schema: SchemaProps): number | undefined {
  if (schema.type === 'array') {
    if (schema.maxItems !== undefined) return schema.maxItems;
    return Math.floor((MAX_REQUEST_BYTES - 2) / (minBytes(schema.items ?? {}) + 1));
  }
  if (isMap(schema)) {
    if (schema.maxProperties !== undefined) return schema.maxProperties;
    return Math.floor((MAX_REQUEST_BYTES - 2) / (minBytes(memberOf(schema)) + 6));
  }
  if (schema.type !== 'string') return undefined;
  if (schema.maxLength !== undefined) return schema.maxLength * BYTES_OF_CHARACTER;
  if (schema.enum) return Math.max(0, ...schema.enum.map((one) => (typeof one === 'string' ? one.length : 0)));
  return sizesOfFormats.get(schema.format ?? '') ?? MAX_REQUEST_BYTES - 2;
}

/** How often a value may be in an object of which nothing says how many there may be. */
export function maxCount(schema: SchemaProps): number {
  return Math.floor(MAX_REQUEST_BYTES / (minBytes(schema) + 1));
}

/** Bytes of the shortest value. */
function minBytes(schema: SchemaProps): number {
  switch (schema.type) {
    case 'string':
    case 'array':
      return 2;
    case 'boolean':
      return 4;
    case 'object':
      return Object.entries(schema.properties ?? {}).reduce(
        (total, [name, property]) =>
          schema.required?.includes(name) && property.default === undefined
            ? total + name.length + minBytes(property) + 4
            : total,
        2,
      );
    default:
      return 1;
  }
}

export function isMap(schema: SchemaProps): boolean {
  return schema.type === 'object' && schema.properties === undefined && isJsonObject(schema.additionalProperties);
}

/** What the members of a map are. */
export function memberOf({ additionalProperties }: SchemaProps): SchemaProps {
  return typeof additionalProperties === 'object' ? additionalProperties : {};
}
