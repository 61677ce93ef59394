import { isDeepStrictEqual } from 'node:util';
import type { PriorityClass, RuntimeClass, Toleration } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { labels, named, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, immutableDetail, invalidValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';
import { validateToleration } from './scheduling-validation.ts';

/** Beyond is the system's own. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;

export const priorityClassStrategy: Strategy<PriorityClass> = {
  default(one) {
    one.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate({ metadata, value = 0, preemptionPolicy }, old) {
    // Neither can be changed, and what is there is taken as it is.
    if (old) return [];
    const errors: FieldError[] = [
      ...requiredOneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']),
    ];
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
  validate: ({ handler, scheduling }) => [
    ...named('handler', handler),
    ...labels('scheduling.nodeSelector', scheduling?.nodeSelector),
    ...validateTolerations(scheduling?.tolerations ?? []),
  ],
  validateUpdate: ({ handler }, old) =>
    handler === old.handler ? [] : [invalidValue('handler', handler ?? '', immutableDetail)],
};

function validateTolerations(tolerations: readonly Toleration[]): readonly FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const at = `scheduling.tolerations[${index}]`;
    const isTwice = tolerations.slice(0, index).some((other) => isDeepStrictEqual(other, toleration));
    return [
      ...validateToleration(toleration, at),
      ...(isTwice ? [duplicateValue(at, internalForm('Toleration', toleration))] : []),
    ];
  });
}
