import { messageOf } from '../../../lib/errors.ts';
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  type ResourceType,
} from '../../../lib/kube/resources.ts';
import { statusError } from '../../../lib/kube/status-errors.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../../lib/kube/types.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import { cloneObject, isEqualJson, type ApiObject } from '../../registry/api-object.ts';
import type { ObjectCache } from '../../registry/object-cache.ts';
import type { Registry } from '../../registry/registry.ts';
import { typeRootOf } from '../../registry/type-root.ts';
import type { AccessRules } from '../access-authorizer.ts';
import { convertBack, requestAs } from '../equivalent-request.ts';
import { replaceObject } from '../mutated-object.ts';
import { isExempt } from '../request-matching.ts';
import type { Reinvocable } from '../reinvocation.ts';
import { mutated } from './mutations.ts';
import { paramsOf } from './params.ts';
import { matchedType } from './policy-matching.ts';
import { policyInput, PolicyScope } from './policy-scope.ts';

/** Changes objects on their way in as MutatingAdmissionPolicies say that a binding puts in force. */
export class MutatingPolicies {
  readonly #registry: Registry;
  readonly #rules: AccessRules;
  readonly #policies: ObjectCache;
  readonly #bindings: ObjectCache;

  constructor(registry: Registry, rules: AccessRules) {
    this.#registry = registry;
    this.#rules = rules;
    this.#policies = registry.of(mutatingAdmissionPolicies).cache;
    this.#bindings = registry.of(mutatingAdmissionPolicyBindings).cache;
  }

  get isEmpty(): boolean {
    return this.#bindings.size === 0;
  }

  /**
   * In the order of the bindings' names. Returns who wants to see the object once more when others change it; a promise of them only when the object has to be
   * converted for one. Throws when one fails and may not.
   */
  mutate(request: AdmissionRequest, object: ApiObject): readonly Reinvocable[] | Promise<readonly Reinvocable[]> {
    if (isExempt(request)) return [];
    const again: Reinvocable[] = [];
    let waits: Promise<void> | undefined;
    for (const entry of this.#bindings.all()) {
      const binding = entry.object as unknown as MutatingAdmissionPolicyBinding;
      const policy = this.#policies.get(binding.spec?.policyName ?? '')?.object as MutatingAdmissionPolicy | undefined;
      const { matchConstraints, reinvocationPolicy } = policy?.spec ?? {};
      const type = matchedType(this.#registry, matchConstraints, binding.spec?.matchResources, request);
      if (!policy || !type) continue;
      const isOwn = type === request.definition.resource;
      for (const params of this.#params(policy, binding, request)) {
        const run = () =>
          isOwn
            ? this.#invoke(policy, binding, request, object, params)
            : this.#invokeAs(type, policy, binding, request, object, params);
        const note = () => {
          if (reinvocationPolicy === 'IfNeeded') again.push({ seen: cloneObject(object), run });
        };
        const running = waits ? waits.then(run) : run();
        if (running) waits = running.then(note);
        else note();
      }
    }
    return waits ? waits.then(() => again) : again;
  }

  /** The same about the object in another of its versions: what is made of it there is converted back. */
  async #invokeAs(
    type: ResourceType,
    policy: MutatingAdmissionPolicy,
    binding: MutatingAdmissionPolicyBinding,
    request: AdmissionRequest,
    object: ApiObject,
    params: ApiObject | null,
  ): Promise<void> {
    const shown = await requestAs(this.#registry, request, type);
    const before = shown.object;
    if (!before) return;
    const changed = cloneObject(before);
    this.#invoke(policy, binding, { ...shown, object: changed }, changed, params);
    if (isEqualJson(changed, before)) return;
    replaceObject(request, object, await convertBack(this.#registry, request, changed, type));
  }

  #params(
    policy: MutatingAdmissionPolicy,
    binding: MutatingAdmissionPolicyBinding,
    request: AdmissionRequest,
  ): readonly (ApiObject | null)[] {
    try {
      return paramsOf(this.#registry, policy.spec?.paramKind, binding.spec?.paramRef, request);
    } catch (error) {
      this.#failed(policy, binding, request, `failed to configure binding: ${messageOf(error)}`);
      return [];
    }
  }

  #invoke(
    policy: MutatingAdmissionPolicy,
    binding: MutatingAdmissionPolicyBinding,
    request: AdmissionRequest,
    object: ApiObject,
    params: ApiObject | null,
  ): void {
    const { spec = {} } = policy;
    const root = typeRootOf(request.definition, object.apiVersion);
    // Each mutation sees what those before it made.
    const scope = () => new PolicyScope(spec, policyInput(this.#registry, this.#rules, request, params));
    try {
      if (!scope().isAsked) return;
    } catch (error) {
      this.#failed(policy, binding, request, messageOf(error));
      return;
    }
    for (const mutation of spec.mutations ?? []) {
      try {
        const result = mutated(mutation, object, root, scope());
        if (result !== object) replaceObject(request, object, result);
      } catch (error) {
        this.#failed(policy, binding, request, messageOf(error));
      }
    }
  }

  /** Throws unless the policy says that its failures are to be ignored. */
  #failed(
    policy: MutatingAdmissionPolicy,
    binding: MutatingAdmissionPolicyBinding,
    { definition, name }: AdmissionRequest,
    reason: string,
  ): void {
    const names = { policy: policy.metadata?.name, binding: binding.metadata?.name };
    this.#registry.log.warn({ ...names, object: name, reason }, 'mutating admission policy failed');
    if (policy.spec?.failurePolicy === 'Ignore') return;
    const message = `policy '${names.policy}' with binding '${names.binding}' denied request: ${reason}`;
    const { group, plural } = definition.resource;
    throw statusError(403, 'Invalid', message, { name, group, kind: plural, causes: [{ message }] });
  }
}
