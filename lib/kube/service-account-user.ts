/** What names of users that are service accounts begin with. */
export const serviceAccountPrefix = 'system:serviceaccount:';

/** The name of a service account as a user. */
export function serviceAccountUserName(namespace: string, name: string): string {
  return `${serviceAccountPrefix}${namespace}:${name}`;
}

/** The groups that a service account is in by its name alone. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}
