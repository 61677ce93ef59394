import { atomicMaps, atomicStructures, granularStructures, mergeRules } from '../../../lib/kube/merge-keys.ts';
import { fieldType, schemaTables, type TypeDescriptions } from '../../../lib/kube/schema-tables.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type OpenApiVersion = 'v2' | 'v3';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Names of the types that are not structures, as upstream names them. */
const scalarDefinitions: Readonly<Record<string, string>> = {
  time: `${meta}.Time`,
  'micro-time': `${meta}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
};

const plainScalars: Readonly<Record<string, JsonSchema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: {},
};

/** Makes the schemas of published types, with descriptions and what clients need to know for merging. */
export class SchemaBuilder {
  readonly #version: OpenApiVersion;
  readonly #descriptions: Readonly<Record<string, TypeDescriptions>>;
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #defined = new Set<string>();
  readonly #kindsOf = new Map<string, JsonSchema[]>();

  constructor(version: OpenApiVersion, descriptions: Readonly<Record<string, TypeDescriptions>>) {
    this.#version = version;
    this.#descriptions = descriptions;
    for (const [key, typeName] of Object.entries(schemaTables().kinds)) {
      const [kind = '', apiVersion = '', group = ''] = key.split('/').reverse();
      const list = this.#kindsOf.get(typeName) ?? [];
      list.push({ group, kind, version: apiVersion });
      this.#kindsOf.set(typeName, list);
    }
  }

  /** A reference to a type, which is then among `schemas` with all that it refers to. */
  reference(typeName: string): JsonSchema {
    return { $ref: this.#pathOf(this.#require(typeName)) };
  }

  /** A member of a published type, as it is described there. */
  member(typeName: string, field: string): JsonSchema {
    const type = fieldType(typeName, field) ?? 'any';
    return this.#property(typeName, field, type.replace('!', ''), this.#descriptions[typeName]?.fields[field]);
  }

  /** Adds a type that is defined at run time, under its own name. */
  define(name: string, schema: JsonSchema): void {
    this.#schemas.set(name, schema);
    this.#defined.add(name);
  }

  has(typeName: string): boolean {
    return this.#defined.has(typeName) || Object.hasOwn(schemaTables().types, typeName);
  }

  /** Everything that was referred to, by name. */
  get schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #require(typeName: string): string {
    if (this.#defined.has(typeName)) return typeName;
    const scalar = scalarDefinitions[typeName];
    if (scalar !== undefined) {
      this.#schemas.set(scalar, scalarSchema(typeName, this.#version));
      return scalar;
    }
    const { name, fields } = schemaTables().types[typeName] ?? { name: typeName, fields: {} };
    if (this.#schemas.has(name)) return name;
    // Set before its members are looked at: a type may contain itself.
    this.#schemas.set(name, {});
    const descriptions = this.#descriptions[typeName];
    const required = Object.keys(fields).filter((field) => fields[field]?.endsWith('!'));
    const kinds = this.#kindsOf.get(typeName);
    this.#schemas.set(name, {
      ...described(descriptions?.description),
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      properties: Object.fromEntries(
        Object.entries(fields).map(([field, type]) => [
          field,
          this.#property(typeName, field, type.replace('!', ''), descriptions?.fields[field]),
        ]),
      ),
      ...(kinds ? { 'x-kubernetes-group-version-kind': kinds } : {}),
      ...(atomicStructures.has(typeName) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    });
    return name;
  }

  #property(typeName: string, field: string, type: string, description: string | undefined): JsonSchema {
    const path = `${typeName}.${field}`;
    const rule = mergeRules[path];
    const isList = type.startsWith('[]');
    // Lists of objects are answers, which nobody merges.
    const isItemsOfList = field === 'items' && typeName.endsWith('List');
    // The published models have no text for some members that are structures; what the structure is says more than nothing.
    const text = description || this.#descriptions[type.replace(/^(\[\]|\{\})+/, '')]?.description;
    return {
      ...described(text),
      ...this.#typed(type),
      ...(isList && !isItemsOfList ? { 'x-kubernetes-list-type': listType(rule?.mapKeys) } : {}),
      ...(rule?.mapKeys && rule.mapKeys.length > 0 ? { 'x-kubernetes-list-map-keys': rule.mapKeys } : {}),
      ...(rule?.patchKey ? { 'x-kubernetes-patch-merge-key': rule.patchKey } : {}),
      ...(rule?.patch ? { 'x-kubernetes-patch-strategy': rule.patch.join(',') } : {}),
      ...(atomicMaps.has(path) ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(granularStructures.has(path) ? { 'x-kubernetes-map-type': 'granular' } : {}),
    };
  }

  #typed(type: string): JsonSchema {
    if (type.startsWith('[]')) return { type: 'array', items: this.#typed(type.slice(2)) };
    if (type.startsWith('{}')) return { type: 'object', additionalProperties: this.#typed(type.slice(2)) };
    const plain = plainScalars[type];
    if (plain) return plain;
    // In version 3 nothing may stand beside a reference, so upstream wraps it.
    return this.#version === 'v3' ? { allOf: [this.reference(type)] } : this.reference(type);
  }

  #pathOf(name: string): string {
    return this.#version === 'v3' ? `#/components/schemas/${name}` : `#/definitions/${name}`;
  }
}

function scalarSchema(typeName: string, version: OpenApiVersion): JsonSchema {
  if (typeName === 'quantity') {
    return version === 'v3' ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
  }
  if (typeName === 'int-or-string') {
    return version === 'v3'
      ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
      : { format: 'int-or-string', type: 'string' };
  }
  return { type: 'string', format: 'date-time' };
}

function listType(mapKeys: readonly string[] | undefined): string {
  if (!mapKeys) return 'atomic';
  return mapKeys.length === 0 ? 'set' : 'map';
}

function described(description: string | undefined): JsonSchema {
  return description ? { description } : {};
}
