import { QuantityError, canonicalQuantity } from './quantity.ts';
import { goTypeName } from './go-type-names.ts';
import { goField, goItemType, shownGoType } from './go-types.ts';
import {
  Mismatch,
  jsonWords,
  memoryWords,
  pathOf,
  type FieldStep,
  type MismatchWords,
  type Place,
  type Shape,
} from './mismatch.ts';
import { JSON_SCHEMA, schemaAlternatives, type SchemaAlternative } from './schema-alternatives.ts';
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
  /** Where empty optional lists and maps were left out. */
  readonly emptied: readonly Emptied[];
  /** The first value that does not fit its field, in the words of the API; `object` must then not be used. */
  readonly mismatch: string | undefined;
}

/** An empty list or map that was sent and is not kept. */
export interface Emptied {
  /** Names of members and positions in lists, from the whole object on. */
  readonly path: readonly (string | number)[];
  readonly isList: boolean;
  /** The structure that it is a member of: `PodSpec`. */
  readonly struct: string;
}

/**
 * Where the value comes from: it was read from JSON, or was made in memory of what was. Upstream has a reader for each, and each has its words. A configuration is what somebody
 * applies: what is empty or zero in it is what he wants, and whether texts can be read (quantities, times, bytes) is seen in what becomes of it.
 */
export type DecodedFrom = 'json' | 'memory' | 'configuration';

/** Reads a value as a published type (`V1Pod`). */
export function decodeAs(typeName: string, value: unknown, from: DecodedFrom = 'json'): Decoded {
  const decoder = new Decoder(from);
  try {
    const object = decoder.model(typeName, value, undefined);
    return { object, unknownFields: decoder.unknownFields, emptied: decoder.emptied, mismatch: undefined };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const { unknownFields, emptied } = decoder;
    return { object: undefined, unknownFields, emptied, mismatch: error.message };
  }
}

