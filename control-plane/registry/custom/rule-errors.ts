import { CelError } from '../../../lib/cel/environment.ts';
import type { FieldError } from '../strategy.ts';
import { celRule, type CelRule } from './cel-rule.ts';
import { celValue } from './cel-value.ts';
import { anywhere, isJsonObject, joinPath, ownProperty, type JsonObject, type SchemaProps } from './schema-props.ts';

/** More errors than this help nobody. */
const MAX_ERRORS = 100;
/** Of an object's metadata, expressions see only these. */
const visibleMetadata: ReadonlySet<string> = new Set(['name', 'generateName']);

const hasRules = anywhere((schema) => (schema['x-kubernetes-validations']?.length ?? 0) > 0);

/**
 * Rules of a schema that an object breaks. `old` is what was there before an update: rules that speak of `oldSelf` are asked only where there was something
 * (or always, with `optionalOldSelf`). What cannot be evaluated is an error too.
 */
export function ruleErrors(schema: SchemaProps, object: JsonObject, old: JsonObject | undefined): FieldError[] {
  if (!hasRules(schema)) return [];
  const errors: FieldError[] = [];
  visit(schema, withVisibleMetadata(object), old && withVisibleMetadata(old), '', errors);
  return errors;
}

function withVisibleMetadata(object: JsonObject): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return {
    ...object,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => visibleMetadata.has(name))),
  };
}

function visit(schema: SchemaProps, value: unknown, old: unknown, path: string, errors: FieldError[]): void {
  if (!hasRules(schema) || value === null || value === undefined || errors.length >= MAX_ERRORS) return;
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length > 0) {
    const self = celValue(schema, value);
    const oldSelf = old === undefined ? undefined : celValue(schema, old);
    for (const props of rules) {
      const error = ask(celRule(props), schema, self, oldSelf, path);
      if (error) errors.push(error);
    }
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items)
      for (const [at, item] of value.entries())
        visit(items, item, oldItem(schema, item, old), `${path}[${at}]`, errors);
  } else if (isJsonObject(value)) {
    const before = isJsonObject(old) ? old : {};
    for (const [name, member] of Object.entries(value)) {
      const property =
        ownProperty(schema, name) ??
        (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
      if (property)
        visit(property, member, Object.hasOwn(before, name) ? before[name] : undefined, joinPath(path, name), errors);
    }
  }
}

/** Items of a list have a past only when keys tell which is which. */
function oldItem(schema: SchemaProps, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(old) || !isJsonObject(item))
    return undefined;
  return old.find((one: unknown) => isJsonObject(one) && keys.every((key) => one[key] === item[key]));
}

function ask(
  rule: CelRule,
  schema: SchemaProps,
  self: unknown,
  oldSelf: unknown,
  path: string,
): FieldError | undefined {
  const { props, program, messageProgram, isTransition } = rule;
  if (isTransition && oldSelf === undefined && props.optionalOldSelf !== true) return undefined;
  const variables = { self, oldSelf: oldSelf ?? null };
  const field = props.fieldPath ? `${path}${props.fieldPath}` : path;
  const say = (detail: string, reason = props.reason ?? 'FieldValueInvalid') =>
    violation(reason, schema, detail, field.replace(/^\./, ''));
  try {
    if (program.evaluate(variables) === true) return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return say(`rule evaluation error: ${error.message}`, 'FieldValueInvalid');
  }
  return say(messageOf(messageProgram, variables) ?? props.message ?? `failed rule: ${props.rule}`);
}

function messageOf(
  program: CelRule['messageProgram'],
  variables: Readonly<Record<string, unknown>>,
): string | undefined {
  try {
    const message = program?.evaluate(variables);
    return typeof message === 'string' && message.trim() !== '' ? message : undefined;
  } catch (error) {
    // The rule's own message says enough.
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

function violation(reason: string, schema: SchemaProps, detail: string, field: string): FieldError {
  const at = field || '<nil>';
  const type = JSON.stringify(schema.type ?? 'object');
  switch (reason) {
    case 'FieldValueForbidden':
      return { reason, message: `Forbidden: ${detail}`, field: at };
    case 'FieldValueRequired':
      return { reason, message: `Required value: ${detail}`, field: at };
    case 'FieldValueDuplicate':
      return { reason, message: `Duplicate value: ${type}`, field: at };
    default:
      return { reason: 'FieldValueInvalid', message: `Invalid value: ${type}: ${detail}`, field: at };
  }
}
