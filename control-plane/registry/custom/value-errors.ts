import { isDeepStrictEqual } from 'node:util';
import { isKindName } from '../../../lib/kube/name-rules.ts';
import { isEqualJson } from '../api-object.ts';
import type { FieldError } from '../strategy.ts';
import { follows } from '../strategies/field-checks.ts';
import { duplicateValue, invalidValue, requiredValue, tooLong, unsupportedValue } from '../strategies/field-errors.ts';
import { oldItem, oldMember } from './correlation.ts';
import { hasFormat } from './formats.ts';
import {
  additionalSchema,
  isJsonObject,
  joinPath,
  ownProperty,
  type JsonObject,
  type SchemaProps,
} from './schema-props.ts';

/** More errors than this help nobody. */
const MAX_ERRORS = 100;

/**
 * What is wrong with a value, in the words of the API. `path` is where it stands: `spec.replicas`, or '' for the object itself. Where `old` stood and nothing
 * has changed, nothing is wrong: what a schema that became stricter does not allow any more may stay. Items that are there twice never may.
 */
export function valueErrors(schema: SchemaProps, value: unknown, path = '', old?: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const duplicates: FieldError[] = [];
  check(schema, value, path, { errors, duplicates }, old);
  return [...errors, ...duplicates];
}

interface Found {
  readonly errors: FieldError[];
  /** Kept apart, since they do not go where nothing has changed. */
  readonly duplicates: FieldError[];
}

function check(schema: SchemaProps, value: unknown, path: string, found: Found, old: unknown): void {
  const { errors } = found;
  if (errors.length >= MAX_ERRORS) return;
  const before = errors.length;
  checkValue(schema, value, path, found, old);
  if (errors.length > before && old !== undefined && isEqualJson(value, old)) errors.length = before;
}

function checkValue(schema: SchemaProps, value: unknown, path: string, found: Found, old: unknown): void {
  const { errors } = found;
  if (value === null && schema.nullable) return;
  if (!hasType(schema, value)) {
    errors.push(typeError(schema, value, path));
    if (value !== null) checkEnum(schema, value, path, errors);
    return;
  }
  checkEnum(schema, value, path, errors);
  if (typeof value === 'string') checkText(schema, value, path, errors);
  else if (typeof value === 'number') checkNumber(schema, value, path, errors);
  else if (Array.isArray(value)) checkList(schema, value, path, found, old);
  else if (isJsonObject(value)) checkObject(schema, value, path, found, old);
  checkJunctors(schema, value, path, found);
}

function checkEnum(schema: SchemaProps, value: unknown, path: string, errors: FieldError[]): void {
  if (schema.enum && !schema.enum.some((one) => isDeepStrictEqual(one, value)))
    errors.push(unsupported(path, value, schema.enum));
}

