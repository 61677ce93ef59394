import { QuantityError, canonicalQuantity } from './quantity.ts';
import { schemaTables } from './schema-tables.ts';

/** More unknown fields than this are not listed. */
const MAX_UNKNOWN = 100;

type JsonObject = Readonly<Record<string, unknown>>;

/** What became of an object that was read as a type. */
export interface Decoded {
  /** Unknown fields, nulls and empty optional lists and maps are left out, as the API stores objects. Unchanged parts are shared with the input. */
  readonly object: unknown;
  /** Paths of fields that the type does not have: `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
  /** The first value that does not fit its field, in the words of the API; `object` must then not be used. */
  readonly mismatch: string | undefined;
}

/** Reads JSON as a published type (`V1Pod`). */
export function decodeAs(typeName: string, value: unknown): Decoded {
  const decoder = new Decoder();
  try {
    const object = decoder.model(typeName, value, root);
    return { object, unknownFields: decoder.unknownFields, mismatch: undefined };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { object: undefined, unknownFields: decoder.unknownFields, mismatch: error.message };
  }
}

/** The message of the 400 that answers an object which cannot be read, or has unknown fields while validation is strict. */
export function decodingMessage(version: string, kind: string, problem: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`;
}

/** `strict decoding error: unknown field "spec.foo", unknown field "spec.bar"`. */
export function strictDecodingMessage(unknownFields: readonly string[]): string {
  return `strict decoding error: ${unknownFields.map((field) => `unknown field "${field}"`).join(', ')}`;
}

class Mismatch extends Error {}

type Shape =
  | { readonly kind: 'list'; readonly item: Shape; readonly goType: string }
  | { readonly kind: 'map'; readonly item: Shape; readonly goType: string }
  | { readonly kind: 'model'; readonly model: string; readonly goType: string }
  | { readonly kind: 'scalar'; readonly scalar: string; readonly goType: string };

interface Field {
  readonly shape: Shape;
  readonly isRequired: boolean;
}

type Model = ReadonlyMap<string, Field>;

/** Where a value stands: for messages. */
interface Place {
  /** `spec.containers[0].name`. */
  readonly path: string;
  /** As Go tells it, fields only: `spec.containers.name`. */
  readonly goPath: string;
  /** The structure that has the field. */
  readonly struct: string;
}

const root: Place = { path: '', goPath: '', struct: '' };

const goScalars: Readonly<Record<string, string>> = {
  boolean: 'bool',
  double: 'float64',
  bytes: '[]uint8',
  time: 'v1.Time',
};
const models = new Map<string, Model>();

function modelOf(typeName: string): Model {
  const known = models.get(typeName);
  if (known) return known;
  const model: Model = new Map(
    Object.entries(schemaTables().types[typeName]?.fields ?? {}).map(([name, type]) => [
      name,
      { shape: shapeOf(type.replace('!', '')), isRequired: type.endsWith('!') },
    ]),
  );
  models.set(typeName, model);
  return model;
}

function shapeOf(type: string): Shape {
  if (type.startsWith('[]')) {
    const item = shapeOf(type.slice(2));
    return { kind: 'list', item, goType: `[]${item.goType}` };
  }
  if (type.startsWith('{}')) {
    const item = shapeOf(type.slice(2));
    return { kind: 'map', item, goType: `map[string]${item.goType}` };
  }
  if (Object.hasOwn(schemaTables().types, type)) {
    return { kind: 'model', model: type, goType: goTypeOf(type) };
  }
  return { kind: 'scalar', scalar: type, goType: goScalars[type] ?? type };
}

/** `V1PodSpec` → `v1.PodSpec`. */
function goTypeOf(typeName: string): string {
  const [, version = 'v1', name = typeName] = /^[A-Za-z]*?(V\d+)([A-Z]\w*)$/.exec(typeName) ?? [];
  return `${version.toLowerCase()}.${name}`;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

class Decoder {
  readonly unknownFields: string[] = [];

  model(typeName: string, value: unknown, place: Place): unknown {
    const goType = goTypeOf(typeName);
    if (!isObject(value)) throw mismatch(value, place, goType);
    const model = modelOf(typeName);
    const struct = goType.slice(goType.indexOf('.') + 1);
    let isChanged = false;
    const result: [string, unknown][] = [];
    for (const [name, member] of Object.entries(value)) {
      const at = { path: join(place.path, name), goPath: join(place.goPath, name), struct };
      const field = model.get(name);
      if (!field) {
        if (this.unknownFields.length < MAX_UNKNOWN) this.unknownFields.push(at.path);
        isChanged = true;
        continue;
      }
      const kept = member === null || member === undefined ? undefined : this.#value(field.shape, member, at);
      if (kept === undefined || (!field.isRequired && isEmptyCollection(field.shape, kept))) {
        isChanged = true;
        continue;
      }
      if (kept !== member) isChanged = true;
      result.push([name, kept]);
    }
    return isChanged ? Object.fromEntries(result) : value;
  }

  #value(shape: Shape, value: unknown, place: Place): unknown {
    switch (shape.kind) {
      case 'model':
        return this.model(shape.model, value, place);
      case 'list':
        return this.#list(shape, value, place);
      case 'map':
        return this.#map(shape, value, place);
      default:
        return scalar(shape, value, place);
    }
  }

  #list(shape: Shape & { readonly item: Shape }, value: unknown, place: Place): unknown {
    if (!Array.isArray(value)) throw mismatch(value, place, shape.goType);
    let isChanged = false;
    const items = value.map((item: unknown, index) => {
      const kept = this.#value(shape.item, item ?? zeroOf(shape.item), { ...place, path: `${place.path}[${index}]` });
      if (kept !== item) isChanged = true;
      return kept;
    });
    return isChanged ? items : value;
  }

  #map(shape: Shape & { readonly item: Shape }, value: unknown, place: Place): unknown {
    if (!isObject(value)) throw mismatch(value, place, shape.goType);
    let isChanged = false;
    const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
      const kept = this.#value(shape.item, item ?? zeroOf(shape.item), { ...place, path: `${place.path}.${name}` });
      if (kept !== item) isChanged = true;
      return [name, kept];
    });
    return isChanged ? Object.fromEntries(entries) : value;
  }
}

function scalar(shape: Shape & { readonly scalar: string }, value: unknown, place: Place): unknown {
  switch (shape.scalar) {
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, place, shape.goType);
      return value;
    case 'int32':
    case 'int64':
      if (!isInteger(value, shape.scalar)) throw mismatch(value, place, shape.goType);
      return value;
    case 'double':
      if (typeof value !== 'number') throw mismatch(value, place, shape.goType);
      return value;
    case 'int-or-string':
      if (typeof value === 'string' || isInteger(value, 'int32')) return value;
      throw mismatch(value, place, 'int32');
    case 'quantity':
      return quantity(value, place);
    case 'time':
    case 'micro-time':
      return time(value, place, shape.scalar);
    case 'bytes':
      return base64(value, place);
    case 'any':
      return value;
    default:
      if (typeof value !== 'string') throw mismatch(value, place, 'string');
      return value;
  }
}

function isInteger(value: unknown, type: string): boolean {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return type === 'int64' || (value >= -2_147_483_648 && value <= 2_147_483_647);
}

/** Becomes canonical text (`1000m` → `1`); numbers are taken too, as everybody writes `cpu: 1`. */
function quantity(value: unknown, place: Place): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw mismatch(value, place, 'resource.Quantity');
  try {
    return canonicalQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) throw new Mismatch(error.message);
    throw error;
  }
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function time(value: unknown, place: Place, type: string): unknown {
  if (typeof value !== 'string') throw mismatch(value, place, type === 'time' ? 'v1.Time' : 'v1.MicroTime');
  if (!rfc3339.test(value) || Number.isNaN(Date.parse(value))) {
    const layout = type === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
    throw new Mismatch(
      `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  }
  return value;
}

