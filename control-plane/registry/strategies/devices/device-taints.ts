import { isLabelValue } from '../../../../lib/kube/name-rules.ts';
import type { DeviceTaint, DeviceToleration } from '../../../../lib/kube/types.ts';
import type { FieldError } from '../../strategy.ts';
import { oneOf, requiredOneOf } from '../field-checks.ts';
import { invalidValue } from '../field-errors.ts';
import { checkedList } from './bounded-collections.ts';
import { labelName } from './device-names.ts';

const MAX_TAINTS = 16;
const MAX_TOLERATIONS = 16;
const effects = ['NoExecute', 'NoSchedule', 'None'];

export function validateTaints(taints: readonly DeviceTaint[] | undefined, at: string): readonly FieldError[] {
  return checkedList(at, taints, MAX_TAINTS, ({ key, value, effect }, place) => [
    ...labelName(`${place}.key`, key),
    ...labelValue(`${place}.value`, value),
    ...requiredOneOf(`${place}.effect`, effect, effects),
  ]);
}

/** Tolerates what has the key and the value, unless it says otherwise. */
export function defaultTolerations(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of tolerations ?? []) toleration.operator ||= 'Equal';
}

export function validateTolerations(
  tolerations: readonly DeviceToleration[] | undefined,
  at: string,
): readonly FieldError[] {
  return checkedList(at, tolerations, MAX_TOLERATIONS, ({ key, operator, value, effect }, place) => [
    ...(key ? labelName(`${place}.key`, key) : []),
    ...(operator === 'Exists' && value
      ? [invalidValue(`${place}.value`, value, 'must be empty for operator `Exists`')]
      : []),
    ...(operator === 'Equal' ? labelValue(`${place}.value`, value) : []),
    ...requiredOneOf(`${place}.operator`, operator, ['Equal', 'Exists']),
    ...(effect ? oneOf(`${place}.effect`, effect, effects) : []),
  ]);
}

function labelValue(field: string, value: string | undefined): readonly FieldError[] {
  return isLabelValue(value ?? '').map((detail) => invalidValue(field, value ?? '', detail));
}
