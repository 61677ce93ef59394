import type { AccessAttributes, User } from '../apiserver/extension.ts';

export interface Decision {
  readonly allowed: boolean;
  /** Why it was allowed; empty when it was not. */
  readonly reason: string;
}

/** Says whether somebody may do something. */
export interface Authorizer {
  authorize(user: User, asked: AccessAttributes): Decision;
}

/** Allows what any of them allows; they are asked in order. */
export function anyOf(...authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(user, asked) {
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(user, asked);
        if (decision.allowed) return decision;
      }
      return { allowed: false, reason: '' };
    },
  };
}
