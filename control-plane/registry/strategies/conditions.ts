import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

interface Condition {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime?: unknown;
}

const reasonPattern = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const reasonDetail =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";
const statuses = ['False', 'True', 'Unknown'];

/** Conditions as all younger kinds have them (`metav1.Condition`): of each type one, with all that says what it means. */
export function conditionErrors(
  conditions: readonly Condition[] = [],
  list = 'status.conditions',
): readonly FieldError[] {
  return conditions.flatMap((condition, index) => {
    const at = `${list}[${index}]`;
    const { type = '', status = '', reason = '', observedGeneration = 0 } = condition;
    const isTwice = conditions.findIndex((other) => other.type === condition.type) < index;
    return [
      ...(isTwice ? [duplicateValue(`${at}.type`, type)] : []),
      ...isQualifiedName(type).map((detail) => invalidValue(`${at}.type`, type, detail)),
      ...(statuses.includes(status) ? [] : [unsupportedValue(`${at}.status`, status, statuses)]),
      ...(observedGeneration < 0
        ? [invalidValue(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')]
        : []),
      ...(condition.lastTransitionTime === undefined ? [requiredValue(`${at}.lastTransitionTime`)] : []),
      ...reasonErrors(`${at}.reason`, reason),
    ];
  });
}

function reasonErrors(field: string, reason: string): readonly FieldError[] {
  if (reason === '') return [requiredValue(field)];
  return reasonPattern.test(reason) ? [] : [invalidValue(field, reason, reasonDetail)];
}

/** Conditions of older kinds: of each type one. */
export function namedConditionErrors(conditions: readonly Condition[] = []): readonly FieldError[] {
  return conditions.flatMap(({ type = '' }, index) => {
    const field = `status.conditions[${index}].type`;
    if (type === '') return [requiredValue(field)];
    return conditions.findIndex((other) => other.type === type) < index ? [duplicateValue(field, type)] : [];
  });
}
