import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { heldBeside } from '../../lib/held-logs.ts';
import { logSource, writeSource } from '../support/logs/docker-log-files.ts';
import { busyboxImage, ensureImages } from '../contract/agent/images.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);
const FINISH_MS = 120_000;
const HIGHEST = 50_000_000;

/** How Docker rotates, down to files that live for milliseconds. */
const rotations = [
  { size: '10m', files: 5 },
  { size: '100k', files: 5 },
  { size: '20k', files: 5 },
] as const;

/** A real container that counts as fast as it can, under the engine's own rotation: numbers that never arrive. */
export async function run(): Promise<void> {
  await ensureImages();
  for (const { size, files } of rotations) await rotate(size, files);
}

async function rotate(size: string, maxFiles: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'vigil-rotation-'));
  const sink = new NumberSink();
  const url = await sink.listen();
  const shipper = startShipper(root, url);
  let id = '';
  try {
    await sleep(1_000);
    id = docker(
      'create',
      '--log-driver=json-file',
      `--log-opt=max-size=${size}`,
      `--log-opt=max-file=${maxFiles}`,
      busyboxImage,
      'sh',
      '-c',
      // Not the first process of the container: that one takes no signals.
      `timeout ${SECONDS} seq 1 ${HIGHEST}; true`,
    );
    const path = docker('inspect', '--format={{.LogPath}}', id);
    // The engine tells the path only when it has started; before, it is known from the container's folder.
    const folder = join(docker('info', '--format={{.DockerRootDir}}'), 'containers', id);
    const source = logSource(id, path === '' ? join(folder, `${id}-json.log`) : path);
    const sources = join(root, 'sources');
    writeSource(sources, source);
    docker('start', id);
    const peak = { held: 0, descriptors: 0, rss: 0 };
    const running = { value: true };
    const watching = watchPeaks(
      shipper.pid ?? 0,
      join(heldBeside(docker('info', '--format={{.DockerRootDir}}'), join(root, 'state')), id),
      peak,
      running,
    );
    await dockerEnds(id);
    const lastNumber = Number(/(\d+)\s*$/.exec(docker('logs', '--tail=2', id).trim())?.[1]);
    docker('rm', id);
    id = '';
    const endMs = performance.now();
    writeSource(sources, { ...source, endedAt: new Date().toISOString() });
    const done = join(sources, `${source.containerId}.done`);
    while (!existsSync(done) && performance.now() - endMs < FINISH_MS) await sleep(50);
    running.value = false;
    await watching;
    const status = JSON.parse(readFileSync(join(root, 'state/status.json'), 'utf8')) as { gaps: number };
    console.log(
      `rotation: max-size=${size} max-file=${maxFiles}: ${sink.highest} lines in ${SECONDS} s (the engine's last is ${lastNumber}), missing ${sink.missing}, twice ${sink.duplicates}, gaps told ${status.gaps}; done ${((performance.now() - endMs) / 1_000).toFixed(1)} s after the end; most held ${peak.held} files, ${peak.descriptors} descriptors, ${(peak.rss / 1e6).toFixed(0)} MB; ${cpuSecondsOf(shipper.pid ?? 0)} CPU-s`,
    );
  } finally {
    if (id !== '') docker('rm', '--force', id);
    await stop(shipper);
    await sink.close();
    rmSync(heldBeside(docker('info', '--format={{.DockerRootDir}}'), join(root, 'state')), {
      recursive: true,
      force: true,
    });
    rmSync(root, { recursive: true, force: true });
  }
}

/** Takes bulk bodies and notes the number that each message is. */
class NumberSink {
  readonly #seen = new Uint8Array(HIGHEST + 1);
  readonly #server: Server;
  highest = 0;
  duplicates = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        if (request.url?.startsWith('/_bulk')) {
          this.#take(Buffer.concat(chunks));
          response.end('{"errors":false}');
        } else response.end('{"acknowledged":true,"version":{"number":"9.0.0"}}');
      });
    });
  }

  get missing(): number {
    let missing = 0;
    for (let n = 1; n <= this.highest; n++) if (this.#seen[n] === 0) missing++;
    return missing;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #take(body: Buffer): void {
    const key = Buffer.from('"message":"');
    for (let at = body.indexOf(key); at >= 0; at = body.indexOf(key, at)) {
      at += key.length;
      let number = 0;
      for (let byte = body[at] ?? 0; byte >= 48 && byte <= 57; byte = body[++at] ?? 0) number = number * 10 + byte - 48;
      if (this.#seen[number] === 1) this.duplicates++;
      this.#seen[number] = 1;
      // The last line of a killed container is torn; its number may be any.
      if (number === this.highest + 1 || this.#seen[number - 1] === 1) this.highest = Math.max(this.highest, number);
    }
  }
}

async function watchPeaks(
  pid: number,
  holds: string,
  peak: { held: number; descriptors: number; rss: number },
  running: { readonly value: boolean },
): Promise<void> {
  while (running.value) {
    peak.held = Math.max(peak.held, countOf(holds));
    peak.descriptors = Math.max(peak.descriptors, countOf(`/proc/${pid}/fd`));
    peak.rss = Math.max(peak.rss, rssOf(pid));
    await sleep(50);
  }
}

function countOf(dir: string): number {
  try {
    return readdirSync(dir).length;
  } catch {
    return 0;
  }
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
}

/** User and system time of a process; the clock ticks 100 times a second on Linux. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).trim();
}

/** The sink must answer meanwhile. */
async function dockerEnds(id: string): Promise<void> {
  await promisify(execFile)('docker', ['wait', id]);
}

function startShipper(root: string, url: string): ChildProcess {
  for (const part of ['records', 'sources']) mkdirSync(join(root, part), { recursive: true });
  const config = join(root, 'shipper.json');
  writeFileSync(
    config,
    JSON.stringify({
      clusterName: 'bench',
      sourcesDirs: [join(root, 'sources')],
      recordsDirs: [join(root, 'records')],
      stateDir: join(root, 'state'),
      outputs: [{ name: 'sink', kind: 'elasticsearch', url }],
      logLevel: 'warn',
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
