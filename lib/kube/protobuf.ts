import { ProtobufReader, type WireType } from './protobuf-reader.ts';
import { fieldsOfMessage, isListMessage, messageOfKind, protobufMagic, type ProtobufField } from './protobuf-table.ts';

/*
 * Go clients send built-in kinds as protobuf. A body becomes the same plain object that the JSON form would have given, so that nothing behind this file knows of it.
 */

/** The deepest published type is below this, but for schemas, which nest as deep as somebody writes them; a body that nests deeper was made to hurt. */
const MAX_DEPTH = 64;

const byNumber = new Map<string, ReadonlyMap<number, ProtobufField>>();

function fieldsOf(message: string): ReadonlyMap<number, ProtobufField> {
  let fields = byNumber.get(message);
  if (!fields)
    byNumber.set(message, (fields = new Map(fieldsOfMessage(message).map((field) => [field.number, field]))));
  return fields;
}

/** Decodes `k8s\0` + `runtime.Unknown`. Throws an `Error` that says what is wrong. */
export function decodeProtobuf(body: Buffer): Record<string, unknown> {
  if (!body.subarray(0, protobufMagic.length).equals(protobufMagic))
    throw new Error('the body does not begin with the protobuf prefix');
  const envelope = new ProtobufReader(body.subarray(protobufMagic.length));
  let typeMeta: { readonly apiVersion?: string; readonly kind?: string } = {};
  let raw: Buffer = Buffer.alloc(0);
  while (envelope.more) {
    const { number, wireType } = envelope.tag();
    if (number === 1) typeMeta = decodeMessage('runtime.TypeMeta', envelope.bytes(wireType), 0);
    else if (number === 2) raw = envelope.bytes(wireType);
    else envelope.skip(wireType);
  }
  const { apiVersion = '', kind = '' } = typeMeta;
  const message = kind === 'DeleteOptions' ? 'meta.v1.DeleteOptions' : messageOfKind(apiVersion, kind);
  if (message === undefined) throw new Error(`no protobuf form of ${apiVersion} ${kind} is known`);
  return { apiVersion, kind, ...decodeMessage(message, raw, 0) };
}

function decodeMessage(message: string, bytes: Buffer, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels deep`);
  const reader = new ProtobufReader(bytes);
  const fields = fieldsOf(message);
  const object: Record<string, unknown> = {};
  while (reader.more) {
    const { number, wireType } = reader.tag();
    const field = fields.get(number);
    if (!field) {
      reader.skip(wireType);
      continue;
    }
    if (field.isMap) {
      const [key, value] = mapEntry(field.type, reader.bytes(wireType), depth);
      setOwn((object[field.json] ??= {}) as Record<string, unknown>, key, value);
    } else if (field.isRepeated) {
      ((object[field.json] ??= []) as unknown[]).push(valueOf(field.type, reader, wireType, depth));
    } else {
      const value = valueOf(field.type, reader, wireType, depth);
      if (field.inline) Object.assign(object, value);
      else if (isKept(field, value)) object[field.json] = value;
    }
  }
  return object;
}

/** Go writes every field that is not a pointer; its JSON leaves out the empty ones. A null time is never written in JSON. */
function isKept(field: ProtobufField, value: unknown): boolean {
  if (value === null) return false;
  if (field.isPointer || !field.omitEmpty) return true;
  return value !== '' && value !== 0 && value !== false;
}

function mapEntry(type: string, bytes: Buffer, depth: number): [string, unknown] {
  const reader = new ProtobufReader(bytes);
  let key = '';
  let value: unknown = type === 'string' || type === 'bytes' ? '' : undefined;
  while (reader.more) {
    const { number, wireType } = reader.tag();
    if (number === 1) key = reader.bytes(wireType).toString('utf8');
    else if (number === 2) value = valueOf(type, reader, wireType, depth);
    else reader.skip(wireType);
  }
  return [key, value];
}

/** A key of a client's own, `__proto__` included, is only ever a key. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function valueOf(type: string, reader: ProtobufReader, wireType: WireType, depth: number): unknown {
  switch (type) {
    case 'string':
      return reader.bytes(wireType).toString('utf8');
    case 'bytes':
      return reader.bytes(wireType).toString('base64');
    case 'bool':
      return reader.integer(wireType) !== 0;
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return reader.integer(wireType);
    case 'double':
      return reader.double(wireType);
    default:
      return messageValue(type, reader.bytes(wireType), depth + 1);
  }
}

/** Types whose JSON is not an object of their fields. */
function messageValue(type: string, bytes: Buffer, depth: number): unknown {
  const object = decodeMessage(type, bytes, depth);
  switch (type) {
    case 'meta.v1.Time':
      return timeOf(object, 0);
    case 'meta.v1.MicroTime':
      return timeOf(object, 6);
    case 'resource.Quantity':
      return object['string'] ?? '0';
    case 'intstr.IntOrString':
      return object['type'] === 1 ? (object['strVal'] ?? '') : (object['intVal'] ?? 0);
    case 'meta.v1.FieldsV1':
      return jsonOf(object['Raw']);
    case 'runtime.RawExtension':
    case 'apiextensions.v1.JSON':
      return jsonOf(object['raw']);
    case 'apiextensions.v1.JSONSchemaPropsOrBool':
      return object['schema'] ?? object['allows'] ?? false;
    case 'apiextensions.v1.JSONSchemaPropsOrArray':
      return object['jSONSchemas'] ?? object['schema'] ?? null;
    case 'apiextensions.v1.JSONSchemaPropsOrStringArray':
      return object['property'] ?? object['schema'] ?? null;
    default:
      return isListMessage(type) ? (object['items'] ?? []) : object;
  }
}

function jsonOf(raw: unknown): unknown {
  const text = typeof raw === 'string' ? Buffer.from(raw, 'base64').toString('utf8') : '';
  return text === '' ? null : (JSON.parse(text) as unknown);
}

/** RFC 3339 without a fraction, or with one of `digits`; an absent or zero time (year 1) is null. */
function timeOf(object: Readonly<Record<string, unknown>>, digits: number): string | null {
  const seconds = Number(object['seconds'] ?? 0);
  if (object['seconds'] === undefined || seconds <= -62_135_596_800) return null;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (digits === 0) return `${whole}Z`;
  return `${whole}.${String(Math.floor(Number(object['nanos'] ?? 0) / 1000)).padStart(digits, '0')}Z`;
}
