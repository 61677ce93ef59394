import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import type { LogShipperConfig, OutputConfig } from '../../../lib/config/log-shipper.ts';
import { silentLog } from '../../../lib/log.ts';
import { Shipper } from '../../../log-shipper/shipper.ts';
import { createSink } from '../../../log-shipper/sinks/create-sink.ts';
import { LogStore } from '../../../log-store/log-store.ts';
import { eventually } from '../../support/eventually.ts';
import { BulkServer, type BulkBehaviour } from '../../support/logs/bulk-server.ts';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  logSource,
  writeSource,
} from '../../support/logs/docker-log-files.ts';
import { KilledAgainAndAgain } from '../../support/logs/loss/killed-again-and-again.ts';
import { writeLines, type LinePlan } from '../../support/logs/loss/line-files.ts';
import { LossCounter, type LossCount } from '../../support/logs/loss/loss-count.ts';
import { shipperFolders } from '../../support/logs/shipper-folders.ts';

const LINES = 20_000;
const id = containerId(1);
const clock = new SystemClock();

let root: string;
const ends: (() => Promise<unknown> | void)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigil-outputs-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(root, { recursive: true, force: true });
});

async function server(): Promise<{ readonly server: BulkServer; readonly url: string }> {
  const running = new BulkServer();
  const url = await running.listen();
  ends.push(() => running.close());
  return { server: running, url };
}

/** A container that has ended, and a closed spool file. */
function writeLogs(lines = LINES): void {
  const files = new DockerLogFiles(join(root, 'containers'), id);
  const startNs = 1_795_000_000_000_000_001n;
  files.append(Array.from({ length: lines }, (_, n) => dockerEntry(`line ${n}\n`, startNs + BigInt(n))).join(''));
  writeSource(join(root, 'sources'), logSource(id, files.path, { endedAt: '2026-11-29T08:00:00Z' }));
  writeFileSync(join(root, 'records/events-1-a0.ndjson'), '{"@timestamp":"2026-11-29T08:00:00Z","message":"record"}\n');
}

async function start(outputs: readonly OutputConfig[]): Promise<Shipper> {
  const deps = { clusterName: 'demo', clock, log: silentLog, random: () => 0.5, outputEnded: () => undefined };
  const shipper = new Shipper({
    config: shipperFolders(root),
    outputs: outputs.map((output) => ({
      name: output.name,
      required: output.required ?? true,
      sink: createSink(output, deps),
    })),
    clock,
    log: silentLog,
  });
  ends.push(() => shipper.stop(AbortSignal.timeout(5_000)));
  await shipper.start();
  return shipper;
}

const isDone = () => existsSync(join(root, `sources/${id}.done`));
const spooled = () => readdirSync(join(root, 'records'));
const store = (name: string, url: string, required = true): OutputConfig => ({
  name,
  kind: 'elasticsearch',
  url,
  required,
});

test('an output that is away does not delay the other; files stay until both have everything', async () => {
  const [up, down] = [await server(), await server()];
  down.server.behaviour = () => ({ status: 503 });
  const shipper = await start([store('up', up.url), store('down', down.url)]);
  writeLogs();
  await eventually('the first output has everything', () => up.server.ids.size === LINES + 1);
  expect(down.server.ids.size).toBe(0);
  expect([isDone(), spooled()]).toEqual([false, ['events-1-a0.ndjson']]);
  expect(shipper.figures().outputs.map(({ name, lastError }) => [name, lastError])).toEqual([
    ['up', undefined],
    ['down', 'status 503: asked to fail'],
  ]);
  down.server.behaviour = () => 'ok';
  await eventually('the second output has everything', () => down.server.ids.size === LINES + 1);
  await eventually('files may go', () => isDone() && spooled().length === 0);
  expect([up.server.duplicates, down.server.duplicates]).toEqual([0, 0]);
});

test('an output that is not required keeps no file', async () => {
  const [up, down] = [await server(), await server()];
  down.server.behaviour = () => ({ status: 503 });
  await start([store('up', up.url), store('down', down.url, false)]);
  writeLogs(100);
  await eventually('files may go', () => isDone() && spooled().length === 0);
  down.server.behaviour = () => 'ok';
  await eventually('the other reads on all the same', () => down.server.ids.size === 101);
});

