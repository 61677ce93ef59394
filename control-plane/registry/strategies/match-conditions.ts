import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { expressionErrors } from './expression-errors.ts';
import { duplicateValue, invalidValue, requiredValue, tooMany } from './field-errors.ts';

const MAX_CONDITIONS = 64;

/** What is wrong with the expressions that say whether a webhook or a policy is asked at all. */
export function matchConditionErrors(
  conditions: readonly { readonly name?: string; readonly expression?: string }[] | undefined,
  field: string,
  variables: readonly string[],
): readonly FieldError[] {
  if (!conditions) return [];
  if (conditions.length > MAX_CONDITIONS) return [tooMany(field, conditions.length, MAX_CONDITIONS)];
  const names = new Set<string>();
  return conditions.flatMap(({ name = '', expression = '' }, at) => {
    const isTwice = names.has(name);
    names.add(name);
    const place = `${field}[${at}].name`;
    return [
      ...(expression.trim() === ''
        ? [requiredValue(`${field}[${at}].expression`)]
        : expressionErrors(`${field}[${at}].expression`, expression, { variables, types: ['bool'] })),
      ...(name === ''
        ? [requiredValue(place)]
        : isQualifiedName(name).map((detail) => invalidValue(place, name, detail))),
      ...(isTwice && name !== '' ? [duplicateValue(place, name)] : []),
    ];
  });
}
