import fc from 'fast-check';
import { changed, placesIn, type Path, type Place } from './json-places.ts';
import type { SchemaValues, ValueSchema } from './schema-values.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What is put at a place of an object; `undefined` removes what is there. */
export interface Change {
  readonly path: Path;
  readonly value: unknown;
}

/** How far down a value goes that is put somewhere. */
const DEPTH = 5;

/** Changes of single places of a valid object, most of them to what its schema allows there: so they come past the reading of it, to what judges and uses it. */
export function changesOf(object: JsonObject, schema: ValueSchema, values: SchemaValues): fc.Arbitrary<Change> {
  const own = [...placesIn(object)].filter(({ path }) => !isIdentity(path));
  const structures = [[], ...own.filter(({ value }) => isObject(value)).map(({ path }) => path)];
  const lists = own.filter(({ value }) => Array.isArray(value));
  const at = (path: Path) =>
    values.of(values.at(schema, path), DEPTH, nameOf(path)).map((value): Change => ({ path, value }));
  const replaced = fc.constantFrom(...own).chain(({ path }) => at(path));
  const added = fc.constantFrom<Path>(...structures).chain((path) => {
    const paths = Object.keys(values.at(schema, path).properties ?? {}).map((name) => [...path, name]);
    const free = paths.filter((one) => !isIdentity(one));
    return free.length === 0 ? replaced : fc.constantFrom(...free).chain(at);
  });
  const removed = fc.constantFrom(...own).map(({ path }): Change => ({ path, value: undefined }));
  const exchanged = fc
    .tuple(fc.constantFrom(...own), fc.constantFrom(...own, { value: null }))
    .map(([{ path }, { value }]): Change => ({ path, value }));
  const appended = ({ path, value }: Place): fc.Arbitrary<Change> => {
    const items = value as readonly unknown[];
    const end = [...path, items.length];
    const again = fc.constantFrom(...items, null).map((item): Change => ({ path: end, value: item }));
    return fc.oneof(again, at(end));
  };
  return fc.oneof(
    { weight: 6, arbitrary: replaced },
    { weight: 6, arbitrary: added },
    { weight: 3, arbitrary: removed },
    { weight: 2, arbitrary: exchanged },
    ...(lists.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...lists).chain(appended) }]),
  );
}

/** A status as the schema says; `undefined` when it has none. */
export function statusChange(schema: ValueSchema, values: SchemaValues): fc.Arbitrary<Change> | undefined {
  const status = values.at(schema, ['status']);
  if (!status.properties) return undefined;
  return values.of(status, DEPTH + 1).map((value) => ({ path: ['status'], value }));
}

export function withChanges(object: JsonObject, changes: readonly Change[]): JsonObject {
  return changes.reduce((before, { path, value }) => changed(before, path, value) as JsonObject, object);
}

/** The merge patch that makes one object of the other. */
export function differenceOf(from: JsonObject, to: JsonObject): JsonObject {
  const removed = Object.keys(from).filter((name) => !Object.hasOwn(to, name));
  const entries = Object.entries(to).flatMap(([name, value]): [string, unknown][] => {
    const before = Object.hasOwn(from, name) ? from[name] : undefined;
    if (isObject(before) && isObject(value)) {
      const inner = differenceOf(before, value);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }
    return JSON.stringify(before) === JSON.stringify(value) ? [] : [[name, value]];
  });
  return Object.fromEntries([...removed.map((name): [string, unknown] => [name, null]), ...entries]);
}

/** What an object is found by. */
function isIdentity([first, second, ...more]: Path): boolean {
  if (first === 'apiVersion' || first === 'kind') return true;
  return (
    first === 'metadata' && more.length === 0 && (second === undefined || second === 'name' || second === 'namespace')
  );
}

/** The last name in a path: of the member, or of the list that has the item. */
function nameOf(path: Path): string {
  return path.findLast((part) => typeof part === 'string') ?? '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
