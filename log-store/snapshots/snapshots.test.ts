import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { LogStore } from '../log-store.ts';

const STREAM = 'logs-app-default';
let dir: string;
let store: LogStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'store-snapshots-'));
  store = await start();
  await ok('PUT', '/_snapshot/backup', { type: 'fs', settings: { location: 'one' } });
});
afterEach(async () => {
  await store.stop(AbortSignal.timeout(5_000));
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<LogStore> {
  // Segments end at 1 MiB of documents, so that a few thousand make several.
  const retention = { maxBytes: 16 * 1024 * 1024, maxAgeMs: Infinity };
  const config = {
    dataDir: join(dir, 'data'),
    host: '127.0.0.1',
    port: 0,
    retention,
    snapshotDirs: [join(dir, 'repos')],
  };
  const made = new LogStore(config, new SystemClock(), silentLog);
  await made.start(AbortSignal.timeout(10_000));
  return made;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${store.port}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(text === undefined ? {} : { body: text }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function ok(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await call(method, path, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body).slice(0, 300)}`).toBe(200);
  return answer.body;
}

const padding = 'x'.repeat(400);
async function add(from: number, to: number, index = STREAM): Promise<void> {
  const lines: string[] = [];
  for (let n = from; n < to; n++) {
    const at = new Date(Date.UTC(2026, 10, 29) + n * 1_000).toISOString();
    lines.push(`{"create":{"_id":"d${n}"}}\n{"@timestamp":"${at}","message":"line ${n} ${padding}${n * 7919}"}\n`);
  }
  expect(await ok('POST', `/${index}/_bulk`, lines.join(''))).toMatchObject({ errors: false });
}

const countOf = async (index: string) => (await ok('GET', `/${index}/_count`))['count'];
const files = () => readdirSync(join(dir, 'repos/one/files'));

test('what came later is not in it, what was deleted stays deleted, and it is restored beside the original', async () => {
  await add(0, 6_000);
  await ok('POST', `/${STREAM}/_delete_by_query`, { query: { ids: { values: ['d1', 'd5999'] } } });
  const { snapshot } = await ok('PUT', '/_snapshot/backup/first?wait_for_completion=true', { indices: 'logs-*' });
  expect(snapshot).toMatchObject({ state: 'SUCCESS', data_streams: [STREAM], shards: { failed: 0 } });
  await add(6_000, 6_500);
  await ok('POST', '/_snapshot/backup/first/_restore?wait_for_completion=true', {
    rename_pattern: 'logs-(.+)',
    rename_replacement: 'restored-$1',
  });
  expect(await countOf('restored-app-default')).toBe(5_998);
  expect(await countOf(STREAM)).toBe(6_498);
  const query = { query: { term: { message: 'line' } }, size: 3, sort: [{ '@timestamp': 'desc' }], _source: false };
  const { hits } = await ok('POST', '/restored-app-default/_search', query);
  expect((hits as { hits: { _id: string }[] }).hits.map(({ _id }) => _id)).toEqual(['d5998', 'd5997', 'd5996']);
  await add(6_000, 6_100, 'restored-app-default');
  expect(await countOf('restored-app-default')).toBe(6_098);
  await store.stop(AbortSignal.timeout(5_000));
  store = await start();
  expect(await countOf('restored-app-default')).toBe(6_098);
});

test('is of one moment while documents come in', async () => {
  await add(0, 500);
  const writing = (async () => {
    for (let n = 500; n < 4_000; n += 100) await add(n, n + 100);
  })();
  await ok('PUT', '/_snapshot/backup/busy?wait_for_completion=true');
  await writing;
  await ok('DELETE', `/_data_stream/${STREAM}`);
  await ok('POST', '/_snapshot/backup/busy/_restore');
  const count = Number(await countOf(STREAM));
  expect(count).toBeGreaterThanOrEqual(500);
  // Whole bulks only, and every document up to the last one.
  expect(count % 100).toBe(0);
  const { hits } = await ok('POST', `/${STREAM}/_search`, {
    size: 1,
    sort: [{ '@timestamp': 'desc' }],
    _source: false,
  });
  expect((hits as { hits: { _id: string }[] }).hits[0]?._id).toBe(`d${count - 1}`);
});

test('snapshots share what did not change, on disk too; deleting one leaves the other whole', async () => {
  await add(0, 6_000);
  await ok('PUT', '/_snapshot/backup/one?wait_for_completion=true');
  const before = files().filter((name) => name.endsWith('.idx'));
  expect(before.length).toBeGreaterThan(0);
  const shared = before[0] ?? '';
  expect(statSync(join(dir, 'repos/one/files', shared)).nlink).toBeGreaterThan(1);
  await add(6_000, 6_100);
  await ok('PUT', '/_snapshot/backup/two?wait_for_completion=true');
  await ok('DELETE', '/_snapshot/backup/one');
  expect(files()).toEqual(expect.arrayContaining(before));
  await ok('DELETE', `/_data_stream/${STREAM}`);
  await ok('POST', '/_snapshot/backup/two/_restore');
  expect(await countOf(STREAM)).toBe(6_100);
  await ok('DELETE', '/_snapshot/backup/two');
  expect(files()).toEqual([]);
});

test('a crash in the middle of one leaves the old ones whole, and its files go with the next', async () => {
  await add(0, 1_000);
  await ok('PUT', '/_snapshot/backup/old?wait_for_completion=true');
  // What a crash leaves: files that are copied half, names without content, links that hold segments. The list of its parts was not written.
  writeFileSync(join(dir, 'repos/one/files/0000-00000001-dead.dat.tmp'), 'half');
  writeFileSync(join(dir, 'repos/one/files/0000-00000001-dead.dat'), 'whole but nobody\u2019s');
  writeFileSync(join(dir, 'repos/one/snapshots/new.json.tmp'), '{"format":1,"na');
  await store.stop(AbortSignal.timeout(5_000));
  mkdirSync(join(dir, 'data/snapshot-staging/dead'), { recursive: true });
  writeFileSync(join(dir, 'data/snapshot-staging/dead/x.dat'), 'held');
  store = await start();
  expect(readdirSync(join(dir, 'data'))).not.toContain('snapshot-staging');
  const { snapshots } = await ok('GET', '/_snapshot/backup/_all');
  expect(snapshots).toMatchObject([{ snapshot: 'old', state: 'SUCCESS' }]);
  await ok('PUT', '/_snapshot/backup/new?wait_for_completion=true');
  expect(files().filter((name) => name.includes('dead'))).toEqual([]);
  await ok('DELETE', `/_data_stream/${STREAM}`);
  await ok('POST', '/_snapshot/backup/old/_restore');
  expect(await countOf(STREAM)).toBe(1_000);
});

test('a restore that fails leaves nothing behind', async () => {
  await add(0, 1_000);
  await ok('PUT', '/_snapshot/backup/old?wait_for_completion=true');
  const names = files();
  for (const name of names) rmSync(join(dir, 'repos/one/files', name));
  const body = { rename_pattern: STREAM, rename_replacement: 'copy' };
  expect((await call('POST', '/_snapshot/backup/old/_restore', body)).status).toBe(500);
  expect((await call('GET', '/copy/_count')).status).toBe(404);
  expect(readdirSync(join(dir, 'data/indices'))).toHaveLength(1);
});

test('repositories stay within the folders that are allowed, whatever links say', async () => {
  mkdirSync(join(dir, 'elsewhere'));
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'repos/link'));
  for (const location of ['../elsewhere', join(dir, 'elsewhere'), 'link', 'link/below', '/etc']) {
    const { status, body } = await call('PUT', '/_snapshot/bad', { type: 'fs', settings: { location } });
    expect({ location, status }).toEqual({ location, status: 400 });
    expect(JSON.stringify(body)).toContain('repository_exception');
  }
  expect(readdirSync(join(dir, 'elsewhere'))).toEqual([]);
});

test.each([
  ['PUT', '/_snapshot/backup/Upper', 400, 'invalid_snapshot_name_exception'],
  ['PUT', '/_snapshot/backup/..%2Fup', 400, 'invalid_snapshot_name_exception'],
  ['PUT', '/_snapshot/nowhere/s', 404, 'repository_missing_exception'],
  ['GET', '/_snapshot/backup/none', 404, 'snapshot_missing_exception'],
  ['POST', '/_snapshot/backup/none/_restore', 404, 'snapshot_missing_exception'],
  ['GET', '/_snapshot/nowhere', 404, 'repository_missing_exception'],
  ['PUT', '/_snapshot/other', 400, 'repository_exception'],
] as const)('%s %s is %i', async (method, path, status, type) => {
  const answer = await call(method, path, method === 'PUT' ? {} : undefined);
  expect(answer.status).toBe(status);
  expect(answer.body['error']).toMatchObject({ type });
});

test('an index of that name is not overwritten', async () => {
  await add(0, 10);
  await ok('PUT', '/_snapshot/backup/s?wait_for_completion=true');
  expect(await call('POST', '/_snapshot/backup/s/_restore')).toMatchObject({
    status: 500,
    body: { error: { type: 'snapshot_restore_exception' } },
  });
});