function hasType(schema: SchemaProps, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || Number.isInteger(value);
  switch (schema.type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}

function typeError(schema: SchemaProps, value: unknown, path: string): FieldError {
  // A format is told instead of the type, and beside it the format that the value has.
  const isTextOrList = typeof value === 'string' || Array.isArray(value);
  const isFormat = schema.format !== undefined && value !== null && !isTextOrList;
  const given = isFormat ? formatNameOf(value) : typeNameOf(value);
  const wanted = isFormat ? schema.format : schema['x-kubernetes-int-or-string'] ? 'integer,string' : schema.type;
  return {
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: "${given}": ${path} in body must be of type ${wanted}: "${given}"`,
    field: path || '<nil>',
  };
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function formatNameOf(value: unknown): string {
  if (typeof value !== 'number') return '';
  return Number.isInteger(value) ? 'int64' : 'float64';
}

/** Of what is wrong with a text, the first is told; and that it is of another format. */
function checkText(schema: SchemaProps, value: string, path: string, errors: FieldError[]): void {
  const { maxLength, minLength, pattern, format } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : Array.from(value).length;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength));
  else if (minLength !== undefined && length < minLength)
    errors.push(inBody(path, value, `should be at least ${minLength} chars long`));
  else if (pattern !== undefined && !regexOf(pattern).test(value))
    errors.push(inBody(path, value, `should match '${pattern}'`));
  if (format !== undefined && schema.type === 'string' && !hasFormat(format, value))
    errors.push({
      ...inBody(path, value, `must be of type ${format}: ${JSON.stringify(value)}`),
      reason: 'FieldValueTypeInvalid',
    });
}

function checkNumber(schema: SchemaProps, value: number, path: string, errors: FieldError[]): void {
  const say = (detail: string) => errors.push(inBody(path, value, detail));
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    say(`should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    say(`should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) say(`should be a multiple of ${multipleOf}`);
}

function checkList(schema: SchemaProps, value: readonly unknown[], path: string, found: Found, old: unknown): void {
  const { errors, duplicates } = found;
  const { maxItems, minItems, items } = schema;
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooManyItems(path, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems)
    errors.push(inBody(path, value.length, `should have at least ${minItems} items`));
  if (items)
    for (const [at, item] of value.entries()) check(items, item, `${path}[${at}]`, found, oldItem(schema, item, old));
  checkDuplicates(schema, value, path, duplicates);
}

function checkDuplicates(schema: SchemaProps, value: readonly unknown[], path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return;
  const seen = new Set<string>();
  for (const [at, item] of value.entries()) {
    const key = listType === 'set' ? item : keysOf(item, schema['x-kubernetes-list-map-keys'] ?? []);
    const text = JSON.stringify(key);
    if (seen.has(text)) errors.push(duplicateValue(`${path}[${at}]`, key));
    seen.add(text);
  }
}

function keysOf(item: unknown, keys: readonly string[]): JsonObject {
  const values = isJsonObject(item) ? item : {};
  return Object.fromEntries(keys.map((key) => [key, values[key] ?? null]));
}

function checkObject(schema: SchemaProps, value: JsonObject, path: string, found: Found, old: unknown): void {
  const { errors } = found;
  const { maxProperties, minProperties } = schema;
  const count = Object.keys(value).length;
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooManyItems(path, count, maxProperties));
  if (minProperties !== undefined && count < minProperties)
    errors.push(inBody(path, count, `should have at least ${minProperties} properties`));
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(value, name)) errors.push(requiredValue(joinPath(path, name)));
  if (schema['x-kubernetes-embedded-resource']) {
    for (const name of ['apiVersion', 'kind']) errors.push(...embeddedErrors(joinPath(path, name), name, value[name]));
  }
  const additional = additionalSchema(schema);
  for (const [name, member] of Object.entries(value)) {
    const property = ownProperty(schema, name) ?? additional;
    if (property) check(property, member, joinPath(path, name), found, oldMember(schema, name, old));
  }
}

/** What says of which kind an object within another is. */
function embeddedErrors(field: string, name: string, value: unknown): readonly FieldError[] {
  if (typeof value !== 'string') return [requiredValue(field)];
  if (value === '') return [invalidValue(field, value, 'must not be empty')];
  return name === 'kind' ? follows(field, value, isKindName) : [];
}

function checkJunctors(schema: SchemaProps, value: unknown, path: string, found: Found): void {
  const { errors } = found;
  const fits = (part: SchemaProps) => valueErrors(part, value, path).length === 0;
  const say = (detail: string) =>
    errors.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: "": ${JSON.stringify(path)} ${detail}`,
      field: '<nil>',
    });
  /** What keeps the value from being what the first of several schemas asks for. */
  const sayWhy = ([first]: readonly SchemaProps[]) => {
    if (first) check(first, value, path, found, undefined);
  };
  for (const part of schema.allOf ?? []) {
    const before = errors.length;
    check(part, value, path, found, undefined);
    if (errors.length > before) say('must validate all the schemas (allOf)');
  }
  if (schema.anyOf && !schema.anyOf.some(fits)) {
    say('must validate at least one schema (anyOf)');
    sayWhy(schema.anyOf);
  }
  if (schema.oneOf) {
    const count = schema.oneOf.filter(fits).length;
    if (count !== 1) {
      const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`;
      say(`must validate one and only one schema (oneOf). ${found}`);
      if (count === 0) sayWhy(schema.oneOf);
    }
  }
  if (schema.not && fits(schema.not)) say('must not validate the schema (not)');
}

function inBody(path: string, value: unknown, detail: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${path} in body ${detail}`,
    field: path || '<nil>',
  };
}

function tooManyItems(path: string, count: number, max: number): FieldError {
  return { reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${max} items`, field: path };
}

function unsupported(path: string, value: unknown, supported: readonly unknown[]): FieldError {
  return unsupportedValue(
    path,
    value,
    supported.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
  );
}

const regexes = new Map<string, RegExp>();
const MAX_REGEXES = 2_000;

function regexOf(pattern: string): RegExp {
  let regex = regexes.get(pattern);
  if (!regex) {
    if (regexes.size >= MAX_REGEXES) regexes.clear();
    regexes.set(pattern, (regex = new RegExp(pattern, 'u')));
  }
  return regex;
}
