import { isPathSegment } from '../../../lib/kube/name-rules.ts';
import type { ClusterRole, LabelSelector, PolicyRule, Role } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { labelSelector } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';

export const roleStrategy: Strategy<Role> = {
  nameErrors: isPathSegment,
  validate: ({ rules = [] }) => rules.flatMap((rule, index) => validateRule(rule, `rules[${index}]`, true)),
};

export const clusterRoleStrategy: Strategy<ClusterRole> = {
  nameErrors: isPathSegment,
  validate: ({ rules = [], aggregationRule }) => [
    ...rules.flatMap((rule, index) => validateRule(rule, `rules[${index}]`, false)),
    ...(aggregationRule && (aggregationRule.clusterRoleSelectors ?? []).length === 0
      ? [
          requiredValue(
            'aggregationRule.clusterRoleSelectors',
            'at least one clusterRoleSelector required if aggregationRule is non-nil',
          ),
        ]
      : []),
    ...(aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector, index) =>
      selectorErrors(`aggregationRule.clusterRoleSelectors[${index}]`, selector),
    ),
  ],
};

/** Upstream says of a selector with a mistake also that it is none. */
function selectorErrors(field: string, selector: LabelSelector): readonly FieldError[] {
  const errors = labelSelector(field, selector);
  return errors.length === 0 ? [] : [...errors, invalidValue(field, undefined, 'invalid label selector.')];
}

function validateRule(rule: PolicyRule, at: string, isNamespaced: boolean): readonly FieldError[] {
  const { verbs, apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if ((verbs ?? []).length === 0) errors.push(requiredValue(`${at}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    if (isNamespaced) {
      errors.push(
        invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'),
      );
    }
    if (apiGroups.length + resources.length + (rule.resourceNames ?? []).length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, detail));
    }
    return errors;
  }
  if (apiGroups.length === 0)
    errors.push(requiredValue(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0)
    errors.push(requiredValue(`${at}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}
