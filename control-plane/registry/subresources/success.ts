import type { ApiObject } from '../api-object.ts';

/** A `Status` that says that it was done. */
export function success(code: number): ApiObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code };
}
