import type { Environment } from '@marcbachmann/cel-js';

/** A message that an expression made: `Object.spec{replicas: 1}`. */
export class CelObject {
  readonly typeName: string;
  /** As written in the expression: names that cannot be written are escaped. */
  readonly fields: ReadonlyMap<string, unknown>;

  constructor(typeName: string, fields: ReadonlyMap<string, unknown>) {
    this.typeName = typeName;
    this.fields = fields;
  }
}

/** A step of a patch: `JSONPatch{op: "add", path: "/spec/replicas", value: 1}`. */
export class CelJsonPatch {
  readonly fields: ReadonlyMap<string, unknown>;

  constructor(fields: ReadonlyMap<string, unknown>) {
    this.fields = fields;
  }
}

class JsonPatchFunctions {
  readonly escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** By which functions messages are made; the names of the types are the first names of messages. */
export const constructors = { Object: 'newObject', JSONPatch: 'newJSONPatch' } as const;

const patchFields: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

/** The types `Object` and `JSONPatch`, and `jsonpatch.escapeKey`. */
export function addObjectFunctions(environment: Environment): void {
  environment
    .registerType('Object', CelObject)
    .registerType('JSONPatch', CelJsonPatch)
    .registerType('JSONPatchFunctions', JsonPatchFunctions)
    .registerConstant('jsonpatch', 'JSONPatchFunctions', new JsonPatchFunctions())
    .registerFunction('JSONPatchFunctions.escapeKey(string): string', (functions: JsonPatchFunctions, key: string) =>
      functions.escapeKey(key),
    )
    .registerFunction(
      `${constructors.Object}(string, map): Object`,
      (typeName: string, fields: Readonly<Record<string, unknown>>) => new CelObject(typeName, presentFields(fields)),
    )
    .registerFunction(`${constructors.JSONPatch}(string, map): JSONPatch`, newJsonPatch);
}

function newJsonPatch(typeName: string, given: Readonly<Record<string, unknown>>): CelJsonPatch {
  if (typeName !== 'JSONPatch') throw new Error(`unknown type ${typeName}`);
  const fields = presentFields(given);
  for (const name of fields.keys()) if (!patchFields.has(name)) throw new Error(`undefined field '${name}'`);
  return new CelJsonPatch(fields);
}

interface Optional {
  hasValue(): boolean;
  value(): unknown;
}

/** Fields whose name begins with `?` have an optional value, and are there when it is. */
function presentFields(given: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    if (!name.startsWith('?')) {
      fields.set(name, value);
      continue;
    }
    const optional = value as Partial<Optional> | null;
    if (typeof optional?.hasValue !== 'function' || typeof optional.value !== 'function')
      throw new Error(`the value of the optional field ${name.slice(1)} is not optional`);
    if (optional.hasValue()) fields.set(name.slice(1), optional.value());
  }
  return fields;
}