test('each output goes on from where it was itself', async () => {
  const [first, second] = [await server(), await server()];
  second.server.behaviour = () => ({ status: 503 });
  const outputs = [store('first', first.url), store('second', second.url)];
  const one = await start(outputs);
  writeLogs();
  await eventually('the first output has everything', () => first.server.ids.size === LINES + 1 && first);
  await eventually('its checkpoint says so', () =>
    readFileSync(join(root, 'state/outputs/first/checkpoints.json'), 'utf8').includes(id),
  );
  await one.stop(AbortSignal.timeout(100));
  second.server.behaviour = () => 'ok';
  await start(outputs);
  await eventually('files may go', () => isDone() && spooled().length === 0);
  expect([first.server.duplicates, second.server.ids.size]).toEqual([0, LINES + 1]);
});

test('checkpoints of the version with one output are taken over', async () => {
  const only = await server();
  const { stateDir } = shipperFolders(root);
  writeLogs();
  const one = await start([store('store', only.url)]);
  await eventually('everything is stored', () => only.server.ids.size === LINES + 1 && one.idle);
  await one.stop(AbortSignal.timeout(5_000));
  rmSync(join(root, `sources/${id}.done`));
  writeFileSync(join(stateDir, 'checkpoints.json'), readFileSync(join(stateDir, 'outputs/store/checkpoints.json')));
  rmSync(join(stateDir, 'outputs'), { recursive: true });
  await start([store('store', only.url)]);
  await eventually('the container is known to be shipped', isDone);
  expect(only.server.duplicates).toBe(0);
});

test('a document that is too large for the server becomes a short dead letter, and the rest passes', async () => {
  const only = await server();
  only.server.behaviour = () => ({ status: 413, aboveBytes: 80_000 });
  const shipper = await start([store('store', only.url)]);
  const files = new DockerLogFiles(join(root, 'containers'), id);
  const lines = Array.from({ length: 600 }, (_, n) => (n === 300 ? 'x'.repeat(100_000) : `line ${n}`));
  files.append(lines.map((line, n) => dockerEntry(`${line}\n`, 1_795_000_000_000_000_001n + BigInt(n))).join(''));
  writeSource(join(root, 'sources'), logSource(id, files.path, { endedAt: '2026-11-29T08:00:00Z' }));
  await eventually('the container is shipped', isDone);
  expect(shipper.figures().outputs[0]?.counters).toMatchObject({ acknowledged: 599, refused: 1, deadLettersLost: 0 });
  const letters = [...only.server.ids.values()].filter((document) => document.includes('"vigil.deadletters"'));
  expect(letters).toHaveLength(1);
  expect(JSON.parse(letters[0] ?? '')).toMatchObject({
    error: { code: '413' },
    vigil: { deadletter: { index: 'logs-vigil.containers-default' } },
  });
  expect(only.server.ids.size).toBe(600);
});

test('with the wrong key the status says so and names the file; with the right one everything is stored', async () => {
  const [key, dataDir] = [join(root, 'key'), join(root, 'data')];
  writeFileSync(key, 'right');
  const retention = { maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: Number.MAX_SAFE_INTEGER };
  const config = { dataDir, host: '127.0.0.1', port: 0, apiKeyFile: key, retention };
  const logStore = new LogStore(config, clock, silentLog);
  await logStore.start(new AbortController().signal);
  ends.push(() => logStore.stop(AbortSignal.timeout(5_000)));
  const shown = join(root, 'shown-key');
  writeFileSync(shown, 'wrong');
  const url = `http://127.0.0.1:${logStore.port}`;
  const shipper = await start([{ name: 'store', kind: 'elasticsearch', url, apiKeyFile: shown, compression: 'zstd' }]);
  writeLogs();
  const lastError = () => shipper.figures().outputs[0]?.lastError;
  await eventually('the output is known to fail', () => lastError() !== undefined);
  expect(lastError()).toMatch(/status 401/);
  expect(lastError()).toContain(`apiKeyFile ${shown}`);
  writeFileSync(shown, 'right\n');
  await eventually('files may go', () => isDone() && spooled().length === 0);
  expect(lastError()).toBeUndefined();
  const answer = await fetch(`${url}/logs-vigil.*/_count`, { headers: { authorization: 'ApiKey right' } });
  expect(await answer.json()).toMatchObject({ count: LINES + 1 });
});

