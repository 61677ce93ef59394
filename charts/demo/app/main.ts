import { authRoutes } from './auth.ts';
import { Faults } from './faults.ts';
import { frontendRoutes } from './frontend.ts';
import { healthServer } from './health.ts';
import { helloRoutes } from './hello.ts';
import { log } from './say.ts';
import { serve, type Routes } from './serve.ts';

const HTTP_PORT = 80;
const HEALTH_PORT = 81;
/** Requests that are under way may end; readiness has already taken this pod out of its Services. */
const DRAIN_MS = 500;

const role = process.env['DEMO_ROLE'] ?? 'hello';
const version = process.env['DEMO_VERSION'] ?? '0';
const routesOf: Readonly<Record<string, () => Routes>> = {
  frontend: () => frontendRoutes(process.env),
  hello: () => helloRoutes(process.env),
  auth: () => authRoutes(process.env),
};

const routes = routesOf[role];
if (!routes) {
  log('error', `DEMO_ROLE is "${role}"; it has to be one of ${Object.keys(routesOf).join(', ')}`);
  process.exit(2);
}

const faults = new Faults(process.env['DEMO_BREAK'] ?? '');
const health = healthServer(faults, HEALTH_PORT);
const server = serve(role, routes(), HTTP_PORT);
log('info', `${role} ${version} listening on :${HTTP_PORT}, health on :${HEALTH_PORT}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log('info', `${signal}: finishing requests`);
    faults.shutDown();
    server.close();
    setTimeout(() => {
      health.close();
      process.exit(0);
    }, DRAIN_MS);
  });
}
