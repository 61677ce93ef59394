import type { FieldError } from '../strategy.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue } from '../strategies/field-errors.ts';
import { celErrors } from './cel-errors.ts';
import { defaultErrors } from './default-errors.ts';
import { isJsonObject, type SchemaProps } from './schema-props.ts';

/** Deeper schemas are not written by anybody who means well. */
const MAX_DEPTH = 60;
const types: readonly string[] = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Not allowed anywhere in a structural schema. */
const forbidden = ['$ref', 'definitions', 'dependencies', 'patternProperties', 'additionalItems', 'id'] as const;
/** What the parts of `allOf`, `anyOf`, `oneOf` and `not` may not say: they only check values. */
const onlyStructure = ['description', 'type', 'default', 'additionalProperties', 'nullable', 'title'] as const;

/**
 * What is wrong with the schema of a CustomResourceDefinition: it has to be structural, that is: give each place one type, outside of `allOf`, `anyOf`,
 * `oneOf` and `not`. Source: "Structural schemas" in the documentation of CustomResourceDefinitions.
 */
export function structuralErrors(schema: SchemaProps, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type !== 'object') {
    errors.push(
      schema.type
        ? invalidValue(`${field}.type`, schema.type, 'must be object at the root')
        : requiredValue(`${field}.type`, 'must not be empty at the root'),
    );
  }
  if (schema.nullable) errors.push(forbiddenField(`${field}.nullable`, 'nullable cannot be true at the root'));
  visit(schema, field, errors, 0);
  if (errors.length === 0) errors.push(...defaultErrors(schema, field), ...celErrors(schema, field));
  return errors;
}

function visit(schema: SchemaProps, field: string, errors: FieldError[], depth: number): void {
  if (depth > MAX_DEPTH) {
    errors.push(forbiddenField(field, `schemas may not be nested deeper than ${MAX_DEPTH}`));
    return;
  }
  checkType(schema, field, errors, depth);
  checkLists(schema, field, errors);
  for (const name of forbidden) {
    if (name in schema) errors.push(forbiddenField(`${field}.${name}`, `${name} is not supported`));
  }
  if (schema.uniqueItems) {
    errors.push(
      forbiddenField(
        `${field}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  if (schema.pattern !== undefined && !isRegex(schema.pattern))
    errors.push(invalidValue(`${field}.pattern`, schema.pattern, 'must be a valid regular expression'));
  if (schema.properties && schema.additionalProperties) {
    errors.push(
      forbiddenField(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  }
  if (schema.additionalProperties !== undefined && !isSchemaOrBoolean(schema.additionalProperties))
    errors.push(
      invalidValue(`${field}.additionalProperties`, schema.additionalProperties, 'must be a schema or a boolean'),
    );
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    visit(property, `${field}.properties[${name}]`, errors, depth + 1);
  if (isJsonObject(schema.additionalProperties))
    visit(schema.additionalProperties, `${field}.additionalProperties`, errors, depth + 1);
  if (schema.items !== undefined && !isJsonObject(schema.items))
    errors.push(forbiddenField(`${field}.items`, 'items must be a schema object and not an array'));
  else if (schema.items) visit(schema.items, `${field}.items`, errors, depth + 1);
  for (const [name, part] of junctors(schema)) visitPart(part, schema, `${field}.${name}`, errors, depth + 1);
}

function checkType(schema: SchemaProps, field: string, errors: FieldError[], depth: number): void {
  const isOpen =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.type === undefined || schema.type === '') {
    if (!isOpen && depth > 0)
      errors.push(
        requiredValue(
          `${field}.type`,
          `must not be empty for specified ${field.endsWith('.items') ? 'array items' : 'object fields'}`,
        ),
      );
  } else if (!types.includes(schema.type)) {
    errors.push(unsupportedValue(`${field}.type`, schema.type, types));
  }
  if (schema.type === 'array' && !schema.items) errors.push(requiredValue(`${field}.items`, 'must be specified'));
  if (schema['x-kubernetes-embedded-resource'] && schema.type !== 'object')
    errors.push(
      invalidValue(`${field}.type`, schema.type ?? '', 'must be object if x-kubernetes-embedded-resource is true'),
    );
}

function checkLists(schema: SchemaProps, field: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType !== undefined && schema.type !== 'array')
    errors.push(
      invalidValue(`${field}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'),
    );
  if (listType !== undefined && listType !== 'atomic' && listType !== 'set' && listType !== 'map')
    errors.push(unsupportedValue(`${field}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  if (listType === 'map') {
    if (keys.length === 0)
      errors.push(
        requiredValue(`${field}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'),
      );
    const item = schema.items;
    for (const [at, key] of keys.entries()) {
      if (!item?.properties?.[key]) {
        errors.push(
          invalidValue(
            `${field}.x-kubernetes-list-map-keys[${at}]`,
            key,
            'entries must all be names of item properties',
          ),
        );
      } else if (!item.required?.includes(key) && item.properties[key]?.default === undefined) {
        errors.push(
          requiredValue(
            `${field}.items.properties[${key}].default`,
            'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
          ),
        );
      }
    }
  } else if (keys.length > 0) {
    errors.push(
      forbiddenField(`${field}.x-kubernetes-list-map-keys`, 'must not be set if x-kubernetes-list-type is not map'),
    );
  }
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    errors.push(unsupportedValue(`${field}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
}

/** A part only checks values: it may not say what there is, and only speak of fields that the structure has. */
function visitPart(
  part: SchemaProps,
  structure: SchemaProps,
  field: string,
  errors: FieldError[],
  depth: number,
): void {
  if (depth > MAX_DEPTH) return;
  for (const name of onlyStructure) {
    // The published pattern for int-or-string names types in `anyOf`.
    if (name === 'type' && structure['x-kubernetes-int-or-string']) continue;
    if (part[name as keyof SchemaProps] !== undefined)
      errors.push(forbiddenField(`${field}.${name}`, 'must be empty to be structural'));
  }
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const own = structure.properties?.[name];
    if (own) visitPart(property, own, `${field}.properties[${name}]`, errors, depth + 1);
    else if (!structure['x-kubernetes-preserve-unknown-fields'])
      errors.push(
        requiredValue(
          `${field.replace(/\.(?:allOf|anyOf|oneOf)\[\d+\]|\.not/g, '')}.properties[${name}]`,
          `because it is defined in ${field}.properties[${name}]`,
        ),
      );
  }
  if (part.items && structure.items) visitPart(part.items, structure.items, `${field}.items`, errors, depth + 1);
  for (const [name, inner] of junctors(part)) visitPart(inner, structure, `${field}.${name}`, errors, depth + 1);
}

function junctors(schema: SchemaProps): readonly (readonly [string, SchemaProps])[] {
  const of = (name: 'allOf' | 'anyOf' | 'oneOf') =>
    (schema[name] ?? []).map((part, at) => [`${name}[${at}]`, part] as const);
  return [...of('allOf'), ...of('anyOf'), ...of('oneOf'), ...(schema.not ? [['not', schema.not] as const] : [])];
}

function isSchemaOrBoolean(value: unknown): boolean {
  return typeof value === 'boolean' || isJsonObject(value);
}

function isRegex(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