function base64(value: unknown, place: Place): unknown {
  if (typeof value !== 'string') throw mismatch(value, place, '[]uint8');
  const text = value.replaceAll(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ''))?.index;
  if (bad !== undefined || text.length % 4 !== 0) {
    throw new Mismatch(`illegal base64 data at input byte ${bad ?? Math.max(0, text.length - (text.length % 4))}`);
  }
  return value;
}

/** What a null in a list or map stands for. */
function zeroOf(shape: Shape): unknown {
  if (shape.kind === 'model' || shape.kind === 'map') return {};
  if (shape.kind === 'list') return [];
  if (shape.scalar === 'any') return null;
  if (shape.scalar === 'boolean') return false;
  if (shape.scalar === 'quantity') return '0';
  return shape.scalar === 'int32' || shape.scalar === 'int64' || shape.scalar === 'double' ? 0 : '';
}

function isEmptyCollection(shape: Shape, value: unknown): boolean {
  if (shape.kind === 'list') return (value as readonly unknown[]).length === 0;
  return shape.kind === 'map' && Object.keys(value as object).length === 0;
}

function mismatch(value: unknown, { goPath, struct }: Place, goType: string): Mismatch {
  const into = goPath === '' ? `Go value of type ${goType}` : `Go struct field ${struct}.${goPath} of type ${goType}`;
  return new Mismatch(`json: cannot unmarshal ${describe(value)} into ${into}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  return typeof value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
