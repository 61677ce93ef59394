import { spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BulkServer } from '../support/logs/bulk-server.ts';
import { containerId, dockerEntry, DockerLogFiles, logSource, writeSource } from '../support/logs/docker-log-files.ts';
import { summary } from './statistics.ts';

const LINES = Number(process.env['BENCH_LINES'] ?? 2_000_000);
const CONTAINERS = 10;
const LATENCY_LINES = 300;

/** Throughput of the shipper over ready json-file logs into a sink that only counts, and latency of single lines at 100 lines/s. */
export async function run(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'vigil-ship-'));
  try {
    await throughput(root);
    await latency(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function throughput(root: string): Promise<void> {
  const bytes = writeLogs(join(root, 'containers'), join(root, 'sources'));
  console.log(`${LINES} lines, ${(bytes / 1e6).toFixed(0)} MB in ${CONTAINERS} json-file logs`);
  const server = new BulkServer({ remembers: false });
  const url = await server.listen();
  const shipper = startShipper(root, url);
  const startMs = performance.now();
  let peakRss = 0;
  while (server.items < LINES) {
    await sleep(20);
    peakRss = Math.max(peakRss, rssOf(shipper.pid ?? 0));
    if (shipper.exitCode !== null || performance.now() - startMs > 300_000)
      throw new Error('the shipper did not finish');
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const cpu = cpuSecondsOf(shipper.pid ?? 0);
  await stop(shipper);
  await server.close();
  console.log(
    `ship: ${Math.round(LINES / seconds)} lines/s, ${((cpu / LINES) * 1e6).toFixed(2)} CPU-s per million lines, peak RSS ${(peakRss / 1e6).toFixed(0)} MB, ${(server.bytes / server.items).toFixed(0)} bytes a document (process start included)`,
  );
}

async function latency(root: string): Promise<void> {
  const server = new BulkServer();
  const url = await server.listen();
  const arrivals = new Map<number, number>();
  server.onItem = (_id, document) => {
    const number = /line (\d+)"/.exec(document)?.[1];
    if (number) arrivals.set(Number(number), performance.now());
  };
  const dir = join(root, 'latency');
  const files = new DockerLogFiles(join(dir, 'containers'), containerId(99));
  writeFileSync(files.path, '');
  writeSource(join(dir, 'sources'), logSource(files.containerId, files.path));
  const shipper = startShipper(dir, url);
  await sleep(1_500);
  const sent: number[] = [];
  for (let n = 0; n < LATENCY_LINES; n++) {
    sent.push(performance.now());
    appendFileSync(files.path, dockerEntry(`line ${n}\n`, BigInt(Date.now()) * 1_000_000n));
    await sleep(10);
  }
  while (arrivals.size < LATENCY_LINES) await sleep(10);
  const delays = sent.map((at, n) => (arrivals.get(n) ?? Infinity) - at);
  const found: number[] = [];
  for (let n = 0; n < 20; n++) {
    const fresh = new DockerLogFiles(join(dir, 'containers'), containerId(200 + n));
    const at = performance.now();
    fresh.append(dockerEntry(`line ${10_000 + n}\n`, BigInt(Date.now()) * 1_000_000n));
    writeSource(join(dir, 'sources'), logSource(fresh.containerId, fresh.path));
    while (!arrivals.has(10_000 + n)) await sleep(1);
    found.push((arrivals.get(10_000 + n) ?? Infinity) - at);
  }
  await stop(shipper);
  await server.close();
  console.log(`ship: line → store at 100 lines/s ${summary(delays)}; new container found ${summary(found)}`);
}

function writeLogs(containers: string, sources: string): number {
  let bytes = 0;
  for (let c = 0; c < CONTAINERS; c++) {
    const files = new DockerLogFiles(containers, containerId(c));
    const fd = openSync(files.path, 'w');
    const each = LINES / CONTAINERS;
    let text = '';
    const startNs = 1_795_000_000_000_000_000n;
    for (let n = 0; n < each; n++) {
      text += dockerEntry(
        `2026-11-18T10:${String(n % 60).padStart(2, '0')}:00.000Z ${n % 50 === 0 ? 'ERROR' : 'INFO'} request ${n} GET /api/v1/items/${(n * 7919) % 100_000} status=200 duration_ms=${n % 250} trace=${(n * 2_654_435_761) % 4_294_967_296} user="u${n % 1000}" upstream=10.1.${n % 255}.7 bytes=${n % 65_536}\n`,
        startNs + BigInt(n) * 1_000_003n,
        n % 20 === 0 ? 'stderr' : 'stdout',
      );
      if (text.length > 1_000_000 || n === each - 1) {
        bytes += writeSync(fd, text);
        text = '';
      }
    }
    closeSync(fd);
    writeSource(sources, logSource(files.containerId, files.path));
  }
  return bytes;
}

function startShipper(root: string, url: string): ChildProcess {
  mkdirSync(join(root, 'records'), { recursive: true });
  const config = join(root, 'shipper.json');
  writeFileSync(
    config,
    JSON.stringify({
      clusterName: 'bench',
      sourcesDirs: [join(root, 'sources')],
      recordsDirs: [join(root, 'records')],
      stateDir: join(root, 'state'),
      output: { kind: 'elasticsearch', url },
    }),
  );
  return spawn(process.execPath, [join(import.meta.dirname, '../../log-shipper/main.ts'), '--config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function stop(shipper: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => shipper.once('exit', resolve));
  shipper.kill('SIGTERM');
  await exited;
}

function rssOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** User and system time of a process; the clock ticks 100 times a second on Linux. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
