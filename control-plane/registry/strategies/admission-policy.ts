import type { CelOptions } from '../../../lib/cel/environment.ts';
import {
  isDns1035Label,
  isDns1123Subdomain,
  isKindName,
  isPathSegment,
  isQualifiedName,
} from '../../../lib/kube/name-rules.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { defaultMatchResources, matchResourcesErrors } from './admission-rules.ts';
import { conditionErrors } from './conditions.ts';
import { expressionErrors } from './expression-errors.ts';
import { follows, labelSelector, oneOf, optionallyNamed } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { matchConditionErrors } from './match-conditions.ts';

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

/** What they may not speak of when the policy has none. */
const conditionalVariables: ReadonlySet<string> = new Set(['params', 'variables']);
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const actions = ['Audit', 'Deny', 'Warn'];
const MAX_AUDIT_ANNOTATIONS = 20;
const notGiven = 'validations or auditAnnotations must contain at least one item';
/** Names that the language has for itself. */
const reservedNames: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

export const validatingAdmissionPolicyStrategy: Strategy<ValidatingAdmissionPolicy> = {
  default(policy) {
    defaultPolicySpec((policy.spec ??= {}));
  },
  prepareForCreate(policy) {
    policy.status = {};
  },
  validate({ metadata, spec = {} }) {
    const errors: FieldError[] = [...commonSpecErrors(spec)];
    const { validations = [], auditAnnotations = [] } = spec;
    if (validations.length === 0 && auditAnnotations.length === 0)
      errors.push(requiredValue('spec.validations', notGiven), requiredValue('spec.auditAnnotations', notGiven));
    for (const [at, validation] of validations.entries())
      errors.push(...validationErrors(validation, `spec.validations[${at}]`, spec));
    return [...errors, ...annotationErrors(auditAnnotations, metadata?.name ?? '', spec)];
  },
  validateStatusUpdate: ({ status }) => [
    ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ fieldRef, warning }, index) => {
      const at = `status.typeChecking.expressionWarnings[${index}]`;
      return [
        ...(fieldRef ? [] : [requiredValue(`${at}.fieldRef`)]),
        ...(warning ? [] : [requiredValue(`${at}.warning`)]),
      ];
    }),
    ...conditionErrors(status?.conditions),
  ],
};

function validationErrors(validation: Partial<Validation>, field: string, spec: PolicySpec): readonly FieldError[] {
  const { expression, message, messageExpression, reason } = validation;
  const errors: FieldError[] = [...requiredExpression(`${field}.expression`, expression, spec, { types: ['bool'] })];
  if (messageExpression) {
    const place = `${field}.messageExpression`;
    errors.push(
      ...(messageExpression.trim() === ''
        ? [invalidValue(place, messageExpression, 'must be non-empty if specified')]
        : expressionErrors(place, messageExpression, { ...knownToMessages(spec), types: ['string'] })),
    );
  }
  if (message) {
    if (message.trim() === '') errors.push(invalidValue(`${field}.message`, message, 'must be non-empty if specified'));
    else if (message.trim().includes('\n'))
      errors.push(invalidValue(`${field}.message`, message, 'must not contain line breaks'));
  }
  return [...errors, ...oneOf(`${field}.reason`, reason, reasons)];
}

function annotationErrors(
  annotations: readonly Partial<Annotation>[],
  policy: string,
  spec: PolicySpec,
): readonly FieldError[] {
  const field = 'spec.auditAnnotations';
  if (annotations.length > MAX_AUDIT_ANNOTATIONS)
    return [
      invalidValue(
        field,
        annotations.map(({ key = '', valueExpression = '' }) => ({ Key: key, ValueExpression: valueExpression })),
        `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`,
      ),
    ];
  return annotations.flatMap(({ key = '', valueExpression }, at) => {
    const place = `${field}[${at}].key`;
    const shown = `${policy}/${key}`;
    const isTwice = key !== '' && annotations.findIndex((other) => other.key === key) !== at;
    return [
      ...isQualifiedName(shown).map((detail) => invalidValue(place, shown, detail)),
      ...(isTwice ? [duplicateValue(place, key)] : []),
      ...requiredExpression(`${field}[${at}].valueExpression`, valueExpression, spec, { types: ['string', 'null'] }),
    ];
  });
}

export const validatingAdmissionPolicyBindingStrategy: Strategy<ValidatingAdmissionPolicyBinding> = {
  default({ spec }) {
    if (spec?.matchResources) defaultMatchResources(spec.matchResources);
  },
  validate({ spec }) {
    const errors: FieldError[] = [...policyNameErrors(spec?.policyName)];
    const given = spec?.validationActions ?? [];
    if (given.length === 0)
      errors.push(requiredValue('spec.validationActions', 'at least one validation action is required'));
    for (const [at, action] of given.entries()) {
      const field = `spec.validationActions[${at}]`;
      if (!actions.includes(action)) errors.push(unsupportedValue(field, action, actions));
      if (given.indexOf(action) !== at) errors.push(duplicateValue(field, action));
    }
    if (spec?.validationActions?.includes('Deny') && spec.validationActions.includes('Warn'))
      errors.push(
        invalidValue(
          'spec.validationActions',
          spec.validationActions,
          'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
        ),
      );
    if (spec?.matchResources) errors.push(...matchResourcesErrors(spec.matchResources, 'spec.matchResources'));
    return [...errors, ...paramRefErrors(spec?.paramRef)];
  },
};

