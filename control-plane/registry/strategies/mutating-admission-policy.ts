import { compileCel } from '../../../lib/cel/environment.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import {
  commonSpecErrors,
  defaultPolicySpec,
  knownTo,
  paramRefErrors,
  policyNameErrors,
  policyVariables,
} from './admission-policy.ts';
import { defaultMatchResources, matchResourcesErrors } from './admission-rules.ts';
import { expressionErrors } from './expression-errors.ts';
import { requiredOneOf } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

type Mutation = NonNullable<NonNullable<MutatingAdmissionPolicy['spec']>['mutations']>[number];

type MatchResources = NonNullable<MutatingAdmissionPolicy['spec']>['matchConstraints'];

const patchTypes = ['ApplyConfiguration', 'JSONPatch'] as const;
/** What is removed has nothing to be changed. */
const operations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

export const mutatingAdmissionPolicyStrategy: Strategy<MutatingAdmissionPolicy> = {
  default({ spec }) {
    if (spec) defaultPolicySpec(spec);
  },
  validate({ spec }) {
    const errors: FieldError[] = [
      ...commonSpecErrors(spec ?? {}),
      ...operationErrors(spec?.matchConstraints, 'spec.matchConstraints'),
      ...requiredOneOf('spec.reinvocationPolicy', spec?.reinvocationPolicy, ['IfNeeded', 'Never']),
    ];
    if (!spec?.mutations?.length)
      errors.push(requiredValue('spec.mutations', 'mutations must contain at least one item'));
    for (const [at, mutation] of (spec?.mutations ?? []).entries())
      errors.push(...mutationErrors(mutation, `spec.mutations[${at}]`, spec ?? {}));
    return errors;
  },
};

export const mutatingAdmissionPolicyBindingStrategy: Strategy<MutatingAdmissionPolicyBinding> = {
  default({ spec }) {
    if (spec?.matchResources) defaultMatchResources(spec.matchResources);
  },
  validate: ({ spec }) => [
    ...policyNameErrors(spec?.policyName),
    ...(spec?.matchResources ? matchResourcesErrors(spec.matchResources, 'spec.matchResources') : []),
    ...operationErrors(spec?.matchResources, 'spec.matchResources'),
    ...paramRefErrors(spec?.paramRef),
  ],
};

/** What is said of operations that policies which validate may have, too, is said elsewhere. */
function operationErrors(resources: MatchResources, field: string): readonly FieldError[] {
  return (resources?.resourceRules ?? []).flatMap((rule) =>
    (rule.operations ?? []).flatMap((operation) =>
      operations.includes(operation)
        ? []
        : [unsupportedValue(`${field}.resourceRules.operations`, operation, operations)],
    ),
  );
}

function mutationErrors(
  mutation: Mutation,
  field: string,
  spec: NonNullable<MutatingAdmissionPolicy['spec']>,
): readonly FieldError[] {
  const { patchType, applyConfiguration, jsonPatch } = mutation;
  const isPatch = patchType === 'JSONPatch';
  const [own, ownName, other, otherName] = isPatch
    ? [jsonPatch, 'jsonPatch', applyConfiguration, 'applyConfiguration']
    : [applyConfiguration, 'applyConfiguration', jsonPatch, 'jsonPatch'];
  const typeErrors = requiredOneOf(`${field}.patchType`, patchType, patchTypes);
  if (typeErrors.length > 0) return typeErrors;
  if (other) return [forbiddenField(`${field}.${otherName}`, `must not be specified when patchType is ${patchType}`)];
  if (!own) return [requiredValue(`${field}.${ownName}`, `must be specified when patchType is ${patchType}`)];
  const place = `${field}.${ownName}.expression`;
  const { expression = '' } = own;
  if (expression.trim() === '') return [requiredValue(place)];
  const errors = expressionErrors(place, expression, { ...knownTo(spec, true), makesObjects: true });
  if (errors.length > 0) return errors;
  const { type } = compileCel(expression, policyVariables, { makesObjects: true });
  const fits = type === 'dyn' || (isPatch ? type.startsWith('list') && type !== 'list<Object>' : type === 'Object');
  return fits ? [] : [invalidValue(place, expression, `must evaluate to ${isPatch ? 'list(JSONPatch)' : 'Object'}`)];
}
