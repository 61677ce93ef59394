import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:https';
import { join } from 'node:path';
import { controlPlaneCommand, launchEnvironment } from '../../../cli/cluster/process-plans.ts';
import { ControlPlaneProcess } from '../../contract/apiserver/control-plane-process.ts';
import { usageOf, type ProcessUsage } from '../process-usage.ts';
import type { ServerAddress } from './client-protocol.ts';

const root = join(import.meta.dirname, '../../..');
const START_TIMEOUT_MS = 60_000;

/** A busy machine cannot renew a thousand leases every second: `BENCH_PROFILE=kubernetes` renews them every ten, as upstream does. */
export const benchProfile = process.env['BENCH_PROFILE'] === 'kubernetes' ? 'kubernetes' : 'vigil';

/** The whole control plane, or the API server and its store alone, as kube-apiserver and etcd are. */
export type ServerKind = 'control plane' | 'api alone';

const programs: Readonly<Record<ServerKind, string>> = {
  'control plane': 'control-plane/main.ts',
  'api alone': 'test/bench/api/api-server.ts',
};

/** A server on SQLite in a folder of its own, started with the flags and the environment of a cluster's. */
export class BenchServer {
  readonly #cluster: ControlPlaneProcess;
  readonly #kind: ServerKind;
  #child: ChildProcess | undefined;

  private constructor(cluster: ControlPlaneProcess, kind: ServerKind) {
    this.#cluster = cluster;
    this.#kind = kind;
  }

  /** Not yet started; its compile cache is empty. */
  static async create(kind: ServerKind): Promise<BenchServer> {
    return new BenchServer(await ControlPlaneProcess.create('sqlite', { profile: benchProfile }), kind);
  }

  /** Resolves when `/readyz` has answered 200: milliseconds since the process was started, and what it has used by then. */
  async start(): Promise<{ readonly address: ServerAddress; readonly readyMs: number; readonly usage: ProcessUsage }> {
    const { dir, ca } = this.#cluster;
    const launch = { root, node: process.execPath };
    const [node = '', ...args] = controlPlaneCommand(launch, join(dir, 'config.json'), programs[this.#kind]);
    const env = launchEnvironment({ PATH: process.env['PATH'], HOME: process.env['HOME'] }, dir);
    const identity = await this.#cluster.identity('admin');
    const startMs = performance.now();
    const child = spawn(node, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    this.#child = child;
    const address = { port: await servingPort(child), ca: ca.cert, ...identity };
    await ready(address);
    return { address, readyMs: performance.now() - startMs, usage: this.usage() };
  }

  usage(): ProcessUsage {
    return usageOf(this.#child?.pid ?? 0);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  }

  async remove(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#cluster.remove();
  }
}

function servingPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timeout = setTimeout(() => reject(new Error(`the server did not start:\n${output}`)), START_TIMEOUT_MS);
    const onText = (text: string) => {
      output += text;
      const port = /"port":(\d+),"msg":"the control plane serves"/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timeout);
      child.stderr?.off('data', onText).resume();
      resolve(Number(port));
    };
    child.stderr?.setEncoding('utf8').on('data', onText);
    child.once('exit', (code) => {
      clearTimeout(timeout);
      reject(new Error(`the server ended with ${code}:\n${output}`));
    });
  });
}

function ready({ port, ca, cert, key }: ServerAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/readyz', ca, cert, key, agent: false }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`/readyz answered ${response.statusCode}`));
    }).once('error', reject);
  });
}
