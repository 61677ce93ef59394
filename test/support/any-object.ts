import fc from 'fast-check';
import { fieldsOfMessage, isListMessage, messageOfKind, type ProtobufField } from '../../lib/kube/protobuf-table.ts';

/*
 * Objects of any kind, as Go would write them in JSON: what is always written is there, and what is left out when it is empty is not there empty.
 */

/** Deeper than this, only what must be there is. */
const DEEPEST = 4;

/** An object of `apiVersion` and `kind` with any of its fields. */
export function anyObject(apiVersion: string, kind: string): fc.Arbitrary<{ apiVersion: string; kind: string }> {
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) throw new Error(`${apiVersion} ${kind} has no protobuf form`);
  return anyMessage(message, 0).map((fields) => ({ apiVersion, kind, ...(fields as object) }));
}

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 6 }));
const anyTime = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000).toISOString());
/** As it comes out of a text: there -0 is 0. */
const anyJson = fc
  .jsonValue({ maxDepth: 2, noUnicodeString: false })
  .filter((value) => value !== null)
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const quantities = ['0', '1', '250m', '64Mi', '1500', '3Gi', '-5', '12k', '1e3'];

function anyMessage(message: string, depth: number): fc.Arbitrary<unknown> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  const inlined: fc.Arbitrary<object>[] = [];
  for (const field of fieldsOfMessage(message)) {
    if (field.inline) {
      inlined.push(anyMessage(field.type, depth) as fc.Arbitrary<object>);
      continue;
    }
    if (isAlwaysThere(field)) required.push(field.json);
    else if (depth >= DEEPEST) continue;
    members[field.json] = anyField(field, depth);
  }
  const own = fc.record(members, { requiredKeys: required, noNullPrototype: true });
  return inlined.length === 0 ? own : fc.tuple(own, ...inlined).map((parts) => Object.assign({}, ...parts) as object);
}

function isAlwaysThere({ type, isPointer, isRepeated, isMap, omitEmpty }: ProtobufField): boolean {
  if (isPointer || isRepeated || isMap || type === 'bytes' || isListMessage(type)) return false;
  // No time is null in JSON, which the decoder leaves out.
  if (type === 'meta.v1.Time' || type === 'meta.v1.MicroTime') return false;
  if (isAnything(type)) return false;
  return !omitEmpty || isStruct(type);
}

function isAnything(type: string): boolean {
  return type === 'runtime.RawExtension' || type === 'apiextensions.v1.JSON' || type === 'meta.v1.FieldsV1';
}

function isStruct(type: string): boolean {
  return type.includes('.');
}

function anyField(field: ProtobufField, depth: number): fc.Arbitrary<unknown> {
  const one = anyValue(field.type, depth + 1);
  if (field.isMap) return fc.dictionary(text, one, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  if (field.isRepeated) return fc.array(one, { minLength: 1, maxLength: 2 });
  if (field.isPointer || !field.omitEmpty) return one;
  return one.filter((value) => value !== '' && value !== 0 && value !== false);
}

function anyValue(type: string, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return text;
    case 'bytes':
      return fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'bool':
      return fc.boolean();
    case 'int32':
      return fc.integer();
    case 'int64':
      return fc.maxSafeInteger();
    case 'double':
      return fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Object.is(value, -0));
    case 'meta.v1.Time':
      return anyTime.map((time) => time.replace('.000Z', 'Z'));
    case 'meta.v1.MicroTime':
      return fc
        .tuple(anyTime, fc.integer({ min: 0, max: 999_999 }))
        .map(([time, micros]) => time.replace('.000Z', `.${String(micros).padStart(6, '0')}Z`));
    case 'resource.Quantity':
      return fc.constantFrom(...quantities);
    case 'intstr.IntOrString':
      return fc.oneof(fc.integer(), text);
    case 'meta.v1.FieldsV1':
      return fc.dictionary(text, fc.constant({}), { maxKeys: 2, noNullPrototype: true });
    case 'runtime.RawExtension':
    case 'apiextensions.v1.JSON':
      return anyJson;
    case 'apiextensions.v1.JSONSchemaPropsOrBool':
      return fc.oneof(fc.boolean(), anySchema(depth));
    case 'apiextensions.v1.JSONSchemaPropsOrArray':
      return fc.oneof(anySchema(depth), fc.array(anySchema(depth), { minLength: 1, maxLength: 2 }));
    case 'apiextensions.v1.JSONSchemaPropsOrStringArray':
      return fc.oneof(anySchema(depth), fc.array(text, { minLength: 1, maxLength: 2 }));
    default:
      return isListMessage(type) ? fc.array(text, { minLength: 1, maxLength: 2 }) : anyMessage(type, depth);
  }
}

function anySchema(depth: number): fc.Arbitrary<unknown> {
  return anyMessage('apiextensions.v1.JSONSchemaProps', depth);
}
