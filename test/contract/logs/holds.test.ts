import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import type { HoldsConfig } from '../../../lib/config/log-shipper.ts';
import { silentLog } from '../../../lib/log.ts';
import { renderMetrics } from '../../../log-shipper/metrics.ts';
import { Shipper } from '../../../log-shipper/shipper.ts';
import { createSink } from '../../../log-shipper/sinks/create-sink.ts';
import { BulkServer } from '../../support/logs/bulk-server.ts';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  logSource,
  writeSource,
} from '../../support/logs/docker-log-files.ts';
import { eventually } from '../../support/eventually.ts';

/** The shipper with its holding thread, against a store that can be made to refuse. */

const clock = new SystemClock();
const startNs = 1_795_000_000_000_000_000n;

let root: string;
let store: BulkServer;
let url: string;
let shipper: Shipper;
let files: DockerLogFiles;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'vigil-holds-'));
  for (const part of ['sources', 'state']) mkdirSync(join(root, part));
  store = new BulkServer();
  url = await store.listen();
  files = new DockerLogFiles(join(root, 'containers'), containerId(1), 2);
  files.append(line(0));
});

afterEach(async () => {
  await shipper.stop(AbortSignal.abort());
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

function line(n: number): string {
  return dockerEntry(`line ${n} ${'x'.repeat(1_000)}\n`, startNs + BigInt(n));
}

async function start(holds: HoldsConfig = {}, containersDirs: readonly string[] = []): Promise<void> {
  const config = {
    containersDirs,

    clusterName: 'demo',
    sourcesDirs: [join(root, 'sources')],
    recordsDirs: [],
    stateDir: join(root, 'state'),
  };
  const options = { clusterName: 'demo', clock, log: silentLog, random: () => 0, outputEnded: () => undefined };
  const sink = createSink({ name: 'store', kind: 'elasticsearch', url }, options);
  shipper = new Shipper({
    config: { ...config, holds },
    outputs: [{ name: 'store', required: true, sink }],
    clock,
    log: silentLog,
  });
  await shipper.start();
}

const figures = () => shipper.figures().outputs[0]?.counters;
const stored = () =>
  [...store.ids.values()].map((document) => Number(/line (\d+)/.exec(document)?.[1])).sort((a, b) => a - b);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const linksOf = () => {
  const dir = join(root, 'state/holds', files.containerId);
  return existsSync(dir) ? readdirSync(dir).filter((name) => /^\d{12}-/.test(name)) : [];
};

const newestLink = () => linksOf().toSorted().at(-1) ?? '';

/** Each file is seen before the next one comes, as an engine's would be unless it rotates within milliseconds. */
async function rotateAndDelete(count: number): Promise<void> {
  for (let n = 1; n < count; n++) {
    const before = newestLink();
    files.rotate();
    files.append(line(n));
    await eventually('the file is held', () => newestLink() > before);
  }
}

test('files that were rotated away while the store refused are shipped when it takes them, and let go', async () => {
  store.behaviour = () => ({ status: 503 });
  await start();
  writeSource(join(root, 'sources'), logSource(files.containerId, files.path));
  await eventually('the log is held', () => linksOf().length === 1);
  await rotateAndDelete(20);
  expect(readdirSync(files.dir)).toHaveLength(2);
  store.behaviour = () => 'ok';
  await eventually('all lines are stored', () => store.ids.size === 20);
  expect(stored()).toEqual(numbers(20));
  await eventually('only the file that is written is held', () => linksOf().length === 1);
  expect(figures()).toMatchObject({ lostLines: 0, gaps: 0 });
});

test('a run that was stopped finds what it held, also of a container that is gone', async () => {
  store.behaviour = () => ({ status: 503 });
  await start();
  writeSource(join(root, 'sources'), logSource(files.containerId, files.path));
  await eventually('the log is held', () => linksOf().length === 1);
  await rotateAndDelete(5);
  await shipper.stop(AbortSignal.abort());
  files.remove();
  rmSync(join(root, 'sources', `${files.containerId}.json`));
  store.behaviour = () => 'ok';
  await start();
  await eventually('all lines are stored', () => store.ids.size === 5);
  expect(stored()).toEqual(numbers(5));
  await eventually('nothing is left', () => !existsSync(join(root, 'state/holds', files.containerId)));
  expect(store.duplicates).toBe(0);
});

test('a container whose files are held is marked so, for whoever would remove it', async () => {
  store.behaviour = () => ({ status: 503 });
  await start();
  const source = logSource(files.containerId, files.path);
  writeSource(join(root, 'sources'), source);
  await eventually('the log is held', () => linksOf().length === 1);
  expect(existsSync(join(root, 'sources', `${files.containerId}.held`))).toBe(false);
  writeSource(join(root, 'sources'), { ...source, endedAt: '2026-11-29T08:00:00Z' });
  await eventually('it is marked', () => existsSync(join(root, 'sources', `${files.containerId}.held`)));
  expect(existsSync(join(root, 'sources', `${files.containerId}.done`))).toBe(false);
  store.behaviour = () => 'ok';
  await eventually('it is done', () => existsSync(join(root, 'sources', `${files.containerId}.done`)));
});

test('beyond the bound the oldest files go, and their lines are counted where people and alerts look', async () => {
  store.behaviour = () => ({ status: 503 });
  // A file has about 1.1 kB; some are in batches under way and not lost.
  await start({ maxBytes: 5_000 });
  writeSource(join(root, 'sources'), logSource(files.containerId, files.path));
  await eventually('the log is held', () => linksOf().length === 1);
  await rotateAndDelete(40);
  await eventually('files were given up', () => linksOf().length <= 8);
  store.behaviour = () => 'ok';
  const lost = () => figures()?.lostLines ?? 0;
  await eventually('every line is stored or counted', () => store.ids.size + lost() >= 40);
  expect(store.ids.size + lost()).toBe(40);
  expect(figures()?.lostBytes).toBeGreaterThanOrEqual(lost() * 1_000);
  expect(renderMetrics(shipper.figures())).toContain(`vigil_log_shipper_lines_lost_total{output="store"} ${lost()}`);
  await shipper.stop(AbortSignal.timeout(5_000));
  expect(JSON.parse(readFileSync(join(root, 'state/status.json'), 'utf8'))).toMatchObject({ lostLines: lost() });
});

test('a log that is there for 50 ms in a folder that nobody announces is shipped', async () => {
  const dir = join(root, 'found');
  mkdirSync(dir);
  await start({}, [dir]);
  for (let n = 0; n < 10; n++) {
    const path = join(dir, `short-${n}.log`);
    writeFileSync(path, line(n));
    await clock.sleep(50);
    // The shipper is in this process: what the system has told meanwhile is heard first, however late that timer was.
    await new Promise((resolve) => setImmediate(resolve));
    rmSync(path);
  }
  await eventually('all are stored', () => store.ids.size === 10);
  expect(stored()).toEqual(numbers(10));
});
