import { createHash, timingSafeEqual } from 'node:crypto';
import { issueToken } from './token.ts';
import type { Routes } from './serve.ts';

const TOKEN_LIFE_S = 3600;

/** `auth`: `POST /login` with `{"user","password"}` answers a token. Key and password come from the Secret `auth-key`; there are no defaults. */
export function authRoutes(env: NodeJS.ProcessEnv): Routes {
  const key = env['JWT_KEY'] ?? '';
  const password = env['DEMO_PASSWORD'] ?? '';
  if (key === '' || password === '')
    throw new Error('JWT_KEY and DEMO_PASSWORD have to be set, from the Secret auth-key');
  return {
    'POST /login': (_request, _url, body) => {
      const login = parse(body);
      if (!login) return { status: 400, body: { error: 'expected {"user": "…", "password": "…"}' } };
      if (!same(login.password, password)) return { status: 401, body: { error: 'wrong user or password' } };
      const exp = Math.floor(Date.now() / 1000) + TOKEN_LIFE_S;
      return { status: 200, body: { token: issueToken({ sub: login.user, exp }, key) } };
    },
    'GET /': () => ({ status: 200, body: { service: 'auth', login: 'POST /login' } }),
  };
}

function parse(body: string): { readonly user: string; readonly password: string } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('user' in value) || !('password' in value)) return undefined;
    const { user, password } = value;
    return typeof user === 'string' && typeof password === 'string' ? { user, password } : undefined;
  } catch {
    return undefined;
  }
}

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
