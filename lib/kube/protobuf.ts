import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProtobufReader, type WireType } from './protobuf-reader.ts';

/*
 * Go clients send built-in kinds as protobuf. Field numbers and JSON names come from the published modules (scripts/generate-protobuf.ts); a body becomes the same plain
 * object that the JSON form would have given, so that nothing behind this file knows of it. Answers are JSON, which these clients accept when the answer says so.
 */

/** The media type of Kubernetes' protobuf. */
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
/** The deepest published type is below this; a body that nests deeper was made to hurt. */
const MAX_DEPTH = 64;

interface Field {
  readonly json: string;
  readonly type: string;
  readonly isRepeated: boolean;
  readonly isMap: boolean;
  readonly isPointer: boolean;
  readonly omitEmpty: boolean;
  readonly inline: boolean;
}

interface Table {
  readonly kinds: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, string>>;
  readonly lists: readonly string[];
}

/** The table is read when the first protobuf body comes: most processes never see one. */
let loaded:
  | {
      readonly table: Table;
      readonly fields: Map<string, ReadonlyMap<number, Field>>;
      readonly lists: ReadonlySet<string>;
    }
  | undefined;

function tables(): NonNullable<typeof loaded> {
  if (!loaded) {
    const table = JSON.parse(readFileSync(join(import.meta.dirname, 'generated/protobuf.json'), 'utf8')) as Table;
    loaded = { table, fields: new Map(), lists: new Set(table.lists) };
  }
  return loaded;
}

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  const { table, fields } = tables();
  const known = fields.get(message);
  if (known) return known;
  const made = new Map<number, Field>();
  for (const row of (table.messages[message] ?? '').split('|')) {
    const [number, json = '', type = '', bits] = row.split(' ');
    const flags = Number(bits);
    made.set(Number(number), {
      json,
      type,
      isRepeated: (flags & 1) !== 0,
      isMap: (flags & 2) !== 0,
      isPointer: (flags & 4) !== 0,
      omitEmpty: (flags & 8) !== 0,
      inline: (flags & 16) !== 0,
    });
  }
  fields.set(message, made);
  return made;
}

/** Decodes `k8s\0` + `runtime.Unknown`. Throws an `Error` that says what is wrong. */
export function decodeProtobuf(body: Buffer): Record<string, unknown> {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw new Error('the body does not begin with the protobuf prefix');
  const envelope = decodeMessage('runtime.Unknown', body.subarray(MAGIC.length), 0);
  const { apiVersion = '', kind = '' } = envelope as { readonly apiVersion?: string; readonly kind?: string };
  const message = kind === 'DeleteOptions' ? 'meta.v1.DeleteOptions' : tables().table.kinds[`${apiVersion}/${kind}`];
  if (message === undefined) throw new Error(`no protobuf form of ${apiVersion} ${kind} is known`);
  const raw = Buffer.from(typeof envelope['raw'] === 'string' ? envelope['raw'] : '', 'base64');
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
function isKept(field: Field, value: unknown): boolean {
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
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
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
  const { lists } = tables();
  const object = decodeMessage(type, bytes, depth);
  switch (type) {
    case 'meta.v1.Time':
      return timeOf(object, 0);
    case 'meta.v1.MicroTime':
      return timeOf(object, 6);
    case 'meta.v1.Duration':
      return `${Number(object['duration'] ?? 0) / 1e9}s`;
    case 'resource.Quantity':
      return object['string'] ?? '0';
    case 'intstr.IntOrString':
      return object['type'] === 1 ? (object['strVal'] ?? '') : (object['intVal'] ?? 0);
    case 'meta.v1.FieldsV1':
    case 'runtime.RawExtension':
      return jsonOf(object[type === 'meta.v1.FieldsV1' ? 'Raw' : 'raw']);
    default:
      return lists.has(type) ? (object['items'] ?? []) : object;
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
