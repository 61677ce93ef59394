import { CelError, compileCel } from '../../../lib/cel/environment.ts';
import { celPlainValue } from '../../../lib/cel/plain-value.ts';
import type { ValidatingAdmissionPolicy } from '../../../lib/kube/types.ts';
import { policyVariables } from '../../registry/strategies/admission-policy.ts';

/** A validation that does not hold. */
export interface Violation {
  readonly message: string;
  /** `Invalid`, `Forbidden`… */
  readonly reason: string;
}

/** What expressions are told, as plain JSON. */
export interface PolicyInput {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly params: unknown;
  readonly namespaceObject: unknown;
}

/** Asks a policy about one request. Pure. Throws `CelError` for what cannot be evaluated. */
export function violationsOf(policy: ValidatingAdmissionPolicy, input: PolicyInput): readonly Violation[] {
  const scope: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(input).map(([name, value]) => [name, celPlainValue(value)])),
    variables: {},
    authorizer: null,
  };
  const evaluate = (expression: string) => compileCel(expression, policyVariables).evaluate(scope);
  for (const { expression } of policy.spec?.matchConditions ?? []) if (evaluate(expression) !== true) return [];
  // Each variable may speak of those before it; one that cannot be evaluated is only missed by who asks for it.
  for (const { name, expression } of policy.spec?.variables ?? []) {
    try {
      scope['variables'] = { ...(scope['variables'] as object), [name]: evaluate(expression) };
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
    }
  }
  return (policy.spec?.validations ?? []).flatMap(({ expression, message, messageExpression, reason }) => {
    if (evaluate(expression) === true) return [];
    return [
      {
        message: made(messageExpression, evaluate) ?? message ?? `failed expression: ${expression.trim()}`,
        reason: reason ?? 'Invalid',
      },
    ];
  });
}

function made(expression: string | undefined, evaluate: (expression: string) => unknown): string | undefined {
  if (!expression) return undefined;
  try {
    const message = evaluate(expression);
    return typeof message === 'string' && message.trim() !== '' ? message : undefined;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}
