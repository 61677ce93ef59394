import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { LogStore } from '../log-store.ts';
import { hashPassword } from './password-hash.ts';

const STREAM = 'logs-app-default';
const admin = 'ApiKey admin-key';
let dir: string;
let store: LogStore;

/** Made once: a hash is meant to take long. */
let users: string;
beforeAll(async () => {
  users = `# people\nanna:${await hashPassword('let me in')}:reader\nben:${await hashPassword('x')}:shop-reader\n`;
});
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'store-security-'));
  writeFileSync(join(dir, 'key'), 'admin-key\n', { mode: 0o600 });
  writeFileSync(join(dir, 'users'), users, { mode: 0o600 });
  store = await start();
  const documents = ['shop', 'shop', 'billing', 'kube-system'].map(
    (namespace, n) =>
      `{"create":{"_id":"d${n}"}}\n{"@timestamp":"2026-11-29T08:0${n}:00Z","message":"line ${n}","kubernetes":{"namespace":"${namespace}"}}\n`,
  );
  await call(admin, 'POST', `/${STREAM}/_bulk`, documents.join(''));
  await call(admin, 'POST', `/secret/_doc/1`, '{"message":"line"}');
});
afterEach(async () => {
  await store.stop(AbortSignal.timeout(2_000));
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<LogStore> {
  const files = { apiKeyFile: join(dir, 'key'), usersFile: join(dir, 'users') };
  const retention = { maxBytes: Infinity, maxAgeMs: Infinity };
  const made = new LogStore(
    { dataDir: join(dir, 'data'), host: '127.0.0.1', port: 0, retention, ...files },
    new SystemClock(),
    silentLog,
  );
  await made.start(AbortSignal.timeout(10_000));
  return made;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(authorization: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${store.port}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(text === undefined ? {} : { body: text }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function keyFor(roles: unknown, more: object = {}): Promise<string> {
  const { body } = await call(admin, 'POST', '/_security/api_key', { name: 'k', role_descriptors: roles, ...more });
  return `ApiKey ${String(body['encoded'])}`;
}

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const shopOnly = {
  shop: {
    indices: [{ names: ['logs-*'], privileges: ['read'], query: { term: { 'kubernetes.namespace': 'shop' } } }],
  },
};
const idsOf = (body: unknown) => (body as { hits: { hits: { _id: string }[] } }).hits.hits.map(({ _id }) => _id).sort();

describe('a key that may read the lines of one namespace', () => {
  test('finds no other line, however it asks', async () => {
    const key = await keyFor(shopOnly);
    const all = { query: { match_all: {} }, sort: ['_doc'] };
    expect(idsOf((await call(key, 'POST', `/${STREAM}/_search`, all)).body)).toEqual(['d0', 'd1']);
    expect(idsOf((await call(key, 'POST', '/_search', all)).body)).toEqual(['d0', 'd1']);
    expect(idsOf((await call(key, 'GET', '/logs-*/_search?q=kubernetes.namespace:billing')).body)).toEqual([]);
    expect((await call(key, 'GET', '/_count')).body).toMatchObject({ count: 2 });
    const { body: many } = await call(key, 'POST', '/_msearch', '{}\n{}\n{"index":"secret"}\n{}\n');
    expect(many['responses']).toMatchObject([{ hits: { total: { value: 2 } } }, { status: 403 }]);
    const aggs = { n: { terms: { field: 'kubernetes.namespace' } } };
    const { body: counted } = await call(key, 'POST', `/${STREAM}/_search`, { size: 0, aggs });
    expect(counted['aggregations']).toMatchObject({ n: { buckets: [{ key: 'shop', doc_count: 2 }] } });
    expect((await call(key, 'GET', `/${STREAM}/_doc/d0`)).status).toBe(200);
    expect((await call(key, 'GET', `/${STREAM}/_doc/d2`)).status).toBe(404);
    const { body: got } = await call(key, 'POST', '/_mget', {
      docs: [
        { _index: STREAM, _id: 'd2' },
        { _index: 'secret', _id: '1' },
      ],
    });
    expect(got['docs']).toMatchObject([{ found: false }, { error: { type: 'security_exception' } }]);
  });

  test('sees no more through a scroll or a point in time that somebody else opened', async () => {
    const key = await keyFor(shopOnly);
    const { body: scroll } = await call(admin, 'POST', `/${STREAM}/_search?scroll=1m`, { size: 1 });
    const next = await call(key, 'POST', '/_search/scroll', { scroll_id: scroll['_scroll_id'] });
    expect(JSON.stringify(next.body)).not.toMatch(/billing|kube-system/);
    const { body: pit } = await call(admin, 'POST', '/secret/_pit?keep_alive=1m');
    const search = await call(key, 'POST', '/_search', { pit: { id: pit['id'] } });
    expect(idsOf(search.body)).toEqual([]);
  });

  test('may do nothing else', async () => {
    const key = await keyFor(shopOnly);
    for (const [method, path, body] of [
      ['GET', '/secret/_search', undefined],
      ['GET', '/secret/_doc/1', undefined],
      ['POST', `/${STREAM}/_doc`, '{"@timestamp":"2026-11-29T08:00:00Z"}'],
      ['PUT', '/new', '{}'],
      ['DELETE', `/secret`, undefined],
      ['DELETE', `/_data_stream/${STREAM}`, undefined],
      ['POST', `/${STREAM}/_delete_by_query`, '{"query":{"match_all":{}}}'],
      ['GET', '/', undefined],
      ['GET', '/_cat/health?format=json', undefined],
      ['PUT', '/_index_template/x', '{"index_patterns":["x"]}'],
      ['POST', '/_security/api_key', '{"name":"more"}'],
      ['PUT', '/_security/role/r', '{}'],
      ['GET', '/_metrics', undefined],
      ['DELETE', '/_search/scroll/_all', undefined],
      ['DELETE', '/_search/point_in_time/_all', undefined],
    ] as const) {
      expect(await call(key, method, path, body), `${method} ${path}`).toMatchObject({
        status: 403,
        body: { error: { type: 'security_exception' } },
      });
    }
    const { body } = await call(key, 'POST', '/_bulk', `{"create":{"_index":"${STREAM}"}}\n{}\n`);
    expect(body).toMatchObject({ errors: true, items: [{ create: { status: 403 } }] });
  });
});

test('a key of the role writer appends and reads nothing', async () => {
  const writer = {
    cluster: ['monitor'],
    indices: [{ names: ['logs-*'], privileges: ['create_doc', 'auto_configure'] }],
  };
  const key = await keyFor({ writer });
  const line = '{"@timestamp":"2026-11-29T08:00:00Z","message":"x"}\n';
  const bulk = `{"create":{"_index":"logs-new-default","_id":"a"}}\n${line}{"index":{"_index":"secret"}}\n${line}{"create":{"_index":"logs-new-default","_id":"b"}}\n${line}`;
  const { body } = await call(key, 'POST', '/_bulk', bulk);
  expect(body['items']).toMatchObject([
    { create: { status: 201 } },
    { index: { status: 403 } },
    { create: { status: 201 } },
  ]);
  expect((await call(key, 'GET', '/')).status).toBe(200);
  expect((await call(key, 'GET', '/logs-new-default/_search')).status).toBe(403);
  const { body: found } = await call(admin, 'GET', '/logs-new-default/_count');
  expect(found).toMatchObject({ count: 2 });
});

test('a key can do no more than whoever made it', async () => {
  const reader = basic('anna', 'let me in');
  const everything = { all: { cluster: ['all'], indices: [{ names: ['*'], privileges: ['all'] }] } };
  const { body } = await call(reader, 'POST', '/_security/api_key', { name: 'mine', role_descriptors: everything });
  const key = `ApiKey ${String(body['encoded'])}`;
  expect((await call(key, 'GET', `/${STREAM}/_count`)).body).toMatchObject({ count: 4 });
  expect((await call(key, 'DELETE', '/secret')).status).toBe(403);
  expect((await call(key, 'POST', '/_security/api_key', { name: 'x', role_descriptors: everything })).status).toBe(400);
  // Without roles of its own it would have the rights of the key that made it, and keep them when that one ends.
  expect((await call(key, 'POST', '/_security/api_key', { name: 'x' })).status).toBe(400);
  expect((await call(key, 'POST', '/_security/api_key', { name: 'x', role_descriptors: { none: {} } })).status).toBe(
    200,
  );
});

test('keys end when they are invalidated or expire, are kept over a restart, and never in clear', async () => {
  const lasting = await keyFor(shopOnly, { metadata: { for: 'test' } });
  const short = await keyFor(shopOnly, { expiration: '1ms' });
  const { body } = await call(admin, 'GET', '/_security/api_key?name=k');
  expect(body['api_keys']).toHaveLength(2);
  expect((await call(short, 'GET', `/${STREAM}/_count`)).status).toBe(401);
  await store.stop(AbortSignal.timeout(2_000));
  const file = join(dir, 'data', 'security.json');
  const [id = '', secret = ''] = Buffer.from(lasting.slice(7), 'base64').toString().split(':');
  expect(readFileSync(file, 'utf8')).toContain(id);
  expect(readFileSync(file, 'utf8')).not.toContain(secret);
  expect(statSync(file).mode & 0o077).toBe(0);
  store = await start();
  expect((await call(lasting, 'GET', `/${STREAM}/_count`)).body).toMatchObject({ count: 2 });
  const ended = await call(admin, 'DELETE', '/_security/api_key', { ids: [id] });
  expect(ended.body).toMatchObject({ invalidated_api_keys: [id], error_count: 0 });
  expect((await call(lasting, 'GET', `/${STREAM}/_count`)).status).toBe(401);
});

test('people sign in with their password and have the rights of their roles, also of those made later', async () => {
  expect((await call(basic('anna', 'wrong'), 'GET', `/${STREAM}/_count`)).status).toBe(401);
  expect((await call(basic('nobody', 'x'), 'GET', `/${STREAM}/_count`)).status).toBe(401);
  const { body } = await call(basic('anna', 'let me in'), 'GET', '/_security/_authenticate');
  expect(body).toMatchObject({ username: 'anna', roles: ['reader'], authentication_realm: { type: 'file' } });
  expect((await call(basic('ben', 'x'), 'GET', `/${STREAM}/_count`)).status).toBe(403);
  await call(admin, 'PUT', '/_security/role/shop-reader', shopOnly.shop);
  expect((await call(basic('ben', 'x'), 'GET', `/${STREAM}/_count`)).body).toMatchObject({ count: 2 });
});

test.each([
  [{ cluster: ['everything'] }, 'unknown cluster privilege [everything]'],
  [{ indices: [{ privileges: ['read'] }] }, 'needs [names]'],
  [{ indices: [{ names: ['a'], privileges: ['reed'] }] }, 'unknown index privilege [reed]'],
  [{ index_es: [] }, 'has no field [index_es]'],
])('the role %j is refused', async (role, message) => {
  const { status, body } = await call(admin, 'POST', '/_security/api_key', {
    name: 'k',
    role_descriptors: { r: role },
  });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(message);
});
