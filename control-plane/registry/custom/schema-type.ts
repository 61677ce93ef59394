import {
  definedAt,
  leaf,
  unknownType,
  type DefinedType,
  type MergeShape,
  type TypeAt,
} from '../../../lib/kube/merge-shape.ts';
import { isJsonObject, ownProperty, type SchemaProps } from './schema-props.ts';

const metadataAt: TypeAt = { type: 'V1ObjectMeta', rule: undefined };
const textAt: TypeAt = { type: 'string', rule: undefined };
const objectFields: Readonly<Record<string, TypeAt>> = { apiVersion: textAt, kind: textAt, metadata: metadataAt };

const known = new WeakMap<SchemaProps, SchemaType>();

/** The type of objects that a schema describes, for merging: lists and maps are merged as `x-kubernetes-list-type` and `x-kubernetes-map-type` say. */
export function objectType(schema: SchemaProps): DefinedType {
  return new SchemaType(schema, true);
}

class SchemaType implements DefinedType {
  readonly #schema: SchemaProps;
  readonly #isObject: boolean;

  constructor(schema: SchemaProps, isObject: boolean) {
    this.#schema = schema;
    this.#isObject = isObject;
  }

  shapeOf(value: unknown): MergeShape {
    const schema = this.#schema;
    if (Array.isArray(value)) {
      const listType = schema['x-kubernetes-list-type'];
      if (!schema.items || (listType !== 'map' && listType !== 'set')) return leaf;
      const keys = listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
      return { kind: 'items', keys, itemAt: placeOf(schema.items) };
    }
    if (!isJsonObject(value) || schema['x-kubernetes-map-type'] === 'atomic') return leaf;
    return { kind: 'object', memberAt: (name) => this.#memberAt(name) };
  }

  #memberAt(name: string): TypeAt {
    if (this.#isObject && Object.hasOwn(objectFields, name)) return objectFields[name] ?? unknownType;
    const property = ownProperty(this.#schema, name);
    if (property) return placeOf(property);
    const { additionalProperties } = this.#schema;
    return typeof additionalProperties === 'object' ? placeOf(additionalProperties) : unknownType;
  }
}

function placeOf(schema: SchemaProps): TypeAt {
  let type = known.get(schema);
  if (!type) known.set(schema, (type = new SchemaType(schema, schema['x-kubernetes-embedded-resource'] === true)));
  return definedAt(type);
}
