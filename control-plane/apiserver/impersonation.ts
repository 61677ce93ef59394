import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from '../../lib/kube/status-errors.ts';
import { serviceAccountGroups } from '../../lib/kube/service-account-user.ts';
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
  if (!name) {
    if (groups.length > 0 || uid !== undefined || extraNames.length > 0) {
      const extra = new Map(extraNames.map((header) => [extraKey(header), many(headers[header])]));
      throw badRequest(`requested ${goUser(uid ?? '', groups, extra)} without impersonating a user name`);
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
    const key = extraKey(header);
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

/** What cannot be decoded is the key itself. */
function extraKey(header: string): string {
  const key = header.slice(EXTRA.length);
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The user without a name as upstream shows it. */
function goUser(uid: string, groups: readonly string[], extra: ReadonlyMap<string, readonly string[]>): string {
  const strings = (values: readonly string[]) =>
    values.length === 0 ? '[]string(nil)' : `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`;
  const extras = [...extra].map(([key, values]) => `${JSON.stringify(key)}:${strings(values)}`);
  const map = extras.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${extras.join(', ')}}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${strings(groups)}, Extra:${map}}`;
}

function withImplied(groups: readonly string[], accountNamespace: string | undefined, name: string): readonly string[] {
  const implied = accountNamespace !== undefined && groups.length === 0 ? serviceAccountGroups(accountNamespace) : [];
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
