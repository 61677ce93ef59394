import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { LogStore } from './log-store.ts';
import { SecurityStore } from './security/security-store.ts';
import { LogStoreServer } from './server.ts';

let dir: string;
let store: LogStore;
let url: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'store-server-'));
  writeFileSync(join(dir, 'key'), 'secret-key\n', { mode: 0o600 });
  const retention = { maxBytes: Infinity, maxAgeMs: Infinity };
  store = new LogStore(
    { dataDir: join(dir, 'data'), host: '127.0.0.1', port: 0, apiKeyFile: join(dir, 'key'), retention },
    new SystemClock(),
    silentLog,
  );
  await store.start(AbortSignal.timeout(10_000));
  url = `http://127.0.0.1:${store.port}`;
});
afterEach(async () => {
  await store.stop(AbortSignal.timeout(2_000));
  rmSync(dir, { recursive: true, force: true });
});

const allowed = { authorization: 'ApiKey secret-key' };
const document = '{"create":{}}\n{"@timestamp":"2026-11-29T08:00:00Z","message":"hello"}\n';

test('without the key only health is answered', async () => {
  expect((await fetch(`${url}/_health`)).status).toBe(200);
  expect((await fetch(`${url}/_search`)).status).toBe(401);
  for (const authorization of ['ApiKey wrong', 'Basic c2VjcmV0LWtleQ==']) {
    expect((await fetch(`${url}/_search`, { headers: { authorization } })).status).toBe(401);
  }
  const coded = `ApiKey ${Buffer.from('secret-key').toString('base64')}`;
  expect((await fetch(`${url}/`, { headers: { authorization: coded } })).status).toBe(200);
});

test('every answer carries the header and media type that official clients look for', async () => {
  const accept = 'application/vnd.elasticsearch+json; compatible-with=9';
  const answer = await fetch(`${url}/`, { headers: { ...allowed, accept } });
  expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
  expect(answer.headers.get('content-type')).toBe('application/vnd.elasticsearch+json;compatible-with=9');
});

test.each([
  ['gzip', gzipSync(document)],
  ['zstd', zstdCompressSync(document)],
])('bodies in %s are taken, and damaged ones refused', async (encoding, body) => {
  const headers = { ...allowed, 'content-encoding': encoding };
  const send = (content: Buffer<ArrayBufferLike>) =>
    fetch(`${url}/logs-a-b/_bulk`, { method: 'POST', headers, body: new Uint8Array(content) });
  expect(await (await send(body)).json()).toMatchObject({ errors: false });
  expect((await send(body.subarray(3))).status).toBe(400);
});

test.each([
  ['an unknown path', 'GET', '/_nothing', undefined, 400],
  ['an index that does not exist', 'GET', '/nowhere/_search', undefined, 404],
  ['a body that is not JSON', 'POST', '/_search', '{', 400],
  ['a query that does not exist', 'POST', '/_search', '{"query":{"magic":{}}}', 400],
  ['a window that is too large', 'POST', '/_search', '{"from":9999,"size":100}', 400],
  ['a bulk without documents', 'POST', '/_bulk', '\n', 400],
  ['a path that is not encoded', 'GET', '/%E0%A4%A', undefined, 400],
])('%s is answered with %s %s → %s', async (_name, method, path, body, status) => {
  const answer = await fetch(url + path, { method, headers: allowed, ...(body === undefined ? {} : { body }) });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toHaveProperty('error');
});

test('filter_path keeps what it names', async () => {
  await fetch(`${url}/logs-a-b/_bulk`, { method: 'POST', headers: allowed, body: document });
  const answer = await fetch(`${url}/logs-a-b/_search?filter_path=hits.total.value,hits.hits._source.message`, {
    headers: allowed,
  });
  expect(await answer.json()).toEqual({ hits: { total: { value: 1 }, hits: [{ _source: { message: 'hello' } }] } });
});

test('metrics name the indices', async () => {
  await fetch(`${url}/logs-a-b/_bulk`, { method: 'POST', headers: allowed, body: document });
  const text = await (await fetch(`${url}/_metrics`, { headers: allowed })).text();
  expect(text).toContain('vigil_log_store_documents{index="logs-a-b"} 1');
});

test('who has gone before the answer is told of to whoever works on it', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const server = new LogStoreServer({
    config: { host: '127.0.0.1', port: 0 },
    clock: new SystemClock(),
    security: new SecurityStore(dir, new SystemClock()),
    log: silentLog,
    metrics: () => '',
    handle: ({ signal }) => {
      begun.resolve(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  });
  await server.start();
  const leaving = new AbortController();
  const asked = fetch(`http://127.0.0.1:${server.port}/_search`, { signal: leaving.signal });
  const signal = await begun.promise;
  expect(signal.aborted).toBe(false);
  const told = new Promise((resolve) => signal.addEventListener('abort', resolve));
  leaving.abort();
  await expect(asked).rejects.toThrow('aborted');
  await told;
  await server.stop(AbortSignal.timeout(2_000));
});
