import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mustRun } from '../support/run-program.ts';
import { sharedCluster } from './shared-cluster.ts';

/** Helm itself with a chart that uses what charts use: a kind of its own, hooks, tests, lookup, daemons, cron jobs, budgets, ingresses and policies. */
const cluster = sharedCluster();
const namespace = 'helm-e2e';
const chart = join(import.meta.dirname, 'shop-chart');
const kubectl = (...args: readonly string[]) => cluster.kubectl('-n', namespace, ...args);

function helm(...args: readonly string[]): Promise<string> {
  const env = { KUBECONFIG: cluster.kubeconfig };
  return mustRun('helm', ['-n', namespace, ...args], { env, timeoutMs: 120_000 });
}

beforeAll(() => cluster.kubectl('create', 'namespace', namespace));
afterAll(async () => {
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
  await cluster.kubectl('delete', 'crd', 'shelves.shop.example.com', '--ignore-not-found', '--wait=false');
});

const key = () => kubectl('get', 'secret', 'shop-key', '-o', 'jsonpath={.data.key}');
const served = () =>
  kubectl('exec', 'deploy/shop', '--', 'sh', '-c', "printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc 127.0.0.1 8080");

test('helm installs a chart, with its own kind first and its hook before the rest', async () => {
  await helm('install', 'shop', chart, '--wait', '--timeout', '90s');
  expect(JSON.parse(await helm('list', '-o', 'json'))).toMatchObject([
    { name: 'shop', namespace, revision: '1', status: 'deployed', chart: 'shop-0.1.0' },
  ]);
  expect(await kubectl('get', 'job', 'shop-migrate')).toMatch(/shop-migrate\s+Complete\s+1\/1/);
  expect(await kubectl('logs', 'job/shop-migrate')).toContain('migrated to hello');
  expect(await kubectl('get', 'shelves')).toMatch(/NAME\s+BOARDS\nshop\s+1\n/);
  expect(await kubectl('get', 'ds', 'shop-agent')).toMatch(/shop-agent\s+3\s+3\s+3\s+3\s+3\s/);
  expect(await kubectl('get', 'cronjob,pdb,ingress,networkpolicy', '-o', 'name')).toBe(
    [
      'cronjob.batch/shop-clean',
      'poddisruptionbudget.policy/shop',
      'ingress.networking.k8s.io/shop',
      'networkpolicy.networking.k8s.io/shop',
      '',
    ].join('\n'),
  );
  expect(await served()).toContain('hello');
});

test('its tests run as pods of the cluster', async () => {
  expect(await helm('test', 'shop', '--timeout', '60s')).toMatch(/Phase:\s+Succeeded/);
});

test('an upgrade changes what changed, keeps what lookup finds, and can be rolled back', async () => {
  const before = await key();
  await helm('upgrade', 'shop', chart, '--set', 'message=goodbye', '--wait', '--timeout', '90s');
  expect(await served()).toContain('goodbye');
  expect(await key()).toBe(before);
  await helm('rollback', 'shop', '1', '--wait', '--timeout', '90s');
  expect(await served()).toContain('hello');
  expect((await helm('history', 'shop')).trim().split('\n')).toHaveLength(4);
});

test('a value that a schema refuses fails the upgrade and says where', async () => {
  await expect(helm('upgrade', 'shop', chart, '--set', 'replicas=0')).rejects.toThrow(
    /spec\.boards: Invalid value: 0: spec\.boards in body should be greater than or equal to 1/,
  );
});

test('uninstall takes everything away but the kind', async () => {
  await helm('uninstall', 'shop', '--wait', '--timeout', '60s');
  expect(await kubectl('get', 'deploy,ds,cronjob,pdb,ingress,networkpolicy,shelves', '-o', 'name')).toBe('');
  expect(await cluster.kubectl('get', 'crd', '-o', 'name')).toContain('shelves.shop.example.com');
});
