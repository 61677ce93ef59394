import { decodeAs } from '../../../lib/kube/schema.ts';
import { additionalSchema, isJsonObject, joinPath, ownProperty, type SchemaProps } from './schema-props.ts';

/** More unknown fields than this are not listed. */
const MAX_UNKNOWN = 100;
const objectFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** What became of an object. */
export interface Pruned {
  /** Parts in which nothing was left out are shared with the input. */
  readonly value: unknown;
  /** `spec.containers[0].foo` */
  readonly unknownFields: readonly string[];
}

/** Leaves out what the schema does not know, and nulls where none may stand. `apiVersion`, `kind` and `metadata` of the object itself are not looked at. */
export function prune(schema: SchemaProps, object: unknown): Pruned {
  const unknownFields: string[] = [];
  const value = pruned(schema, object, '', unknownFields, true);
  return { value, unknownFields };
}

function pruned(
  schema: SchemaProps,
  value: unknown,
  path: string,
  unknownFields: string[],
  isObject = schema['x-kubernetes-embedded-resource'] === true,
): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return value;
    const kept = value.map((item: unknown, at) => pruned(items, item, `${path}[${at}]`, unknownFields));
    return kept.some((item, at) => item !== value[at]) ? kept : value;
  }
  if (!isJsonObject(value)) return value;
  const additional = additionalSchema(schema);
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const kept: [string, unknown][] = [];
  let isChanged = false;
  for (const [name, member] of Object.entries(value)) {
    const property = ownProperty(schema, name) ?? additional;
    if (isObject && objectFields.has(name)) {
      const inner = name === 'metadata' && path !== '' ? prunedMetadata(member, path, unknownFields) : member;
      if (inner !== member) isChanged = true;
      kept.push([name, inner]);
    } else if (property) {
      const isNoValue = member === null && property.nullable !== true && !keepsNull(property);
      if (isNoValue) isChanged = true;
      else {
        const inner = pruned(property, member, joinPath(path, name), unknownFields);
        if (inner !== member) isChanged = true;
        kept.push([name, inner]);
      }
    } else if (keepsUnknown) {
      kept.push([name, member]);
    } else {
      isChanged = true;
      if (unknownFields.length < MAX_UNKNOWN) unknownFields.push(joinPath(path, name));
    }
  }
  return isChanged ? Object.fromEntries(kept) : value;
}

/** Of an object inside another: has the published type, whatever the schema says. A value that does not fit is said to be wrong elsewhere. */
function prunedMetadata(metadata: unknown, path: string, unknownFields: string[]): unknown {
  const decoded = decodeAs('V1ObjectMeta', metadata);
  if (decoded.mismatch !== undefined || decoded.unknownFields.length === 0) return metadata;
  const room = Math.max(0, MAX_UNKNOWN - unknownFields.length);
  unknownFields.push(...decoded.unknownFields.slice(0, room).map((field) => `${path}.metadata.${field}`));
  return decoded.object;
}

/** A place of which nothing is said may hold anything. */
function keepsNull(schema: SchemaProps): boolean {
  return schema.type === undefined && schema['x-kubernetes-preserve-unknown-fields'] === true;
}
