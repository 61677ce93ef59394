import { ProtobufWriter } from './protobuf-writer.ts';

/** Values as OTLP has them. */
export type Attribute = string | number | boolean;
export type Attributes = Readonly<Record<string, Attribute>>;

/** Nested objects deeper than this are kept as JSON text. */
const MAX_DEPTH = 8;

/** Fields of a nested object by dotted name; arrays as JSON text, nothing for null. */
export function flatAttributes(
  value: Readonly<Record<string, unknown>>,
  prefix = '',
  into: Record<string, Attribute> = {},
  depth = 0,
): Record<string, Attribute> {
  for (const [key, field] of Object.entries(value)) {
    const name = prefix + key;
    if (typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean') into[name] = field;
    else if (typeof field !== 'object' || field === null) continue;
    else if (Array.isArray(field) || depth >= MAX_DEPTH) into[name] = JSON.stringify(field);
    else flatAttributes(field as Record<string, unknown>, `${name}.`, into, depth + 1);
  }
  return into;
}

const value = new ProtobufWriter();
const pair = new ProtobufWriter();

/** Writes each as a `KeyValue` into field number `field`. */
export function writeAttributes(into: ProtobufWriter, field: number, attributes: Attributes): void {
  for (const [key, attribute] of Object.entries(attributes)) {
    value.reset();
    if (typeof attribute === 'string') value.text(1, attribute);
    else if (typeof attribute === 'boolean') value.integer(2, attribute ? 1 : 0);
    else if (Number.isSafeInteger(attribute)) value.integer(3, attribute);
    else value.double(4, attribute);
    pair.reset();
    pair.text(1, key);
    pair.message(2, value);
    into.message(field, pair);
  }
}
