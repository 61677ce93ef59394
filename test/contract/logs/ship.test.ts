import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { heldBeside } from '../../../lib/held-logs.ts';
import { busyboxImage, ensureImages } from '../agent/images.ts';
import { eventually } from '../../support/eventually.ts';
import { mustRun, runProgram } from '../../support/run-program.ts';
import { stores, type RunningStore } from './stores.ts';

const kctl = join(import.meta.dirname, '../../../kctl');

let store: RunningStore;
let containers: string;
let root: string;
const made: string[] = [];
const running: ChildProcess[] = [];

beforeAll(async () => {
  await ensureImages();
  containers = join((await mustRun('docker', ['info', '--format={{.DockerRootDir}}'])).trim(), 'containers');
});
beforeEach(async () => {
  store = await stores.embedded();
  root = mkdtempSync(join(tmpdir(), 'vigil-ship-alone-'));
  mkdirSync(join(root, 'containers'));
});
afterEach(async () => {
  for (const child of running.splice(0)) await stop(child);
  for (const id of made.splice(0)) await runProgram('docker', ['rm', '--force', id]);
  await store.stop();
  rmSync(heldBeside(dirname(containers), join(root, 'state')), { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
});
afterAll(() => {
  expect(made).toEqual([]);
});

/** A container that the shipper sees among its own only: on this engine there may be others. */
async function container(script: string, ...options: string[]): Promise<string> {
  const id = (await mustRun('docker', ['create', ...options, busyboxImage, 'sh', '-c', script])).trim();
  made.push(id);
  symlinkSync(join(containers, id), join(root, 'containers', id));
  await mustRun('docker', ['start', id]);
  return id;
}

async function remove(id: string): Promise<void> {
  await mustRun('docker', ['wait', id]);
  await mustRun('docker', ['rm', id]);
  made.splice(made.indexOf(id), 1);
}

function shipper(...options: string[]): ChildProcess {
  const args = ['ship', '--containers', join(root, 'containers'), '--to', store.url, '--state', join(root, 'state')];
  const child = spawn(kctl, [...args, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(child);
  return child;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** When it has ended and all that it said has been read. */
function saidBy(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve) => child.once('close', () => resolve(text)));
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = exitOf(child);
  child.kill('SIGTERM');
  await exited;
}

interface Line {
  readonly message: string;
  readonly stream: string;
  readonly kubernetes: { readonly namespace: string; readonly pod: { readonly name: string } };
}

async function stored(): Promise<readonly Line[]> {
  await fetch(`${store.url}/logs-*/_refresh`, { method: 'POST' });
  const response = await fetch(`${store.url}/logs-*/_search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ size: 10_000, sort: [{ '@timestamp': 'asc' }] }),
  });
  const body = (await response.json()) as { hits?: { hits: { _source: Line }[] } };
  return (body.hits?.hits ?? []).map((hit) => hit._source);
}

test('a run that ends ships what Docker’s containers hold, once, named by their labels', async () => {
  const pod = ['io.kubernetes.pod.name=web-1', 'io.kubernetes.pod.namespace=shop', 'io.kubernetes.pod.uid=u-12345678'];
  const id = await container(
    'for n in $(seq 1 500); do echo "line $n"; done; echo oops >&2',
    ...pod.flatMap((label) => ['--label', label]),
    '--log-opt=max-size=10k',
    '--log-opt=max-file=20',
  );
  await mustRun('docker', ['wait', id]);
  const told = shipper('--once');
  expect(await saidBy(told)).toBe('501 documents acknowledged\n');
  expect(told.exitCode).toBe(0);
  const lines = await stored();
  expect(lines.filter(({ stream }) => stream === 'stdout').map(({ message }) => message)).toEqual(
    Array.from({ length: 500 }, (_, n) => `line ${n + 1}`),
  );
  expect(lines.find(({ stream }) => stream === 'stderr')).toMatchObject({
    message: 'oops',
    kubernetes: { namespace: 'shop', pod: { name: 'web-1' } },
  });
  expect(await exitOf(shipper('--once'))).toBe(0);
  expect(await stored()).toHaveLength(501);
});

test('containers that are removed at once, and those of a time when nobody looked, are all shipped', async () => {
  const unseen = await container('echo before');
  await mustRun('docker', ['wait', unseen]);
  const first = shipper();
  await eventually('lines are stored', async () => (await stored()).length === 1);
  const short: string[] = [];
  for (let n = 0; n < 5; n++) {
    const id = await container(`echo short ${n}`);
    short.push(id);
    await remove(id);
  }
  await eventually('lines are stored', async () => (await stored()).length === 6);
  await stop(first);
  await container('echo after; sleep 600');
  shipper();
  const expected = ['after', 'before', ...short.map((_, n) => `short ${n}`)];
  await eventually('all are stored', async () => (await stored()).length === expected.length);
  expect((await stored()).map(({ message }) => message).sort()).toEqual(expected);
});

test('what was removed while the store did not answer is shipped by the next run, from what was held', async () => {
  const { url } = store;
  const id = await container('seq 1 2000; sleep 1', '--log-opt=max-size=20k', '--log-opt=max-file=2');
  await store.stop();
  const first = shipper();
  // A checkpoint is there when the container was seen; its files are held by then.
  await eventually('the container is held', () => existsSync(join(root, 'state/holds', id, 'source.json')));
  await remove(id);
  rmSync(join(root, 'containers', id));
  await stop(first);
  store = await stores.embedded();
  expect(store.url).not.toBe(url);
  expect(await exitOf(shipper('--once'))).toBe(0);
  expect((await stored()).map(({ message }) => Number(message)).sort((a, b) => a - b)).toContain(2000);
});