function startProcess(outputs: readonly OutputConfig[]): ChildProcess {
  const file = join(root, 'config.json');
  writeFileSync(
    file,
    JSON.stringify({ ...shipperFolders(root), outputs, logLevel: 'error' } satisfies LogShipperConfig),
  );
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../log-shipper/main.ts'), '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = exitOf(child);
  ends.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  return child;
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
/** When it has ended and all that it said has been read. */
const closeOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));

test('a pipe that nobody reads keeps neither the other output nor the end waiting', async () => {
  const up = await server();
  shipperFolders(root);
  writeLogs();
  const child = startProcess([store('store', up.url), { name: 'pipe', kind: 'stdout', required: false }]);
  await eventually('the store has everything', () => up.server.ids.size === LINES + 1);
  await eventually('files may go', isDone);
  const exited = exitOf(child);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('standard output gets every document once, each with its id', async () => {
  shipperFolders(root);
  writeLogs();
  const child = startProcess([{ name: 'pipe', kind: 'stdout' }]);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await eventually('files may go', () => isDone() && spooled().length === 0);
  const closed = closeOf(child);
  child.kill('SIGTERM');
  expect(await closed).toBe(0);
  const documents = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { _id: string; message: string });
  expect(new Set(documents.map((document) => document._id)).size).toBe(LINES + 1);
  const lines = documents.map((document) => document.message).filter((message) => message !== 'record');
  expect(lines).toEqual(Array.from({ length: LINES }, (_, n) => `line ${n}`));
});

test('when its only output is a pipe whose reader went, the shipper ends', async () => {
  shipperFolders(root);
  writeLogs();
  const child = startProcess([{ name: 'pipe', kind: 'stdout' }]);
  const exited = exitOf(child);
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await exited).toBe(0);
  expect(isDone()).toBe(false);
});

/** Lines that a server has, each container's in the order of their positions. */
function countAt(bulk: BulkServer, plan: LinePlan): LossCount {
  const counter = new LossCounter();
  const sortable = (documentId: string): string => {
    const [container = '', rotation = '', offset = ''] = documentId.split('-');
    return `${container} ${rotation.padStart(16, '0')} ${offset.padStart(12, '0')}`;
  };
  const inOrder = [...bulk.ids].sort(([a], [b]) => (sortable(a) < sortable(b) ? -1 : 1));
  for (const [, text] of inOrder) {
    const { message, stream } = JSON.parse(text) as { message: string; stream: string };
    counter.add(message, stream);
  }
  return counter.result(Array.from({ length: plan.writers }, () => ({ lines: plan.linesEach })));
}

test('neither output loses, doubles or reorders anything while both fail in their own way and the shipper is killed', async () => {
  const [first, second] = [await server(), await server()];
  const ways: readonly BulkBehaviour[] = ['ok', { status: 503 }, { halfFailed: 2 }, 'closes', 'stores-then-closes'];
  first.server.behaviour = () => ways[first.server.requests % ways.length] ?? 'ok';
  second.server.behaviour = () => (second.server.requests % 3 === 0 ? 'ok' : { status: 429 });
  const plan = { root, writers: 5, linesEach: 1_000, rotateEvery: 150, durationMs: 4_000, keptFiles: 20 };
  shipperFolders(root);
  const shipper = new KilledAgainAndAgain(
    () => startProcess([store('first', first.url), store('second', second.url)]),
    900,
  );
  ends.push(() => shipper.end());
  shipper.begin();
  await writeLines(plan);
  await eventually('it was killed more than once', () => shipper.kills > 1);
  await shipper.calm();
  const marks = Array.from({ length: plan.writers }, (_, w) => join(root, `sources/${containerId(w)}.done`));
  await eventually('every container is marked as shipped', () => marks.every(existsSync), 60_000);
  const clean = { expected: 5_000, missing: 0, twice: 0, split: 0, misordered: 0 };
  expect([countAt(first.server, plan), countAt(second.server, plan)]).toEqual([clean, clean]);
});
