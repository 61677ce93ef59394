import type { PriorityClass, RuntimeClass } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { named, oneOf } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue } from './field-errors.ts';

/** Beyond is the system's own. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;

export const priorityClassStrategy: Strategy<PriorityClass> = {
  default(one) {
    one.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate({ metadata, value = 0, preemptionPolicy }) {
    const errors: FieldError[] = [...oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])];
    const isSystem = metadata?.name?.startsWith('system-') === true;
    if (isSystem && !['system-cluster-critical', 'system-node-critical'].includes(metadata.name ?? ''))
      errors.push(
        forbiddenField('metadata.name', "priority class names with 'system-' prefix are reserved for system use only"),
      );
    if (!isSystem && value > HIGHEST_USER_PRIORITY)
      errors.push(
        forbiddenField('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`),
      );
    return errors;
  },
  validateUpdate: ({ value, preemptionPolicy }, old) => [
    ...(value === old.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...(preemptionPolicy === old.preemptionPolicy
      ? []
      : [invalidValue('preemptionPolicy', preemptionPolicy, immutableDetail)]),
  ],
};

export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  validate: ({ handler }) => named('handler', handler),
  validateUpdate: ({ handler }, old) =>
    handler === old.handler ? [] : [invalidValue('handler', handler, immutableDetail)],
};
