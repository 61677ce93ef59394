import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { SubjectAccessReview, TokenReview } from '../../lib/kube/types.ts';
import { silentLog } from '../../lib/log.ts';
import { createCa, issueCertificate, type KeyPair } from '../../lib/pki.ts';
import { VigilError } from '../../lib/errors.ts';
import { AgentServer } from '../server.ts';
import { AgentAuthenticator } from './authenticate.ts';

let server: AgentServer;
let ca: KeyPair;
let reviews = 0;

/** Knows two tokens: one whose owner may use the node, and one whose owner may not. */
const reviewer = {
  create: (_resource: unknown, object: TokenReview | SubjectAccessReview) => {
    reviews++;
    if ('token' in object.spec) {
      const name = { 'good-token': 'prometheus', 'weak-token': 'nobody' }[object.spec.token ?? ''];
      return Promise.resolve({ ...object, status: name ? { authenticated: true, user: { username: name } } : {} });
    }
    return Promise.resolve({
      ...object,
      status: { allowed: (object as SubjectAccessReview).spec.user === 'prometheus' },
    });
  },
} as unknown as KubeClient;

beforeAll(async () => {
  const nowMs = Date.now();
  ca = await createCa('test', nowMs);
  const own = await issueCertificate(ca, { commonName: 'node', ipAddresses: ['127.0.0.1'], usages: ['server'], nowMs });
  const authenticator = new AgentAuthenticator(reviewer, new FakeClock(), 'node-1');
  server = new AgentServer({
    host: '127.0.0.1',
    port: 0,
    ...own,
    ca: ca.cert,
    routes: [
      { method: 'GET', path: '/healthz', isPublic: true, handler: (_request, response) => void response.end('ok') },
      {
        method: 'GET',
        path: '/echo/{a}/{b}',
        handler: (_request, response, params) => void response.end(JSON.stringify(params)),
      },
      {
        method: 'GET',
        path: '/fails',
        handler: () => {
          throw new VigilError('X', 'notFound', 'there is none');
        },
      },
      {
        method: 'GET',
        path: '/breaks',
        handler: () => {
          throw new Error('a secret detail');
        },
      },
    ],
    upgrades: [],
    authenticate: (incoming) => authenticator.check(incoming),
    log: silentLog,
  });
  await server.start();
});

afterAll(() => server.stop());

function ask(path: string, options: { token?: string; client?: KeyPair; method?: string } = {}) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      path,
      method: options.method ?? 'GET',
      ca: ca.cert,
      agent: false,
      ...(options.client ? { cert: options.client.cert, key: options.client.key } : {}),
      headers: options.token ? { authorization: `Bearer ${options.token}` } : {},
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.end();
  });
}

const client = (commonName: string, organizations: string[], from = ca) =>
  issueCertificate(from, { commonName, organizations, usages: ['client'], nowMs: Date.now() });

test('health is public, everything else is not', async () => {
  expect(await ask('/healthz')).toEqual({ status: 200, body: 'ok' });
  expect((await ask('/echo/1/2')).status).toBe(401);
  expect((await ask('/nowhere')).status).toBe(401);
});

test('the API server comes in by its certificate; a stranger’s certificate is nobody’s', async () => {
  const apiServer = await client('kube-apiserver-kubelet-client', ['system:masters']);
  expect(await ask('/echo/a%2Fb/2', { client: apiServer })).toEqual({ status: 200, body: '{"a":"a/b","b":"2"}' });
  const stranger = await client(
    'kube-apiserver-kubelet-client',
    ['system:masters'],
    await createCa('other', Date.now()),
  );
  expect((await ask('/echo/1/2', { client: stranger })).status).toBe(401);
  expect((await ask('/echo/1/2', { client: await client('node-2', ['system:nodes']) })).status).toBe(403);
});

test('a token is asked about once, and its owner’s rights decide', async () => {
  expect((await ask('/echo/1/2', { token: 'good-token' })).status).toBe(200);
  const asked = reviews;
  expect((await ask('/echo/1/2', { token: 'good-token' })).status).toBe(200);
  expect(reviews).toBe(asked);
  expect((await ask('/echo/1/2', { token: 'weak-token' })).status).toBe(403);
  expect((await ask('/echo/1/2', { token: 'unknown' })).status).toBe(401);
});

test('what goes wrong is a Status; details stay inside', async () => {
  const token = 'good-token';
  expect(await ask('/fails', { token })).toMatchObject({ status: 404, body: expect.stringContaining('there is none') });
  expect((await ask('/breaks', { token })).body).not.toContain('secret');
  expect((await ask('/nowhere', { token })).status).toBe(404);
  expect((await ask('/echo/1/2', { token, method: 'DELETE' })).status).toBe(405);
});
