import { hostname } from 'node:os';
import { verifyToken } from './token.ts';
import type { Routes } from './serve.ts';

/** `hello`: greets whoever shows a token that `auth` signed; says hello to the world without one. */
export function helloRoutes(env: NodeJS.ProcessEnv): Routes {
  const version = env['DEMO_VERSION'] ?? '0';
  const key = env['JWT_KEY'] ?? '';
  const greet = (name: string) => ({ message: `Hello, ${name}`, version, pod: hostname() });
  return {
    'GET /': () => ({ status: 200, body: greet('world') }),
    'GET /secure': (request) => {
      const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
      const claims = token === undefined ? undefined : verifyToken(token, key, Date.now());
      return claims
        ? { status: 200, body: greet(claims.sub) }
        : { status: 401, body: { error: 'a token of /login is needed: Authorization: Bearer …' } };
    },
    'GET /version': () => ({ status: 200, body: { version } }),
  };
}