type Validation = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['validations']>[number];
type Annotation = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['auditAnnotations']>[number];

/** What policies that validate and policies that mutate have in common. */
type PolicySpec = Pick<
  NonNullable<ValidatingAdmissionPolicy['spec']>,
  'failurePolicy' | 'matchConstraints' | 'paramKind' | 'variables' | 'matchConditions'
>;

export function defaultPolicySpec(spec: PolicySpec): void {
  spec.failurePolicy ??= 'Fail';
  if (spec.matchConstraints) defaultMatchResources(spec.matchConstraints);
}

export function commonSpecErrors(spec: PolicySpec): readonly FieldError[] {
  const errors: FieldError[] = [...oneOf('spec.failurePolicy', spec.failurePolicy, ['Fail', 'Ignore'])];
  const { matchConstraints, paramKind, matchConditions, variables = [] } = spec;
  const constraints = 'spec.matchConstraints';
  if (!matchConstraints) errors.push(requiredValue(constraints));
  else {
    errors.push(...matchResourcesErrors(matchConstraints, constraints));
    if (!matchConstraints.resourceRules?.length) errors.push(requiredValue(`${constraints}.resourceRules`));
  }
  if (paramKind) errors.push(...paramKindErrors(paramKind));
  for (const [at, { name = '', expression }] of variables.entries()) {
    const field = `spec.variables[${at}]`;
    if (name === '') errors.push(requiredValue(`${field}.name`, 'name is not specified'));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reservedNames.has(name))
      errors.push(invalidValue(`${field}.name`, name, 'must be a valid CEL identifier'));
    // A variable may speak of those before it.
    const before = { ...spec, variables: variables.slice(0, at) };
    errors.push(...requiredExpression(`${field}.expression`, expression, before, { makesObjects: true }));
  }
  const conditionVariables = knownTo({ ...spec, variables: [] }).variables;
  return [...errors, ...matchConditionErrors(matchConditions, 'spec.matchConditions', conditionVariables)];
}

function paramKindErrors({ apiVersion = '', kind = '' }: NonNullable<PolicySpec['paramKind']>): readonly FieldError[] {
  const at = 'spec.paramKind';
  const errors: FieldError[] = [];
  if (apiVersion === '') errors.push(requiredValue(`${at}.apiVersion`));
  else errors.push(...groupVersionErrors(`${at}.apiVersion`, apiVersion));
  if (kind === '') errors.push(requiredValue(`${at}.kind`));
  else errors.push(...follows(`${at}.kind`, kind, isKindName));
  return errors;
}

function groupVersionErrors(field: string, apiVersion: string): readonly FieldError[] {
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalidValue(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = '', group] = parts.toReversed();
  return [
    ...optionallyNamed(field, group, isDns1123Subdomain),
    ...(version === ''
      ? [invalidValue(field, version, 'version must be specified')]
      : follows(field, version, isDns1035Label)),
  ];
}

export function policyNameErrors(name = ''): readonly FieldError[] {
  const field = 'spec.policyName';
  if (name === '') return [requiredValue(field)];
  return isDns1123Subdomain(name).map((detail) => invalidValue(field, name, detail));
}

export function paramRefErrors(
  paramRef: NonNullable<ValidatingAdmissionPolicyBinding['spec']>['paramRef'],
): readonly FieldError[] {
  if (!paramRef) return [];
  const { name, selector, parameterNotFoundAction: action } = paramRef;
  const at = 'spec.paramRef';
  const errors: FieldError[] = [];
  if (name) {
    for (const detail of isPathSegment(name)) errors.push(invalidValue(`${at}.name`, name, detail));
    if (selector)
      for (const part of ['name', 'selector'])
        errors.push(forbiddenField(`${at}.${part}`, 'name and selector are mutually exclusive'));
  } else if (selector) errors.push(...labelSelector(`${at}.selector`, selector));
  else errors.push(requiredValue(at, 'one of name or selector must be specified'));
  return [
    ...errors,
    ...(action
      ? oneOf(`${at}.parameterNotFoundAction`, action, ['Deny', 'Allow'])
      : [requiredValue(`${at}.parameterNotFoundAction`)]),
  ];
}

/** What the expressions of a policy may speak of, beside `matchConditions` and earlier variables. */
export function knownTo({ paramKind, variables = [] }: PolicySpec, hasVariables = variables.length > 0) {
  const hasThem: Readonly<Record<string, boolean>> = { params: paramKind !== undefined, variables: hasVariables };
  return {
    variables: policyVariables.filter((name) => !conditionalVariables.has(name) || hasThem[name] === true),
    members: { variables: variables.flatMap(({ name, expression }) => (name && expression?.trim() ? [name] : [])) },
  };
}

/** A message does not ask what somebody may do. */
function knownToMessages(spec: PolicySpec) {
  const known = knownTo(spec);
  return { ...known, variables: known.variables.filter((name) => name !== 'authorizer') };
}

function requiredExpression(
  field: string,
  expression: string | undefined,
  spec: PolicySpec,
  expected: CelOptions & { readonly types?: readonly string[] },
): readonly FieldError[] {
  if (!expression?.trim()) return [requiredValue(field, `${field.split('.').at(-1)} is not specified`)];
  return expressionErrors(field, expression, { ...knownTo(spec), ...expected });
}
