import { BackwardWriter } from './backward-writer.ts';
import { fieldsOfMessage, isListMessage, type ProtobufField } from './protobuf-table.ts';

/*
 * Writes objects as Kubernetes' generated Go code does, byte for byte: fields by their numbers, maps by their sorted keys, and whatever is no pointer even when it
 * is empty. Messages are written from the last field to the first (see BackwardWriter).
 */

type Value = Readonly<Record<string, unknown>>;
/** Writes a value without its tag. */
type Write = (writer: BackwardWriter, value: unknown) => void;

interface FieldPlan {
  readonly json: string;
  /** Its members are members of the object around it. */
  readonly inline: boolean;
  readonly kind: 'one' | 'repeated' | 'map';
  readonly tag: number;
  /** Tag of the value in an entry of a map. */
  readonly valueTag: number;
  readonly write: Write;
  /** What Go writes when the value is absent: nothing where it has a pointer, a list, a map or bytes. */
  readonly empty: Uint8Array | undefined;
}

const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;
const KEY_TAG = 0x0a;

const plans = new Map<string, readonly FieldPlan[]>();
const writer = new BackwardWriter();

/** The bytes of one message. Members of the object that the message does not know are passed over. */
export function encodeMessage(message: string, object: object): Buffer {
  writer.begin();
  writeFields(writer, planOf(message), object as Value);
  return writer.take();
}

function planOf(message: string): readonly FieldPlan[] {
  const known = plans.get(message);
  if (known) return known;
  const made = fieldsOfMessage(message).map(fieldPlan).reverse();
  plans.set(message, made);
  return made;
}

function fieldPlan(field: ProtobufField): FieldPlan {
  const wireType = wireTypeOf(field.type);
  const tag = field.number * 8 + (field.isMap ? BYTES : wireType);
  return {
    json: field.json,
    inline: field.inline,
    kind: field.isMap ? 'map' : field.isRepeated ? 'repeated' : 'one',
    tag,
    valueTag: 16 + wireType,
    write: writeOf(field.type),
    empty: emptyOf(field, tag),
  };
}

function wireTypeOf(type: string): number {
  switch (type) {
    case 'bool':
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return VARINT;
    case 'double':
      return DOUBLE;
    default:
      return BYTES;
  }
}

/** Go's structs hold each other only by pointers where they could hold themselves, so this ends. */
function emptyOf(field: ProtobufField, tag: number): Uint8Array | undefined {
  const { type } = field;
  if (field.isPointer || field.isRepeated || field.isMap || type === 'bytes' || isListMessage(type)) return undefined;
  const empty = new BackwardWriter(64);
  const write = writeOf(type);
  if (type === 'string') write(empty, '');
  else if (wireTypeOf(type) !== BYTES) write(empty, 0);
  else if (type === 'meta.v1.Time' || type === 'meta.v1.MicroTime') write(empty, '');
  else if (type === 'resource.Quantity') write(empty, '0');
  else if (type === 'intstr.IntOrString') write(empty, 0);
  else if (isJsonText(type)) empty.small(0);
  else write(empty, {});
  empty.small(tag);
  return empty.take();
}

function isJsonText(type: string): boolean {
  return type === 'meta.v1.FieldsV1' || type === 'runtime.RawExtension' || type === 'apiextensions.v1.JSON';
}

function writeFields(out: BackwardWriter, plan: readonly FieldPlan[], object: Value): void {
  for (const field of plan) {
    const value = field.inline ? object : object[field.json];
    if (value === undefined || value === null) {
      if (field.empty) out.raw(field.empty);
    } else if (field.kind === 'one') {
      field.write(out, value);
      out.small(field.tag);
    } else if (field.kind === 'repeated') writeRepeated(out, field, value as readonly unknown[]);
    else writeMap(out, field, value as Value);
  }
}

function writeRepeated(out: BackwardWriter, field: FieldPlan, values: readonly unknown[]): void {
  for (let index = values.length - 1; index >= 0; index--) {
    field.write(out, values[index]);
    out.small(field.tag);
  }
}

function writeMap(out: BackwardWriter, field: FieldPlan, entries: Value): void {
  const keys = sortedKeys(entries);
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = keys[index] ?? '';
    const value = entries[key];
    const before = out.length;
    if (value !== undefined && value !== null) {
      field.write(out, value);
      out.small(field.valueTag);
    }
    out.text(key);
    out.small(KEY_TAG);
    out.small(out.length - before);
    out.small(field.tag);
  }
}

