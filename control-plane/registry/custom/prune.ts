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
  /** What an object inside the object is not, in the words of the API: the value must then not be used. */
  readonly mismatch: string | undefined;
}

/** What is found on the way. */
interface Findings {
  readonly unknownFields: string[];
  mismatch: string | undefined;
}

/** Leaves out what the schema does not know, and nulls where none may stand. `apiVersion`, `kind` and `metadata` of the object itself are not looked at. */
export function prune(schema: SchemaProps, object: unknown): Pruned {
  const found: Findings = { unknownFields: [], mismatch: undefined };
  const value = pruned(schema, object, '', found, true);
  return { value, ...found };
}

function pruned(
  schema: SchemaProps,
  value: unknown,
  path: string,
  found: Findings,
  isObject = schema['x-kubernetes-embedded-resource'] === true,
): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return value;
    const kept = value.map((item: unknown, at) => pruned(items, item, `${path}[${at}]`, found));
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
      const inner = path === '' ? member : prunedIdentity(name, member, path, found);
      if (inner !== member) isChanged = true;
      kept.push([name, inner]);
    } else if (property) {
      const isNoValue = member === null && property.nullable !== true && !keepsNull(property);
      if (isNoValue) isChanged = true;
      else {
        const inner = pruned(property, member, joinPath(path, name), found);
        if (inner !== member) isChanged = true;
        kept.push([name, inner]);
      }
    } else if (keepsUnknown) {
      kept.push([name, member]);
    } else {
      isChanged = true;
      if (found.unknownFields.length < MAX_UNKNOWN) found.unknownFields.push(joinPath(path, name));
    }
  }
  return isChanged ? Object.fromEntries(kept) : value;
}

/** What names an object inside another has the published type, whatever the schema says. */
function prunedIdentity(name: string, member: unknown, path: string, found: Findings): unknown {
  const at = `${path}.${name}`;
  const wrong = (detail: string) => {
    found.mismatch ??= `${at}: Invalid value: ${JSON.stringify(member)}: ${detail}`;
    return member;
  };
  if (name !== 'metadata') return typeof member === 'string' || member === null ? member : wrong('must be a string');
  if (member === null) return member;
  const { object, unknownFields, mismatch } = decodeAs('V1ObjectMeta', member);
  if (mismatch !== undefined) return wrong(mismatch);
  if (unknownFields.length === 0) return member;
  const room = Math.max(0, MAX_UNKNOWN - found.unknownFields.length);
  found.unknownFields.push(...unknownFields.slice(0, room).map((field) => `${at}.${field}`));
  return object;
}

/** A place of which nothing is said may hold anything. */
function keepsNull(schema: SchemaProps): boolean {
  return schema.type === undefined && schema['x-kubernetes-preserve-unknown-fields'] === true;
}
