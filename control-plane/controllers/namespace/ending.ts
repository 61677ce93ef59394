import { KubeApiError } from '../../../lib/kube/client.ts';

/** Whether a creation was refused because the namespace is being deleted: nothing to retry. */
export function isNamespaceEnding(error: unknown): boolean {
  return (
    error instanceof KubeApiError &&
    (error.httpStatus === 404 ||
      (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating'))
  );
}