/** The message of the 400 that answers an object which cannot be read, or has unknown fields while validation is strict. */
export function decodingMessage(version: string, kind: string, problem: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`;
}

/** `strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"`. */
export function strictDecodingMessage(problems: readonly string[]): string {
  return `strict decoding error: ${problems.join(', ')}`;
}

interface Field {
  readonly shape: Shape;
  readonly isRequired: boolean;
  readonly omitsZero: boolean;
  readonly step: FieldStep;
}

interface Model {
  readonly fields: ReadonlyMap<string, Field>;
  /** `v1.PodSpec`. */
  readonly goType: string;
  /** `PodSpec`. */
  readonly struct: string;
}

function stepsTo(place: Place | undefined): readonly (string | number)[] {
  if (!place) return [];
  const { step } = place;
  return [...stepsTo(place.up), step.kind === 'item' ? step.index : step.name];
}

const models = new Map<string, Model>();

function modelOf(typeName: string): Model {
  const known = models.get(typeName);
  if (known) return known;
  const { fields: types = {} } = schemaTables().types[typeName] ?? {};
  const fields = new Map(Object.entries(types).map(([name, type]) => [name, fieldOf(typeName, name, type)]));
  const goType = goTypeName(typeName);
  const model = { fields, goType, struct: goType.slice(goType.indexOf('.') + 1) };
  models.set(typeName, model);
  return model;
}

function fieldOf(typeName: string, name: string, written: string): Field {
  const type = written.replace('!', '');
  const { goName, goType, omitsZero } = goField(typeName, name, type);
  return {
    shape: alternativeShape(typeName, name) ?? shapeOf(type, goType),
    isRequired: written.endsWith('!'),
    omitsZero,
    step: { kind: 'field', name, goName },
  };
}

function shapeOf(type: string, goType = goTypeName(type)): Shape {
  const shown = shownGoType(goType);
  if (type.startsWith('[]')) return { kind: 'list', item: shapeOf(type.slice(2), goItemType(goType)), goType: shown };
  if (type.startsWith('{}')) return { kind: 'map', item: shapeOf(type.slice(2), goItemType(goType)), goType: shown };
  if (Object.hasOwn(schemaTables().types, type)) return { kind: 'model', model: type, goType: shown };
  return { kind: 'scalar', scalar: type, goType: shown };
}

function alternativeShape(typeName: string, field: string): Shape | undefined {
  const other = typeName === JSON_SCHEMA ? schemaAlternatives.get(field) : undefined;
  if (!other) return undefined;
  const either: Shape = { kind: 'schema-or', other, goType: goTypeName(JSON_SCHEMA) };
  return other === 'texts' ? { kind: 'map', item: either, goType: `map[string]${either.goType}` } : either;
}

class Decoder {
  readonly unknownFields: string[] = [];
  readonly emptied: Emptied[] = [];
  readonly #from: DecodedFrom;
  readonly #isConfiguration: boolean;

  constructor(from: DecodedFrom) {
    this.#from = from;
    this.#isConfiguration = from === 'configuration';
  }

  model(typeName: string, value: unknown, place: Place | undefined): unknown {
    const { fields, goType, struct } = modelOf(typeName);
    if (!isObject(value)) throw this.#mismatch(value, { kind: 'model', model: typeName, goType }, place);
    const names = Object.keys(value);
    /** Made when the first member is not kept as it is. */
    let changed: [string, unknown][] | undefined;
    for (const [index, name] of names.entries()) {
      const member = value[name];
      const field = fields.get(name);
      let kept: unknown;
      if (!field) this.#unknown(place, name);
      else if (member !== null && member !== undefined) kept = this.#member(field, member, place, name, struct);
      if (kept === member && kept !== undefined) {
        changed?.push([name, kept]);
        continue;
      }
      changed ??= names.slice(0, index).map((before) => [before, value[before]]);
      if (kept !== undefined) changed.push([name, kept]);
    }
    return changed ? Object.fromEntries(changed) : value;
  }

  /** `undefined` for what is left out. */
  #member(field: Field, member: unknown, up: Place | undefined, name: string, struct: string): unknown {
    const { shape } = field;
    if (typeof member === 'string' && shape.kind === 'scalar' && shape.scalar === 'string') {
      return member === '' && field.omitsZero && !this.#isConfiguration ? undefined : member;
    }
    const kept = this.#value(shape, member, { up, step: field.step, struct });
    if (shape.kind === 'scalar') {
      return field.omitsZero && (kept === 0 || kept === false) && !this.#isConfiguration ? undefined : kept;
    }
    if (field.isRequired || !isEmptyCollection(shape, kept) || this.#isConfiguration) return kept;
    this.emptied.push({ path: [...stepsTo(up), name], isList: shape.kind === 'list', struct });
    return undefined;
  }

  #unknown(up: Place | undefined, name: string): void {
    if (this.unknownFields.length >= MAX_UNKNOWN) return;
    const place: Place = { up, step: { kind: 'field', name, goName: name }, struct: '' };
    this.unknownFields.push(pathOf(place, this.#from !== 'memory'));
  }

  #value(shape: Shape, value: unknown, place: Place): unknown {
    switch (shape.kind) {
      case 'model':
        return this.model(shape.model, value, place);
      case 'list':
        return this.#list(shape, value, place);
      case 'map':
        return this.#map(shape, value, place);
      case 'schema-or':
        return this.#apart().#schemaOr(shape.other, value, this.#from === 'memory' ? undefined : place);
      default:
        return this.#scalar(shape, value, place);
    }
  }

  #apart(): Decoder {
    return new Decoder(this.#from === 'memory' ? 'json' : this.#from);
  }

  /** Upstream reads these members apart from the rest, from JSON: unknown fields are left out without a word. */
  #schemaOr(other: SchemaAlternative, value: unknown, place: Place | undefined): unknown {
    if (isObject(value)) return this.model(JSON_SCHEMA, value, place);
    if (other === 'boolean') {
      if (typeof value !== 'boolean') throw new Mismatch('boolean or JSON schema expected');
      return value;
    }
    if (!Array.isArray(value)) return undefined;
    const item = shapeOf(other === 'schemas' ? JSON_SCHEMA : 'string');
    return this.#list({ kind: 'list', item, goType: `[]${item.goType}` }, value, place);
  }

  #list(shape: Shape & { readonly item: Shape }, value: unknown, place: Place | undefined): unknown {
    if (!Array.isArray(value)) throw this.#mismatch(value, shape, place);
    let isChanged = false;
    const items = value.map((item: unknown, index) => {
      const kept = this.#value(shape.item, item ?? zeroOf(shape.item), {
        up: place,
        step: { kind: 'item', index },
        struct: place?.struct ?? '',
      });
      if (kept !== item) isChanged = true;
      return kept;
    });
    return isChanged ? items : value;
  }

  #map(shape: Shape & { readonly item: Shape }, value: unknown, place: Place): unknown {
    if (!isObject(value)) throw this.#mismatch(value, shape, place);
    let isChanged = false;
    const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
      const kept = this.#value(shape.item, item ?? zeroOf(shape.item), {
        up: place,
        step: { kind: 'key', name },
        struct: place.struct,
      });
      if (kept !== item) isChanged = true;
      return [name, kept];
    });
    return isChanged ? Object.fromEntries(entries) : value;
  }

  #scalar(shape: Shape & { readonly scalar: string }, value: unknown, place: Place): unknown {
    switch (shape.scalar) {
      case 'boolean':
        if (typeof value === 'boolean') return value;
        break;
      case 'int32':
      case 'int64':
        if (isInteger(value, shape.scalar)) return value;
        break;
      case 'double':
        if (typeof value === 'number') return value;
        break;
      case 'int-or-string':
        if (typeof value === 'string' || isInteger(value, 'int32')) return value;
        break;
      case 'quantity':
        return this.#isConfiguration ? readQuantity(value) : quantity(value);
      case 'time':
      case 'micro-time':
        if (typeof value === 'string') return this.#isConfiguration ? value : time(value, shape.scalar);
        break;
      case 'bytes':
        if (typeof value === 'string') return this.#isConfiguration ? value : base64(value, this.#from);
        break;
      case 'any':
        return value;
      default:
        if (typeof value === 'string') return value;
    }
    throw this.#mismatch(value, shape, place);
  }

  #mismatch(value: unknown, shape: Shape, place: Place | undefined): Mismatch {
    return new Mismatch(words[this.#from](value, shape, place));
  }
}

