import { statusError } from '../../lib/kube/status-errors.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { AccessAttributes, User } from './extension.ts';

/** Throws 403 in upstream's words when the user may not. */
export function checkAccess(authorizer: Authorizer, user: User, asked: AccessAttributes): void {
  if (!authorizer.authorize(user, asked).allowed) throw accessDenied(user, asked);
}

function accessDenied(user: User, asked: AccessAttributes): Error {
  if (asked.nonResourcePath !== undefined) {
    const message = `forbidden: User ${JSON.stringify(user.name)} cannot ${asked.verb} path ${JSON.stringify(asked.nonResourcePath)}`;
    return statusError(403, 'Forbidden', message, {});
  }
  const { verb, group = '', resource = '', subresource, namespace, name = '' } = asked;
  const full = subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const what = name === '' ? `${qualified} is forbidden` : `${qualified} ${JSON.stringify(name)} is forbidden`;
  const where =
    namespace === undefined || namespace === ''
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(namespace)}`;
  const message = `${what}: User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
  return statusError(403, 'Forbidden', message, { name, group, kind: resource });
}
