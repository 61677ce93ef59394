import type { StoreError } from '../engine/store-error.ts';

/** The `error` object of an answer. */
export function errorBody(error: StoreError): Record<string, unknown> {
  return { type: error.type, reason: error.message, ...error.extra };
}

/** The whole body of a failed request. */
export function failureBody(error: StoreError): Record<string, unknown> {
  const cause = errorBody(error);
  return { error: { root_cause: [cause], ...cause }, status: error.status };
}
