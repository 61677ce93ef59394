import type { SchemaAlternative } from './schema-alternatives.ts';

/** What a value has to be. `goType` is the name that messages call it by: `[]v1.Container`. */
export type Shape =
  | { readonly kind: 'list'; readonly item: Shape; readonly goType: string }
  | { readonly kind: 'map'; readonly item: Shape; readonly goType: string }
  | { readonly kind: 'model'; readonly model: string; readonly goType: string }
  | { readonly kind: 'schema-or'; readonly other: SchemaAlternative; readonly goType: string }
  | { readonly kind: 'scalar'; readonly scalar: string; readonly goType: string };

/** To a field of a structure. `goName` is how Go calls it: `VolumeSource.emptyDir`. */
export interface FieldStep {
  readonly kind: 'field';
  readonly name: string;
  readonly goName: string;
}

/** Where a value stands. It becomes text only in messages: nearly all values fit. */
export interface Place {
  readonly up: Place | undefined;
  readonly step:
    | FieldStep
    | { readonly kind: 'key'; readonly name: string }
    | { readonly kind: 'item'; readonly index: number };
  /** The structure that has the field. */
  readonly struct: string;
}

/** A value that does not fit its field. */
export class Mismatch extends Error {}

/** How it is told that a value is not of its shape. */
export type MismatchWords = (value: unknown, shape: Shape, place: Place | undefined) => string;

/** As by Go's reader of JSON: with the type and the place. */
export function jsonWords(value: unknown, shape: Shape, place: Place | undefined): string {
  // Bytes may also be written as a list of numbers.
  if (shape.goType === '[]uint8' && Array.isArray(value))
    return cannotUnmarshal(value.find(isNoNumber), 'uint8', place);
  return cannotUnmarshal(value, readAs(shape), place);
}

/** As by upstream's reader of objects that are in memory already, like what a strategic merge patch leaves: only that it does not fit. */
export function memoryWords(value: unknown, shape: Shape): string {
  const given = kindOf(value);
  if (shape.kind === 'model') return `cannot restore struct from: ${given}`;
  if (shape.kind === 'list') return `cannot restore slice from ${given}`;
  if (shape.kind === 'map') return `cannot restore map from ${given}`;
  // These types read themselves, from JSON.
  if (shape.kind === 'schema-or' || selfReading.has(shape.scalar))
    return cannotUnmarshal(value, readAs(shape), undefined);
  if (shape.goType === '[]uint8') {
    return given === 'slice' ? 'unrecognized type: uint8' : `cannot restore slice from ${given}`;
  }
  const kind = goKinds[shape.scalar] ?? shape.scalar;
  const isNumber = typeof value === 'number';
  // To Go any whole number is a character, too.
  const isConvertible = isNumber && (kind === 'string' ? given === 'int64' : kind !== 'bool');
  return isConvertible ? `cannot convert ${given} to ${shape.goType}` : `unrecognized type: ${kind}`;
}

const goKinds: Readonly<Record<string, string>> = { boolean: 'bool', double: 'float64' };
/** What is read as something else than the name of its type says. */
const selfReading: ReadonlyMap<string, string> = new Map([
  ['int-or-string', 'int32'],
  ['time', 'string'],
  ['micro-time', 'string'],
]);

function readAs(shape: Shape): string {
  return (shape.kind === 'scalar' && selfReading.get(shape.scalar)) || shape.goType;
}

function cannotUnmarshal(value: unknown, goType: string, place: Place | undefined): string {
  const goPath = place ? goPathOf(place) : '';
  const struct = place?.struct ?? '';
  const into = goPath === '' ? `Go value of type ${goType}` : `Go struct field ${struct}.${goPath} of type ${goType}`;
  return `json: cannot unmarshal ${jsonKindOf(value, goType)} into ${into}`;
}

/** As Go tells it, fields only: `spec.containers.name`. */
function goPathOf(place: Place): string {
  const before = place.up ? goPathOf(place.up) : '';
  return place.step.kind === 'field' ? joinPath(before, place.step.goName) : before;
}

/** `spec.containers[0].name`. Upstream's reader of what is in memory does not tell the keys of maps. */
export function pathOf(place: Place, tellsKeys = true): string {
  const before = place.up ? pathOf(place.up, tellsKeys) : '';
  if (place.step.kind === 'key' && !tellsKeys) return before;
  if (place.step.kind === 'item') return `${before}[${place.step.index}]`;
  return joinPath(before, place.step.name);
}

function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** A number that is one, but not of this type, is told in full. */
function jsonKindOf(value: unknown, goType: string): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return /^u?int\d/.test(goType) ? `number ${value}` : 'number';
  return typeof value;
}

/** What a value of JSON is to Go. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'string' ? 'string' : 'map';
}

function isNoNumber(value: unknown): boolean {
  return typeof value !== 'number';
}
