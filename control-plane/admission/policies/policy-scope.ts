import type { AccessAuthorizer } from '../../../lib/cel/access-checks.ts';
import { CostBudget, MATCH_CONDITIONS_BUDGET } from '../../../lib/cel/cost.ts';
import { compileCel, type CelOptions } from '../../../lib/cel/environment.ts';
import { celPlainValue } from '../../../lib/cel/plain-value.ts';
import { namespaces } from '../../../lib/kube/resources.ts';
import type { AdmissionRequest } from '../../registry/admission.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { policyVariables } from '../../registry/strategies/admission-policy.ts';
import { accessAuthorizer, type AccessRules } from '../access-authorizer.ts';
import { requestOf } from '../webhooks/review.ts';

/** What expressions are told: plain JSON, and whom they may ask. */
export interface PolicyInput {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly params: unknown;
  readonly namespaceObject: unknown;
  readonly authorizer: AccessAuthorizer;
}

/** The parts of a policy's spec that expressions are evaluated with, of whichever kind it is. */
export interface PolicySpec {
  readonly matchConditions?: readonly { readonly expression: string }[] | undefined;
  readonly variables?: readonly { readonly name: string; readonly expression: string }[] | undefined;
}

export function policyInput(
  registry: Registry,
  rules: AccessRules,
  request: AdmissionRequest,
  params: ApiObject | null,
): PolicyInput {
  const { namespace } = request;
  return {
    object: request.object ?? null,
    oldObject: request.old ?? null,
    request: requestOf(request, ''),
    params,
    namespaceObject: namespace === undefined ? null : (registry.of(namespaces).cache.get(namespace)?.object ?? null),
    authorizer: accessAuthorizer(rules, request),
  };
}

/** The expressions of one policy about one request: variables are evaluated when they are first asked for, and all together may cost so much. */
export class PolicyScope {
  readonly #spec: PolicySpec;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #budget = new CostBudget();

  constructor(spec: PolicySpec, { authorizer, ...input }: PolicyInput) {
    this.#spec = spec;
    const plain = Object.entries(input).map(([name, value]) => [name, celPlainValue(value)] as const);
    this.#values = { ...Object.fromEntries(plain), variables: this.#variables(), authorizer };
  }

  /** Throws `CelError` for a condition that cannot be evaluated, unless another says no. */
  get isAsked(): boolean {
    const budget = new CostBudget(MATCH_CONDITIONS_BUDGET);
    let failure: { readonly error: unknown } | undefined;
    for (const { expression } of this.#spec.matchConditions ?? []) {
      try {
        if (compileCel(expression, policyVariables).evaluate(this.#values, budget) !== true) return false;
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
    return true;
  }

  /** Throws `CelError`. */
  evaluate(expression: string, options?: CelOptions): unknown {
    return compileCel(expression, policyVariables, options).evaluate(this.#values, this.#budget);
  }

  #variables(): Record<string, unknown> {
    const variables: Record<string, unknown> = {};
    for (const { name, expression } of this.#spec.variables ?? []) {
      Object.defineProperty(variables, name, {
        configurable: true,
        enumerable: true,
        get: () => {
          const value = this.evaluate(expression, { makesObjects: true });
          Object.defineProperty(variables, name, { value, enumerable: true });
          return value;
        },
      });
    }
    return variables;
  }
}
