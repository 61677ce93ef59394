import { CelError, compileCel } from '../../../lib/cel/environment.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { oneOf } from './field-checks.ts';
import { invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

/** What expressions of an admission policy may speak of. */
export const policyVariables = [
  'object',
  'oldObject',
  'request',
  'params',
  'namespaceObject',
  'variables',
  'authorizer',
] as const;

const reasons = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const actions = ['Deny', 'Warn', 'Audit'];

export const validatingAdmissionPolicyStrategy: Strategy<ValidatingAdmissionPolicy> = {
  default({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    const constraints = spec.matchConstraints;
    if (!constraints) return;
    constraints.matchPolicy ??= 'Equivalent';
    constraints.namespaceSelector ??= {};
    constraints.objectSelector ??= {};
    for (const rule of constraints.resourceRules ?? []) rule.scope ??= '*';
  },
  prepareForCreate(policy) {
    policy.status = {};
  },
  validate({ spec }) {
    const errors: FieldError[] = [...oneOf('spec.failurePolicy', spec?.failurePolicy, ['Fail', 'Ignore'])];
    if (!spec?.matchConstraints?.resourceRules?.length)
      errors.push(requiredValue('spec.matchConstraints.resourceRules'));
    if (!spec?.validations?.length && !spec?.auditAnnotations?.length)
      errors.push(requiredValue('spec.validations', 'validations or auditAnnotations must be non-empty'));
    if (spec?.paramKind && !(spec.paramKind.apiVersion && spec.paramKind.kind))
      errors.push(requiredValue('spec.paramKind', 'apiVersion and kind are required'));
    for (const [at, { name, expression }] of (spec?.variables ?? []).entries()) {
      const field = `spec.variables[${at}]`;
      if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name ?? ''))
        errors.push(invalidValue(`${field}.name`, name, 'name is not a valid CEL identifier'));
      errors.push(...expressionErrors(`${field}.expression`, expression));
    }
    for (const [at, { name, expression }] of (spec?.matchConditions ?? []).entries()) {
      if (!name) errors.push(requiredValue(`spec.matchConditions[${at}].name`));
      errors.push(...expressionErrors(`spec.matchConditions[${at}].expression`, expression));
    }
    for (const [at, validation] of (spec?.validations ?? []).entries()) {
      const field = `spec.validations[${at}]`;
      errors.push(...expressionErrors(`${field}.expression`, validation.expression));
      if (validation.messageExpression)
        errors.push(...expressionErrors(`${field}.messageExpression`, validation.messageExpression));
      errors.push(...oneOf(`${field}.reason`, validation.reason, reasons));
    }
    return errors;
  },
};

export const validatingAdmissionPolicyBindingStrategy: Strategy<ValidatingAdmissionPolicyBinding> = {
  validate({ spec }) {
    const errors: FieldError[] = [];
    if (!spec?.policyName) errors.push(requiredValue('spec.policyName'));
    if (!spec?.validationActions?.length) errors.push(requiredValue('spec.validationActions'));
    for (const [at, action] of (spec?.validationActions ?? []).entries())
      if (!actions.includes(action)) errors.push(unsupportedValue(`spec.validationActions[${at}]`, action, actions));
    if (spec?.validationActions?.includes('Deny') && spec.validationActions.includes('Warn'))
      errors.push(
        invalidValue(
          'spec.validationActions',
          spec.validationActions,
          'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
        ),
      );
    const { name, selector } = spec?.paramRef ?? {};
    if (spec?.paramRef && (name === undefined) === (selector === undefined))
      errors.push(requiredValue('spec.paramRef', 'one of name or selector must be specified'));
    return errors;
  },
};

function expressionErrors(field: string, expression: string | undefined): readonly FieldError[] {
  if (!expression?.trim()) return [requiredValue(field)];
  try {
    compileCel(expression, policyVariables);
    return [];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return [invalidValue(field, expression, `compilation failed: ${error.message}`)];
  }
}
