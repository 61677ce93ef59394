import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { ControlPlaneProcess } from '../contract/apiserver/control-plane-process.ts';

/*
 * Requests a second that the API alone (no scheduler, no controllers) takes over TLS on 20 connections, with the SQLite store on this machine's disk.
 * The client is as lean as it can be, since it runs on the same cores; CPU time of the server is what to compare between runs.
 */

const CONNECTIONS = 20;
/** A slow machine stops earlier than the count. */
const MAX_SECONDS = 20;
const LISTED = 500;

interface Load {
  readonly name: string;
  readonly count: number;
  readonly requestOf: (index: number) => Buffer;
}

export async function run(): Promise<void> {
  const cluster = await ControlPlaneProcess.create('sqlite');
  const server = spawn(
    process.execPath,
    [join(import.meta.dirname, 'api-server.ts'), join(cluster.dir, 'config.json')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const port = await portOf(server);
    const identity = await cluster.identity('admin');
    const open = () => connectTo(port, { ca: cluster.ca.cert, ...identity });
    const loads: Load[] = [
      {
        name: 'POST pods',
        count: 10_000,
        requestOf: (index) => request('POST', '/api/v1/namespaces/default/pods', podBody(index)),
      },
      { name: 'GET pod', count: 40_000, requestOf: () => request('GET', '/api/v1/namespaces/default/pods/pod-1') },
      {
        name: `LIST ${LISTED} pods`,
        count: 500,
        requestOf: () => request('GET', `/api/v1/namespaces/default/pods?limit=${LISTED}`),
      },
      {
        name: 'PATCH pod status',
        count: 5_000,
        requestOf: (index) =>
          request(
            'PATCH',
            `/api/v1/namespaces/default/pods/pod-${index % 1000}/status`,
            JSON.stringify({ status: { message: String(index) } }),
            'application/merge-patch+json',
          ),
      },
    ];
    for (const load of loads) {
      const before = cpuSeconds(server.pid);
      const { count, failed, elapsedMs, latencies } = await hammer(load, open);
      const cpu = cpuSeconds(server.pid) - before;
      latencies.sort((a, b) => a - b);
      const at = (share: number) => (latencies[Math.floor(share * latencies.length)] ?? 0).toFixed(1);
      const perSecond = Math.round((count * 1000) / elapsedMs);
      console.log(
        `${load.name.padEnd(18)} ${String(perSecond).padStart(6)}/s   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   ${((cpu * 1e6) / count).toFixed(0)} CPU-µs each   ${failed} failed`,
      );
    }
    console.log(`server RSS ${rssMegabytes(server.pid)} MB`);
  } finally {
    server.kill();
    await cluster.remove();
  }
}

function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    server.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(Number(text)));
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

function podBody(index: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, labels: { app: 'bench', shard: String(index % 10) } },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'demo:1',
          env: [{ name: 'A', value: 'b' }],
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          livenessProbe: { httpGet: { path: '/healthz', port: 80 } },
        },
      ],
    },
  });
}

function request(method: string, path: string, body = '', contentType = 'application/json'): Buffer {
  const content = body === '' ? '' : `content-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: bench\r\nuser-agent: bench\r\naccept: application/json\r\n${content}\r\n${body}`,
  );
}

function connectTo(port: number, tls: { ca: string; cert: string; key: string }): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ...tls }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

async function hammer(load: Load, open: () => Promise<TLSSocket>) {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, open));
  const latencies: number[] = [];
  let next = 0;
  let failed = 0;
  const startMs = performance.now();
  const endMs = startMs + MAX_SECONDS * 1000;
  await Promise.all(
    sockets.map(async (socket) => {
      const answers = new Answers(socket);
      while (next < load.count && performance.now() < endMs) {
        const sentMs = performance.now();
        socket.write(load.requestOf(next++));
        const status = await answers.next();
        if (status >= 300) failed++;
        latencies.push(performance.now() - sentMs);
      }
      socket.destroy();
    }),
  );
  return { count: latencies.length, failed, elapsedMs: performance.now() - startMs, latencies };
}

/** Reads answers that have a content-length, one after the other, and gives their status. */
class Answers {
  #rest: Buffer = Buffer.alloc(0);
  #missing = 0;
  #status = 0;
  #resolve: (status: number) => void = () => {};

  constructor(socket: TLSSocket) {
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  #take(chunk: Buffer): void {
    if (this.#missing > 0) {
      this.#missing -= chunk.length;
    } else {
      this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#rest.toString('latin1', 0, end);
      this.#status = Number(head.slice(9, 12));
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      this.#missing = end + 4 + length - this.#rest.length;
      this.#rest = Buffer.alloc(0);
    }
    if (this.#missing <= 0) {
      this.#missing = 0;
      this.#resolve(this.#status);
    }
  }
}

/** User and system time of a process; Linux counts in hundredths of a second. */
function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function rssMegabytes(pid: number | undefined): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(match?.[1] ?? 0) / 1024);
}