const words: Readonly<Record<DecodedFrom, MismatchWords>> = {
  json: jsonWords,
  memory: memoryWords,
  configuration: jsonWords,
};

function isInteger(value: unknown, type: string): boolean {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return type === 'int64' || (value >= -2_147_483_648 && value <= 2_147_483_647);
}

/** Becomes canonical text (`1000m` → `1`); numbers are taken too, as everybody writes `cpu: 1`. */
function quantity(value: unknown): string {
  try {
    return canonicalQuantity(typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof QuantityError) throw new Mismatch(error.message);
    throw error;
  }
}

/** In its canonical form, if it has one. */
function readQuantity(value: unknown): unknown {
  try {
    return quantity(value);
  } catch (error) {
    if (error instanceof Mismatch) return value;
    throw error;
  }
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function time(value: string, type: string): string {
  if (!rfc3339.test(value) || Number.isNaN(Date.parse(value))) {
    const layout = type === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
    throw new Mismatch(
      `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  }
  return value;
}

function base64(value: string, from: DecodedFrom): string {
  const text = value.replaceAll(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ''))?.index;
  if (bad !== undefined || text.length % 4 !== 0) {
    const reader = from === 'memory' ? 'error decoding from json: ' : '';
    throw new Mismatch(
      `${reader}illegal base64 data at input byte ${bad ?? Math.max(0, text.length - (text.length % 4))}`,
    );
  }
  return value;
}

/** What a null in a list or map stands for. */
function zeroOf(shape: Shape): unknown {
  if (shape.kind === 'model' || shape.kind === 'map') return {};
  if (shape.kind === 'list') return [];
  if (shape.kind === 'schema-or') return undefined;
  if (shape.scalar === 'any') return null;
  if (shape.scalar === 'boolean') return false;
  if (shape.scalar === 'quantity') return '0';
  return shape.scalar === 'int32' || shape.scalar === 'int64' || shape.scalar === 'double' ? 0 : '';
}

function isEmptyCollection(shape: Shape, value: unknown): boolean {
  if (shape.kind === 'list') return (value as readonly unknown[]).length === 0;
  return shape.kind === 'map' && Object.keys(value as object).length === 0;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
