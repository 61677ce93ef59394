import { CelError } from '../../../lib/cel/cel-error.ts';
import type { ValidatingAdmissionPolicy } from '../../../lib/kube/types.ts';
import { PolicyScope, type PolicyInput } from './policy-scope.ts';

/** A validation that does not hold. */
export interface Violation {
  readonly message: string;
  /** `Invalid`, `Forbidden`… */
  readonly reason: string;
}

/** Asks a policy about one request. Pure. Throws `CelError` for what cannot be evaluated. */
export function violationsOf({ spec = {} }: ValidatingAdmissionPolicy, input: PolicyInput): readonly Violation[] {
  const scope = new PolicyScope(spec, input);
  if (!scope.isAsked) return [];
  return (spec.validations ?? []).flatMap(({ expression, message, messageExpression, reason }) => {
    if (scope.evaluate(expression) === true) return [];
    return [
      {
        message: made(messageExpression, scope) ?? message ?? `failed expression: ${expression.trim()}`,
        reason: reason ?? 'Invalid',
      },
    ];
  });
}

function made(expression: string | undefined, scope: PolicyScope): string | undefined {
  if (!expression) return undefined;
  try {
    const message = scope.evaluate(expression);
    return typeof message === 'string' && message.trim() !== '' ? message : undefined;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}
