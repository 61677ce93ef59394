import { messageOf } from '../../../lib/errors.ts';
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from '../../../lib/kube/resources.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/admission.ts';
import type { Registry } from '../../registry/registry.ts';
import type { AccessRules } from '../access-authorizer.ts';
import { isExempt } from '../request-matching.ts';
import { violationsOf, type Violation } from './evaluate-policy.ts';
import { paramsOf } from './params.ts';
import { requestAs } from '../equivalent-request.ts';
import { matchedType } from './policy-matching.ts';
import { policyInput } from './policy-scope.ts';

const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

/** Asks the admission policies that a binding puts in force: their expressions decide whether an object is let in. */
export function validatingPolicies(registry: Registry, rules: AccessRules): AdmissionPlugin {
  const policies = registry.of(validatingAdmissionPolicies).cache;
  const bindings = registry.of(validatingAdmissionPolicyBindings).cache;
  return {
    name: 'ValidatingAdmissionPolicy',
    handlesConnect: true,
    validate(request) {
      if (bindings.size === 0 || isExempt(request)) return;
      let waits: Promise<void> | undefined;
      for (const { object } of bindings.all()) {
        const binding = object as unknown as ValidatingAdmissionPolicyBinding;
        const policy = policies.get(binding.spec?.policyName ?? '')?.object as ValidatingAdmissionPolicy | undefined;
        const type =
          policy && matchedType(registry, policy.spec?.matchConstraints, binding.spec?.matchResources, request);
        if (!type) continue;
        if (type === request.definition.resource) enforce(registry, rules, policy, binding, request);
        else
          waits = (waits ?? Promise.resolve())
            .then(() => requestAs(registry, request, type))
            .then((shown) => enforce(registry, rules, policy, binding, shown));
      }
      return waits;
    },
  };
}

function enforce(
  registry: Registry,
  rules: AccessRules,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  request: AdmissionRequest,
): void {
  const actions = binding.spec?.validationActions ?? [];
  const names = `ValidatingAdmissionPolicy '${policy.metadata?.name}' with binding '${binding.metadata?.name}'`;
  for (const violation of violations(registry, rules, policy, binding, request)) {
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
  rules: AccessRules,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  request: AdmissionRequest,
): readonly Violation[] {
  try {
    return paramsOf(registry, policy.spec?.paramKind, binding.spec?.paramRef, request).flatMap((params) =>
      violationsOf(policy, policyInput(registry, rules, request, params)),
    );
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
