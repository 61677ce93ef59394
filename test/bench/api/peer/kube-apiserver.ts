import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlaneProcess } from '../../../contract/apiserver/control-plane-process.ts';
import { freePort } from '../../../servers/search-server.ts';
import { eventually } from '../../../support/eventually.ts';
import { mustRun } from '../../../support/run-program.ts';
import { usageOf, type ProcessUsage } from '../../process-usage.ts';
import type { ServerAddress } from '../client-protocol.ts';

const target = join(import.meta.dirname, 'target');
/** Upstream's server is half a million lines to compile. */
const BUILD_TIMEOUT_MS = 3_600_000;
const START_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 10;
const SERVICE_ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

const programs = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
} as const;

/** Builds the programs that `go.mod` names, through the Go proxy. Go keeps what it compiled before. */
export async function buildPeer(): Promise<void> {
  for (const [name, path] of Object.entries(programs)) {
    await mustRun('go', ['build', '-ldflags=-s -w', '-o', join(target, name), path], {
      cwd: import.meta.dirname,
      env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
      timeoutMs: BUILD_TIMEOUT_MS,
    });
  }
}

/** A real kube-apiserver with an etcd of its own: TLS, client certificates, RBAC, its usual admission, and a disk that is waited for. */
export class KubeApiServer {
  readonly #pki: ControlPlaneProcess;
  readonly #data: string;
  readonly #children: ChildProcess[] = [];

  private constructor(pki: ControlPlaneProcess, data: string) {
    this.#pki = pki;
    this.#data = data;
  }

  /** Not yet started. */
  static async create(): Promise<KubeApiServer> {
    return new KubeApiServer(await ControlPlaneProcess.create('memory'), await mkdtemp(join(tmpdir(), 'vigil-peer-')));
  }

  /** Resolves when `/readyz` has answered 200: milliseconds since both processes were started. */
  async start(): Promise<{ readonly address: ServerAddress; readonly readyMs: number }> {
    const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
    const etcd = `http://127.0.0.1:${client}`;
    const identity = await this.#pki.identity('admin');
    const address = { port, ca: this.#pki.ca.cert, ...identity };
    const startMs = performance.now();
    this.#spawn('etcd', [
      `--data-dir=${join(this.#data, 'etcd')}`,
      '--log-level=error',
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
    ]);
    const pki = (file: string) => join(this.#pki.dir, 'pki', file);
    this.#spawn('kube-apiserver', [
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      `--etcd-servers=${etcd}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--tls-cert-file=${pki('serving.crt')}`,
      `--tls-private-key-file=${pki('serving.key')}`,
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${pki('serving.crt')}`,
      `--service-account-signing-key-file=${pki('serving.key')}`,
      `--cert-dir=${this.#data}`,
    ]);
    while ((await statusOf(address, 'GET', '/readyz')) !== 200) {
      if (performance.now() - startMs > START_TIMEOUT_MS) throw new Error('kube-apiserver is not ready');
      await delay(LOOK_EVERY_MS);
    }
    const readyMs = performance.now() - startMs;
    // No controller runs here that would make it, and no pod is admitted without.
    const account = JSON.stringify({ metadata: { name: 'default' } });
    await eventually(
      'the namespace "default" has its service account',
      async () => [201, 409].includes(await statusOf(address, 'POST', SERVICE_ACCOUNTS, account)),
      START_TIMEOUT_MS,
    );
    return { address, readyMs };
  }

  /** Both processes together. */
  usage(): ProcessUsage {
    const each = this.#children.map((child) => usageOf(child.pid ?? 0));
    const sum = (figure: (usage: ProcessUsage) => number) => each.reduce((total, usage) => total + figure(usage), 0);
    return {
      cpuSeconds: sum((usage) => usage.cpuSeconds),
      rssBytes: sum((usage) => usage.rssBytes),
      peakRssBytes: sum((usage) => usage.peakRssBytes),
    };
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await this.#pki.remove();
    await rm(this.#data, { recursive: true, force: true });
  }

  #spawn(name: keyof typeof programs, args: readonly string[]): void {
    this.#children.push(spawn(join(target, name), args, { stdio: 'ignore', cwd: this.#data }));
  }
}

/** The status of an answer; 0 where there is none. */
function statusOf({ port, ca, cert, key }: ServerAddress, method: string, path: string, body = ''): Promise<number> {
  return new Promise((resolve) => {
    const headers = body === '' ? {} : { 'content-type': 'application/json' };
    request({ host: '127.0.0.1', port, path, method, ca, cert, key, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', () => resolve(0))
      .end(body);
  });
}