const surrogate = /[\uD800-\uDFFF]/;

/** By their bytes, as Go sorts them; that is not the order of JavaScript when there are characters beyond 16 bits. */
function sortedKeys(entries: Value): string[] {
  const keys = Object.keys(entries);
  if (keys.length < 2) return keys;
  return keys.some((key) => surrogate.test(key))
    ? keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    : keys.sort();
}

const writes: Readonly<Record<string, Write>> = {
  string: (out, value) => out.text(String(value)),
  bytes: (out, value) => out.bytes(Buffer.from(String(value), 'base64')),
  bool: (out, value) => out.small(value ? 1 : 0),
  int32: (out, value) => out.integer(Number(value)),
  int64: (out, value) => out.integer(Number(value)),
  uint32: (out, value) => out.integer(Number(value)),
  uint64: (out, value) => out.integer(Number(value)),
  double: (out, value) => out.double(Number(value)),
  'meta.v1.Time': (out, value) => writeTime(out, String(value), 0),
  'meta.v1.MicroTime': (out, value) => writeTime(out, String(value), microsOf(String(value)) * 1000),
  'resource.Quantity': (out, value) => nested(out, () => textField(out, 1, String(value))),
  'intstr.IntOrString': (out, value) =>
    nested(out, () => {
      const isText = typeof value === 'string';
      textField(out, 3, isText ? value : '');
      numberField(out, 2, isText ? 0 : Number(value));
      numberField(out, 1, isText ? 1 : 0);
    }),
  'meta.v1.FieldsV1': writeJson,
  'runtime.RawExtension': writeJson,
  'apiextensions.v1.JSON': writeJson,
  'apiextensions.v1.JSONSchemaPropsOrBool': (out, value) =>
    nested(out, () => {
      if (typeof value === 'object') schemaField(out, 2, value);
      numberField(out, 1, value === false ? 0 : 1);
    }),
  'apiextensions.v1.JSONSchemaPropsOrArray': (out, value) =>
    nested(out, () => {
      if (!Array.isArray(value)) schemaField(out, 1, value);
      else for (const one of value.toReversed()) schemaField(out, 2, one);
    }),
  'apiextensions.v1.JSONSchemaPropsOrStringArray': (out, value) =>
    nested(out, () => {
      if (!Array.isArray(value)) schemaField(out, 1, value);
      else for (const one of value.toReversed()) textField(out, 2, String(one));
    }),
};

function writeOf(type: string): Write {
  const known = writes[type];
  if (known) return known;
  let plan: readonly FieldPlan[] | undefined;
  const isList = isListMessage(type);
  return (out, value) => {
    plan ??= planOf(type);
    const before = out.length;
    writeFields(out, plan, (isList ? { items: value } : value) as Value);
    out.small(out.length - before);
  };
}

/** What `write` writes, with its length before it. */
function nested(out: BackwardWriter, write: () => void): void {
  const before = out.length;
  write();
  out.small(out.length - before);
}

function textField(out: BackwardWriter, number: number, value: string): void {
  out.text(value);
  out.small(number * 8 + BYTES);
}

function numberField(out: BackwardWriter, number: number, value: number): void {
  out.integer(value);
  out.small(number * 8 + VARINT);
}

const writeSchema = writeOf('apiextensions.v1.JSONSchemaProps');

function schemaField(out: BackwardWriter, number: number, value: unknown): void {
  writeSchema(out, value);
  out.small(number * 8 + BYTES);
}

/** The text of a value that has no type; Go keeps that of null as nothing at all. */
function writeJson(out: BackwardWriter, value: unknown): void {
  nested(out, () => {
    if (value !== null && value !== undefined) textField(out, 1, JSON.stringify(value));
  });
}

/** Go's zero time, and with it whatever is no time, is an empty message. */
function writeTime(out: BackwardWriter, text: string, nanos: number): void {
  const seconds = Math.floor(Date.parse(text) / 1000);
  if (Number.isNaN(seconds) || (seconds === -62_135_596_800 && nanos === 0)) {
    out.small(0);
    return;
  }
  const before = out.length;
  numberField(out, 2, nanos);
  numberField(out, 1, seconds);
  out.small(out.length - before);
}

function microsOf(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return Number(fraction.slice(0, 6).padEnd(6, '0'));
}
