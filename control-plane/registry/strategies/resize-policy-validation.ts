import type { Container } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { requiredOneOf } from './field-checks.ts';
import { duplicateValue, invalidValue } from './field-errors.ts';

/** What is wrong with what a container says about being resized. Source: `pkg/apis/core/validation`. */
export function validateResizePolicy(
  { resizePolicy = [] }: Container,
  at: string,
  podRestartPolicy: string | undefined,
): readonly FieldError[] {
  const field = `${at}.resizePolicy`;
  const seen = new Set<string>();
  return resizePolicy.flatMap(({ resourceName, restartPolicy }, index) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicateValue(`${field}[${index}]`, resourceName));
    seen.add(resourceName);
    errors.push(
      ...requiredOneOf(field, resourceName, ['cpu', 'memory']),
      ...requiredOneOf(field, restartPolicy, ['NotRequired', 'RestartContainer']),
    );
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      errors.push(invalidValue(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    return errors;
  });
}
