/** A schema as a CustomResourceDefinition carries it, by its names on the wire (`JSONSchemaProps` of apiextensions.k8s.io/v1). */
export interface SchemaProps {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaProps>>;
  readonly additionalProperties?: SchemaProps | boolean;
  readonly required?: readonly string[];
  readonly items?: SchemaProps;
  readonly maximum?: number;
  readonly minimum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly exclusiveMinimum?: boolean;
  readonly multipleOf?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly allOf?: readonly SchemaProps[];
  readonly anyOf?: readonly SchemaProps[];
  readonly oneOf?: readonly SchemaProps[];
  readonly not?: SchemaProps;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly RuleProps[];
}

/** One entry of `x-kubernetes-validations`. */
export interface RuleProps {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own members only: `constructor` is no property of anybody's. */
export function ownProperty(schema: SchemaProps, name: string): SchemaProps | undefined {
  const { properties } = schema;
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** What stands behind a member that has no property of its own; `undefined` when there may be none. */
export function additionalSchema({ additionalProperties }: SchemaProps): SchemaProps | undefined {
  return additionalProperties === true ? {} : additionalProperties || undefined;
}

/** Whether something is true of a schema or of any part of it; asked once for each part. */
export function anywhere(isTrue: (schema: SchemaProps) => boolean): (schema: SchemaProps) => boolean {
  const known = new WeakMap<SchemaProps, boolean>();
  const inSchema = (schema: SchemaProps): boolean => {
    const before = known.get(schema);
    if (before !== undefined) return before;
    const parts = [
      ...Object.values(schema.properties ?? {}),
      ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
      ...(schema.items ? [schema.items] : []),
    ];
    const found = isTrue(schema) || parts.some(inSchema);
    known.set(schema, found);
    return found;
  };
  return inSchema;
}

/** `spec.replicas`, `replicas` at the root. */
export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
