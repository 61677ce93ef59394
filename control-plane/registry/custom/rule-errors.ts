import { CelError } from '../../../lib/cel/cel-error.ts';
import { CelCostError, CostBudget } from '../../../lib/cel/cost.ts';
import { optionalOf } from '../../../lib/cel/environment.ts';
import { isEqualJson } from '../api-object.ts';
import type { FieldError } from '../strategy.ts';
import { celRule, type CelRule } from './cel-rule.ts';
import { celValue } from './cel-value.ts';
import { oldItem, oldMember } from './correlation.ts';
import {
  anywhere,
  isJsonObject,
  joinPath,
  ownProperty,
  type JsonObject,
  type RuleProps,
  type SchemaProps,
} from './schema-props.ts';

/** More errors than this help nobody. */
const MAX_ERRORS = 100;
/** Longer messages are not for reading: the rule's own is told instead. */
const MAX_MESSAGE = 5 * 1024;
/** Of an object's metadata, expressions see only these. */
const visibleMetadata: ReadonlySet<string> = new Set(['name', 'generateName']);

/** Whether a schema has rules anywhere. */
export const hasRules = anywhere((schema) => (schema['x-kubernetes-validations']?.length ?? 0) > 0);

interface Asked {
  readonly errors: FieldError[];
  readonly warn: (text: string) => void;
  readonly budget: CostBudget;
  /** So much was evaluated that nothing further is. */
  isOver: boolean;
}

/**
 * Rules of a schema that an object breaks. `old` is what was there before an update: rules that speak of `oldSelf` are asked only where there was something
 * (or always, with `optionalOldSelf`); of others, what is broken where nothing has changed is only warned about. What cannot be evaluated is an error too, and what
 * takes too long ends it all.
 */
export function ruleErrors(
  schema: SchemaProps,
  object: JsonObject,
  old: JsonObject | undefined,
  warn: (text: string) => void,
): FieldError[] {
  if (!hasRules(schema)) return [];
  const asked: Asked = { errors: [], warn, budget: new CostBudget(), isOver: false };
  visit(schema, withVisibleMetadata(object), old && withVisibleMetadata(old), '', asked);
  return asked.errors;
}

function withVisibleMetadata(object: JsonObject): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return {
    ...object,
    metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => visibleMetadata.has(name))),
  };
}

function visit(schema: SchemaProps, value: unknown, old: unknown, path: string, asked: Asked): void {
  if (!hasRules(schema) || value === null || value === undefined) return;
  if (asked.isOver || asked.errors.length >= MAX_ERRORS) return;
  if (schema['x-kubernetes-validations']?.length) askAll(schema, value, old, path, asked);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items)
      for (const [at, item] of value.entries()) visit(items, item, oldItem(schema, item, old), `${path}[${at}]`, asked);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const property =
        ownProperty(schema, name) ??
        (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
      if (property) visit(property, member, oldMember(schema, name, old), joinPath(path, name), asked);
    }
  }
}

/** The rules of one place. */
function askAll(schema: SchemaProps, value: unknown, old: unknown, path: string, asked: Asked): void {
  const self = celValue(schema, value);
  const oldSelf = old === undefined || old === null ? undefined : celValue(schema, old);
  for (const props of schema['x-kubernetes-validations'] ?? []) {
    const rule = celRule(props);
    const error = ask(rule, { schema, value, self, oldSelf, path }, asked);
    if (asked.isOver) return;
    if (!error) continue;
    const mayStay = error.isBroken && !rule.isTransition && old !== undefined && isEqualJson(value, old);
    if (mayStay) asked.warn(`${error.cause.field}: ${error.cause.message}`);
    else asked.errors.push(error.cause);
  }
}

interface Place {
  readonly schema: SchemaProps;
  readonly value: unknown;
  readonly self: unknown;
  readonly oldSelf: unknown;
  readonly path: string;
}

/** `isBroken`: the rule was evaluated and does not hold. */
function ask(
  rule: CelRule,
  place: Place,
  asked: Asked,
): { readonly cause: FieldError; readonly isBroken: boolean } | undefined {
  const { props, program, isTransition } = rule;
  const { schema, value, self, oldSelf, path } = place;
  const isOptional = props.optionalOldSelf === true;
  if (isTransition && oldSelf === undefined && !isOptional) return undefined;
  const variables = { self, oldSelf: isOptional ? optionalOf(oldSelf) : (oldSelf ?? null) };
  const at = fieldOf(path);
  const failed = (detail: string) => invalidRule(schema.type ?? 'object', detail, at);
  try {
    if (program.evaluate(variables, asked.budget) === true) return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const cause = failed(
      error instanceof CelCostError
        ? costDetail(
            error,
            `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(props)}`,
          )
        : `${error.message} evaluating rule: ${ruleText(props)}`,
    );
    if (error instanceof CelCostError) end(asked, cause);
    return { cause, isBroken: false };
  }
  const message = messageOf(rule, variables, asked, at);
  if (asked.isOver) return undefined;
  const detail = message ?? (props.message ? props.message.trim() : `failed rule: ${ruleText(props)}`);
  const field = props.fieldPath ? fieldOf(`${path}${props.fieldPath}`) : at;
  return { cause: violation(props.reason ?? 'FieldValueInvalid', value, detail, field), isBroken: true };
}

function end(asked: Asked, cause: FieldError): void {
  asked.errors.push(cause);
  asked.isOver = true;
}

function costDetail(error: CelCostError, ofCall: string): string {
  return error.isOfCall ? ofCall : error.message;
}

function ruleText({ message, rule }: RuleProps): string {
  return (message || rule).trim();
}

function messageOf(
  { props, messageProgram }: CelRule,
  variables: Readonly<Record<string, unknown>>,
  asked: Asked,
  field: string,
): string | undefined {
  try {
    const message = messageProgram?.evaluate(variables, asked.budget);
    if (typeof message !== 'string') return undefined;
    const trimmed = message.trim();
    return trimmed === '' || trimmed.includes('\n') || trimmed.length > MAX_MESSAGE ? undefined : trimmed;
  } catch (error) {
    if (error instanceof CelCostError) {
      const ofCall = `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(props.messageExpression)}`;
      const ofAll =
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run';
      end(asked, invalidRule('object', error.isOfCall ? ofCall : ofAll, field));
      return undefined;
    }
    // The rule's own message says enough.
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

function fieldOf(path: string): string {
  return path.replace(/^\./, '') || '<nil>';
}

function invalidRule(type: string, detail: string, field: string): FieldError {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(type)}: ${detail}`, field };
}

/** Values are shown, objects and lists are too long for it. */
function violation(reason: string, value: unknown, detail: string, field: string): FieldError {
  const shown = typeof value === 'object' ? '' : `: ${JSON.stringify(value)}`;
  switch (reason) {
    case 'FieldValueForbidden':
      return { reason, message: `Forbidden: ${detail}`, field };
    case 'FieldValueRequired':
      return { reason, message: `Required value: ${detail}`, field };
    case 'FieldValueDuplicate':
      return { reason, message: `Duplicate value${shown}`, field };
    default:
      return { reason: 'FieldValueInvalid', message: `Invalid value${shown}: ${detail}`, field };
  }
}
