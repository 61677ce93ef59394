import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { summary } from './statistics.ts';

const DOCUMENTS = Number(process.env['BENCH_DOCUMENTS'] ?? 300_000);
const BATCH = 2_000;
const STREAM = 'logs-vigil.containers-default';
const startMs = Date.now() - DOCUMENTS;

/** The embedded store: indexing rate, disk and memory, and how long typical searches take, also while documents come in. */
export async function run(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-store-bench-'));
  const port = await freePort();
  const store = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../../log-store/main.ts'),
      '--data-dir',
      dir,
      '--port',
      String(port),
      '--log-level',
      'warn',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  try {
    while (!(await fetch(url).catch(() => undefined))?.ok) await sleep(50);
    const cpuBefore = cpuSecondsOf(store.pid ?? 0);
    const beganMs = performance.now();
    const acks: number[] = [];
    for (let n = 0; n < DOCUMENTS; n += BATCH) {
      const body = bodyOf(n, BATCH);
      const at = performance.now();
      await post(`${url}/${STREAM}/_bulk?filter_path=errors`, body);
      acks.push(performance.now() - at);
    }
    const seconds = (performance.now() - beganMs) / 1_000;
    const cpu = cpuSecondsOf(store.pid ?? 0) - cpuBefore;
    console.log(
      `store: ${Math.round(DOCUMENTS / seconds)} documents/s, ${Math.round(DOCUMENTS / cpu)} per CPU-second, acknowledgement of ${BATCH} ${summary(acks)}`,
    );
    console.log(
      `store: ${(bytesOf(join(dir, 'indices')) / DOCUMENTS).toFixed(0)} bytes a document on disk, RSS ${(rssOf(store.pid ?? 0) / 1e6).toFixed(0)} MB`,
    );
    const minutes = {
      h: {
        date_histogram: { field: '@timestamp', fixed_interval: '1m' },
        aggs: { l: { terms: { field: 'log.level' } } },
      },
    };
    const sort = [{ '@timestamp': 'desc' }, { 'log.offset': 'desc' }];
    const recent = { range: { '@timestamp': { gte: new Date(startMs + DOCUMENTS * 0.9).toISOString() } } };
    await timed(url, 'newest 100', { size: 100, sort });
    await timed(url, 'rare word, newest 100', { size: 100, sort, query: { match: { message: 'needle7' } } });
    await timed(url, 'absent id', { size: 100, sort, query: { match: { message: 'nosuchtrace' } } });
    await timed(url, 'word in the last tenth, by minute', {
      size: 0,
      query: { bool: { filter: [recent, { match: { message: 'request' } }] } },
      aggs: minutes,
    });
    await timed(url, 'histogram of all', { size: 0, aggs: minutes, track_total_hits: true });
    const under: number[] = [];
    const searches = Array.from({ length: 20 }, () =>
      post(
        `${url}/${STREAM}/_search`,
        JSON.stringify({ size: 0, query: { match: { message: 'request' } }, aggs: minutes }),
      ),
    );
    for (let n = 0; n < 10; n++) {
      const at = performance.now();
      await post(`${url}/${STREAM}/_bulk?filter_path=errors`, bodyOf(DOCUMENTS + n * BATCH, BATCH));
      under.push(performance.now() - at);
    }
    await Promise.all(searches);
    console.log(
      `store: acknowledgement of ${BATCH} beside 20 searches of everything ${summary(under)}; RSS ${(rssOf(store.pid ?? 0) / 1e6).toFixed(0)} MB`,
    );
  } finally {
    const exited = new Promise((resolve) => store.once('exit', resolve));
    store.kill('SIGTERM');
    await exited;
    rmSync(dir, { recursive: true, force: true });
  }
}

async function timed(url: string, name: string, body: unknown): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const at = performance.now();
    await post(`${url}/${STREAM}/_search`, JSON.stringify(body));
    times.push(performance.now() - at);
  }
  console.log(`store: ${name} ${summary(times)}`);
}

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const text = await response.text();
  if (!response.ok || text.includes('"errors":true'))
    throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
}

const tail = `,"file":{"path":"/var/lib/docker/containers/0123456789abcdef/0123456789abcdef-json.log"}},"container":{"id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","image":{"name":"demo/hello:1.4.2"}},"kubernetes":{"namespace":"shop","pod":{"name":"hello-5d9c8b7f6-abcde","uid":"7d0c7e5e-0000-4000-8000-000000000000"},"container":{"name":"hello"},"node":{"name":"node-1"},"labels":{"app":"hello","app.kubernetes.io/name":"hello","pod-template-hash":"5d9c8b7f6"},"deployment":{"name":"hello"}},"vigil":{"restart_count":0,"workload":{"kind":"Deployment","name":"hello"}},"orchestrator":{"cluster":{"name":"demo"}},"data_stream":{"type":"logs","dataset":"vigil.containers","namespace":"default"}}\n`;

function bodyOf(from: number, count: number): string {
  let body = '';
  for (let n = from; n < from + count; n++) {
    const level = n % 50 === 0 ? 'error' : 'info';
    const message = `request ${n} GET /api/v1/items/${(n * 7919) % 100_000} status=200 duration_ms=${n % 250} trace=${((n * 2_654_435_761) % 4_294_967_296).toString(16)} user=u${n % 1000} ${n % 10_000 === 7 ? 'needle7' : ''}`;
    body += `{"create":{"_id":"0123456789abcdef-${Math.floor(n / 50_000)}r-${(n * 230).toString(36)}"}}\n{"@timestamp":"${new Date(startMs + n).toISOString().replace('Z', '123456Z')}","stream":"stdout","message":"${message}","log":{"level":"${level}","offset":${n * 230}${tail}`;
  }
  return body;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function bytesOf(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
}

/** User and system time of a process; the clock ticks 100 times a second on Linux. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
