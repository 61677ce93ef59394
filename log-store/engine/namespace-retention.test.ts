import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { LogStore } from '../log-store.ts';
import { namespacesToTrim } from './namespace-retention.ts';

const day = 86_400_000;
const bound = (maxAgeMs: number, maxBytes = Infinity) => ({ maxAgeMs, maxBytes });

describe('which namespaces go from which segments', () => {
  const segments = [
    {
      ref: 'old',
      maxMs: 1 * day,
      usage: new Map([
        ['shop', 50],
        ['dev', 10],
      ]),
    },
    { ref: 'mid', maxMs: 5 * day, usage: new Map([['shop', 50]]) },
    {
      ref: 'new',
      maxMs: 9 * day,
      usage: new Map([
        ['shop', 50],
        ['dev', 10],
      ]),
    },
  ];
  const trims = (bounds: [string, ReturnType<typeof bound>][]) =>
    namespacesToTrim(segments, new Map(bounds), 10 * day).map(
      ({ ref, namespaces }) => `${ref} ${[...namespaces].join('+')}`,
    );

  test('by age', () => {
    expect(trims([['shop', bound(7 * day)]])).toEqual(['old shop']);
    expect(
      trims([
        ['shop', bound(2 * day)],
        ['dev', bound(2 * day)],
      ]),
    ).toEqual(['old shop+dev', 'mid shop']);
  });
  test('by bytes, oldest first', () => {
    expect(trims([['shop', bound(Infinity, 100)]])).toEqual(['old shop']);
    expect(trims([['shop', bound(Infinity, 99)]])).toEqual(['old shop', 'mid shop']);
    expect(trims([['dev', bound(Infinity, 0)]])).toEqual(['old dev', 'new dev']);
  });
  test('nothing where nothing is too much', () => {
    expect(
      trims([
        ['shop', bound(10 * day, 150)],
        ['other', bound(0, 0)],
      ]),
    ).toEqual([]);
  });
});

let dir: string;
let store: LogStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'store-namespaces-'));
  store = await start('data');
});
afterEach(async () => {
  await store.stop(AbortSignal.timeout(5_000));
  rmSync(dir, { recursive: true, force: true });
});

async function start(folder: string): Promise<LogStore> {
  const retention = { maxBytes: 16 * 1024 * 1024, maxAgeMs: Infinity };
  const made = new LogStore(
    { dataDir: join(dir, folder), host: '127.0.0.1', port: 0, retention },
    new SystemClock(),
    silentLog,
  );
  await made.start(AbortSignal.timeout(10_000));
  return made;
}

async function call(method: string, path: string, body?: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${store.port}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  return (await response.json()) as Record<string, unknown>;
}

const countOf = async (namespace: string) =>
  (await call('GET', `/logs-app-default/_count?q=kubernetes.namespace:${namespace}`))['count'];

async function fill(): Promise<void> {
  const lines = Array.from({ length: 12_000 }, (_, n) => {
    const namespace = n % 3 === 0 ? 'dev' : 'shop';
    const message = `line ${n} ${'y'.repeat(200)}${n * 7919}`;
    return `{"create":{"_id":"n${n}"}}\n{"@timestamp":"2026-11-29T08:00:00Z","message":"${message}","kubernetes":{"namespace":"${namespace}"}}\n`;
  });
  expect(await call('POST', '/logs-app-default/_bulk', lines.join(''))).toMatchObject({ errors: false });
}

test('documents of a namespace that is too large go, those of others stay, also over a restart', async () => {
  await fill();
  expect(await countOf('dev')).toBe(4_000);
  await call('PUT', '/_cluster/settings', '{"persistent":{"vigil.retention.namespaces":{"dev":{"max_size":"0b"}}}}');
  await store.enforceRetention();
  const left = Number(await countOf('dev'));
  // What is in the segment that still grows stays.
  expect(left).toBeLessThan(2_000);
  expect(await countOf('shop')).toBe(8_000);
  await store.stop(AbortSignal.timeout(5_000));
  store = await start('data');
  expect(await countOf('shop')).toBe(8_000);
  expect(await countOf('dev')).toBe(left);
  expect(await call('GET', '/_cluster/settings')).toEqual({
    persistent: { 'vigil.retention.namespaces': { dev: { max_size: '0b' } } },
    transient: {},
  });
});

test('a crash after segments were written again, before the old ones went, doubles nothing and loses nothing', async () => {
  await fill();
  await call('PUT', '/_cluster/settings', '{"persistent":{"vigil.retention.namespaces":{"dev":{"max_size":"0b"}}}}');
  await store.enforceRetention();
  // The old segments are still there for searches that go on: this is what a power cut would leave.
  cpSync(join(dir, 'data'), join(dir, 'cut'), { recursive: true, filter: (path) => !path.endsWith('.sock') });
  await store.stop(AbortSignal.timeout(5_000));
  store = await start('cut');
  expect(await countOf('shop')).toBe(8_000);
  expect(await countOf('dev')).toBe(4_000);
  await store.enforceRetention();
  expect(await countOf('shop')).toBe(8_000);
  expect(Number(await countOf('dev'))).toBeLessThan(2_000);
  await store.stop(AbortSignal.timeout(5_000));
  const [uuid = ''] = readdirSync(join(dir, 'cut/indices'));
  expect(readdirSync(join(dir, 'cut/indices', uuid)).filter((name) => name.endsWith('.replaces'))).toEqual([]);
  store = await start('cut');
});

test.each([
  ['{"persistent":{"vigil.retention.namespaces":{"dev":{"max_size":"big"}}}}', 'max_size'],
  ['{"persistent":{"vigil.retention.namespaces":{"dev":3}}}', 'dev'],
  ['{"persistent":{"vigil.retention":3}}', 'not recognized'],
  ['{"forever":{}}', 'forever'],
])('the settings %s are refused', async (body, message) => {
  const answer = await call('PUT', '/_cluster/settings', body);
  expect(answer['status']).toBe(400);
  expect(JSON.stringify(answer)).toContain(message);
});
