import { messageOf } from '../../../lib/errors.ts';
import {
  namespaces,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '../../../lib/kube/resources.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/admission.ts';
import type { Registry } from '../../registry/registry.ts';
import { isExempt, ruleMeans, selectorsMean } from '../request-matching.ts';
import { requestOf } from '../webhooks/review.ts';
import { violationsOf, type Violation } from './evaluate-policy.ts';
import { paramsOf } from './params.ts';

const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

type Constraints = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>;

/** Asks the admission policies that a binding puts in force: their expressions decide whether an object is let in. */
export function validatingPolicies(registry: Registry): AdmissionPlugin {
  const policies = registry.of(validatingAdmissionPolicies).cache;
  const bindings = registry.of(validatingAdmissionPolicyBindings).cache;
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request) {
      if (bindings.size === 0 || isExempt(request)) return;
      for (const { object } of bindings.all()) {
        const binding = object as unknown as ValidatingAdmissionPolicyBinding;
        const policy = policies.get(binding.spec?.policyName ?? '')?.object as ValidatingAdmissionPolicy | undefined;
        if (policy && isMeant(registry, policy, binding, request)) enforce(registry, policy, binding, request);
      }
    },
  };
}

function isMeant(
  registry: Registry,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  request: AdmissionRequest,
): boolean {
  const constraints = policy.spec?.matchConstraints;
  if (!constraints || !constraintsMean(constraints, request, registry)) return false;
  const narrower = binding.spec?.matchResources;
  return !narrower || constraintsMean(narrower, request, registry);
}

function constraintsMean(constraints: Constraints, request: AdmissionRequest, registry: Registry): boolean {
  const { resourceRules, excludeResourceRules } = constraints;
  if (resourceRules?.length && !resourceRules.some((rule) => ruleMeans(rule, request))) return false;
  if (excludeResourceRules?.some((rule) => ruleMeans(rule, request))) return false;
  return selectorsMean(constraints, request, registry);
}

function enforce(
  registry: Registry,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  request: AdmissionRequest,
): void {
  const actions = binding.spec?.validationActions ?? [];
  const names = `ValidatingAdmissionPolicy '${policy.metadata?.name}' with binding '${binding.metadata?.name}'`;
  for (const violation of violations(registry, policy, binding, request)) {
    if (actions.includes('Warn')) request.context.warnings.push(`Validation failed for ${names}: ${violation.message}`);
    if (actions.includes('Audit'))
      registry.log.info(
        { policy: policy.metadata?.name, object: request.name, reason: violation.message },
        'admission policy violated',
      );
    if (actions.includes('Deny')) throw denial(names, violation, request);
  }
}

function violations(
  registry: Registry,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  request: AdmissionRequest,
): readonly Violation[] {
  const input = {
    object: request.object ?? null,
    oldObject: request.old ?? null,
    request: requestOf(request, ''),
    namespaceObject:
      request.namespace === undefined ? null : (registry.of(namespaces).cache.get(request.namespace)?.object ?? null),
  };
  try {
    return paramsOf(registry, policy, binding, request).flatMap((params) => violationsOf(policy, { ...input, params }));
  } catch (error) {
    if (policy.spec?.failurePolicy === 'Ignore') return [];
    return [{ message: messageOf(error), reason: 'Invalid' }];
  }
}

function denial(names: string, { message, reason }: Violation, request: AdmissionRequest): Error {
  const { resource } = request.definition;
  const qualified = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  const text = `${qualified} ${JSON.stringify(request.name)} is forbidden: ${names} denied request: ${message}`;
  return statusError(codes[reason] ?? 422, reason, text, {
    name: request.name,
    group: resource.group,
    kind: resource.plural,
    causes: [{ message: `${names} denied request: ${message}` }],
  });
}
