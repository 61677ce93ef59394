import type { FieldError } from '../../strategy.ts';
import { forbiddenField } from '../../strategies/field-errors.ts';
import { celRule } from '../cel-rule.ts';
import type { SchemaProps } from '../schema-props.ts';
import { ruleCost } from './rule-cost.ts';
import { isMap, maxCount, memberOf } from './schema-sizes.ts';

/** Upstream's limits of one expression and of all of a version together. */
const MAX_RULE = 10_000_000;
const MAX_SCHEMA = 100_000_000;
const advice =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

interface Visit {
  readonly errors: FieldError[];
  total: number;
}

/** Rules of a schema that could take too long about the largest objects that it allows. Takes a schema whose rules can be compiled. */
export function costErrors(schema: SchemaProps, field: string): readonly FieldError[] {
  const visit: Visit = { errors: [], total: 0 };
  visitSchema(schema, field, 1, visit);
  if (visit.total > MAX_SCHEMA) {
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    visit.errors.push(forbiddenField(field, exceeds(what, visit.total, MAX_SCHEMA)));
  }
  return visit.errors;
}

/** `count`: how often the schema's value may be in one object; `undefined` when only the size of a request bounds it. */
function visitSchema(schema: SchemaProps, field: string, count: number | undefined, visit: Visit): void {
  const times = count ?? maxCount(schema);
  for (const [at, props] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const place = `${field}.x-kubernetes-validations[${at}]`;
    const { program, messageProgram } = celRule(props);
    const cost = ruleCost(program.ast, schema) * times;
    visit.total += cost;
    if (cost > MAX_RULE)
      visit.errors.push(forbiddenField(`${place}.rule`, exceeds('estimated rule cost', cost, MAX_RULE)));
    if (!messageProgram) continue;
    const messageCost = ruleCost(messageProgram.ast, schema) * times;
    visit.total += messageCost;
    if (messageCost > MAX_RULE)
      visit.errors.push(
        forbiddenField(
          `${place}.messageExpression`,
          exceeds('estimated messageExpression cost', messageCost, MAX_RULE),
        ),
      );
  }
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    visitSchema(property, `${field}.properties[${name}]`, count, visit);
  if (isMap(schema))
    visitSchema(memberOf(schema), `${field}.additionalProperties`, product(count, schema.maxProperties), visit);
  if (schema.items) visitSchema(schema.items, `${field}.items`, product(count, schema.maxItems), visit);
}

function product(count: number | undefined, more: number | undefined): number | undefined {
  return count === undefined || more === undefined ? undefined : count * more;
}

function exceeds(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} ${advice}`;
}
