import { CelError } from '../../../lib/cel/cel-error.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, requiredValue, unsupportedValue } from '../strategies/field-errors.ts';
import { celRule } from './cel-rule.ts';
import type { RuleProps, SchemaProps } from './schema-props.ts';

const reasons: readonly string[] = [
  'FieldValueInvalid',
  'FieldValueForbidden',
  'FieldValueRequired',
  'FieldValueDuplicate',
];

/** Rules of a schema that cannot be compiled, with the place in the expression. `uncorrelatable` is the list or map inside of which nothing has a past. */
export function celErrors(schema: SchemaProps, field: string, uncorrelatable?: string): FieldError[] {
  const errors = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, at) =>
    ruleErrors(rule, `${field}.x-kubernetes-validations[${at}]`, uncorrelatable),
  );
  const ofMembers = uncorrelatable ?? (schema['x-kubernetes-map-type'] === 'atomic' ? field : undefined);
  const ofItems = uncorrelatable ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : field);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    errors.push(...celErrors(property, `${field}.properties[${name}]`, ofMembers));
  if (typeof schema.additionalProperties === 'object')
    errors.push(...celErrors(schema.additionalProperties, `${field}.additionalProperties`, ofMembers));
  if (schema.items) errors.push(...celErrors(schema.items, `${field}.items`, ofItems));
  return errors;
}

function ruleErrors(rule: RuleProps, field: string, uncorrelatable: string | undefined): FieldError[] {
  if (!rule.rule?.trim()) return [requiredValue(`${field}.rule`, 'rule is not specified')];
  const errors: FieldError[] = [];
  if (rule.message?.includes('\n'))
    errors.push(invalidValue(`${field}.message`, rule.message, 'message must not contain line breaks'));
  if (!rule.message && rule.rule.includes('\n') && !rule.messageExpression)
    errors.push(requiredValue(`${field}.message`, 'message must be specified if rule contains line breaks'));
  if (rule.reason !== undefined && !reasons.includes(rule.reason))
    errors.push(unsupportedValue(`${field}.reason`, rule.reason, reasons));
  try {
    const { isTransition } = celRule(rule);
    const isOptional = rule.optionalOldSelf === true;
    if (rule.optionalOldSelf !== undefined && !isTransition)
      errors.push(
        invalidValue(`${field}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
      );
    if (isTransition && uncorrelatable !== undefined && !isOptional)
      errors.push(
        invalidValue(
          `${field}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
        ),
      );
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    errors.push(invalidValue(`${field}.rule`, rule.rule, `compilation failed: ${error.message}`));
  }
  return errors;
}
