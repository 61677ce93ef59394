import { isLabelValue, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { SubjectAccessReview } from '../../../lib/kube/types.ts';
import { invalidValue, requiredValue } from '../../registry/strategies/field-errors.ts';
import type { FieldError } from '../../registry/strategy.ts';

type Resource = NonNullable<SubjectAccessReview['spec']['resourceAttributes']>;

const at = 'spec.resourceAttributes';

/** What is wrong with the selectors by which a review narrows what is asked for. */
export function accessSelectorErrors({ fieldSelector, labelSelector }: Resource): readonly FieldError[] {
  return [
    ...(fieldSelector
      ? selectorErrors(`${at}.fieldSelector`, fieldSelector, (field, key) =>
          key === '' ? [requiredValue(field, 'must be specified')] : [],
        )
      : []),
    ...(labelSelector
      ? selectorErrors(
          `${at}.labelSelector`,
          labelSelector,
          (field, key) => isQualifiedName(key).map((detail) => invalidValue(field, key, detail)),
          (field, value) => isLabelValue(value).map((detail) => invalidValue(field, value, detail)),
        )
      : []),
  ];
}

interface Requirement {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

type Check = (field: string, text: string) => readonly FieldError[];

function selectorErrors(
  field: string,
  { requirements = [], rawSelector }: { readonly requirements?: readonly Requirement[]; readonly rawSelector?: string },
  ofKey: Check,
  ofValue: Check = () => [],
): readonly FieldError[] {
  if (requirements.length === 0 && !rawSelector)
    return [
      requiredValue(`${field}.requirements`, `when ${field} is specified, requirements or rawSelector is required`),
    ];
  return requirements.flatMap(({ key = '', operator, values = [] }, index) => {
    const place = `${field}.requirements[${index}]`;
    const needsValues = operator === 'In' || operator === 'NotIn';
    return [
      ...ofKey(`${place}.key`, key),
      ...(needsValues && values.length === 0
        ? [requiredValue(`${place}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
        : []),
      ...values.flatMap((value, number) => ofValue(`${place}.values[${number}]`, value)),
    ];
  });
}
