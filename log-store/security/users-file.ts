import { VigilError } from '../../lib/errors.ts';
import { isPasswordHash } from './password-hash.ts';

export interface User {
  readonly name: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

const MAX_USERS = 1_000;

/** Reads `name:hash:role,role` lines; `#` begins a comment. Throws an error that names the line. */
export function parseUsers(text: string, path: string): ReadonlyMap<string, User> {
  const users = new Map<string, User>();
  text.split('\n').forEach((line, n) => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return;
    const fail = (what: string): never => {
      throw new VigilError('BAD_USERS_FILE', 'invalid', `${path}, line ${n + 1}: ${what}`);
    };
    const [name = '', passwordHash = '', roles = ''] = line.trim().split(':');
    if (!/^[\w.@-]{1,128}$/.test(name)) fail('expected name:hash:role,role');
    if (!isPasswordHash(passwordHash))
      fail(`the hash of [${name}] is not one that node log-store/main.ts --hash-password prints`);
    if (users.has(name)) fail(`user [${name}] is there twice`);
    if (users.size >= MAX_USERS) fail(`more than ${MAX_USERS} users`);
    users.set(name, { name, passwordHash, roles: roles.split(',').filter(Boolean) });
  });
  return users;
}
