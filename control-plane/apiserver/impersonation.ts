import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from '../../lib/kube/status-errors.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import { checkAccess } from './access.ts';
import type { User } from './extension.ts';

const EXTRA = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Whom the request is to be treated as coming from: `Impersonate-*` headers, each of which needs permission. Throws 403. */
export function impersonated(user: User, headers: IncomingHttpHeaders, authorizer: Authorizer): User {
  const name = one(headers['impersonate-user']);
  const groups = many(headers['impersonate-group']);
  const uid = one(headers['impersonate-uid']);
  const extraNames = Object.keys(headers).filter((header) => header.startsWith(EXTRA));
  if (name === undefined) {
    if (groups.length > 0 || uid !== undefined || extraNames.length > 0) {
      throw badRequest('requested to impersonate without impersonating a user');
    }
    return user;
  }
  const account = SERVICE_ACCOUNT.exec(name);
  if (account)
    checkAccess(authorizer, user, {
      verb: 'impersonate',
      group: '',
      resource: 'serviceaccounts',
      namespace: account[1],
      name: account[2],
    });
  else checkAccess(authorizer, user, { verb: 'impersonate', group: '', resource: 'users', name });
  for (const group of groups)
    checkAccess(authorizer, user, { verb: 'impersonate', group: '', resource: 'groups', name: group });
  const authentication = 'authentication.k8s.io';
  if (uid !== undefined)
    checkAccess(authorizer, user, { verb: 'impersonate', group: authentication, resource: 'uids', name: uid });
  const extra: Record<string, readonly string[]> = {};
  for (const header of extraNames) {
    const key = decodeURIComponent(header.slice(EXTRA.length));
    const values = many(headers[header]);
    for (const value of values) {
      checkAccess(authorizer, user, {
        verb: 'impersonate',
        group: authentication,
        resource: 'userextras',
        subresource: key,
        name: value,
      });
    }
    extra[key] = values;
  }
  return { name, uid, groups: withImplied(groups, account?.[1], name), ...(extraNames.length > 0 ? { extra } : {}) };
}

function withImplied(groups: readonly string[], accountNamespace: string | undefined, name: string): readonly string[] {
  const implied =
    accountNamespace !== undefined && groups.length === 0
      ? ['system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`]
      : [];
  const last = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return [...new Set([...groups, ...implied, last])];
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Node joins repeated headers of unknown names by commas. */
function many(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : value.split(',')).map((part) => part.trim());
}
