import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import { attachCluster, type TestCluster } from '../support/cluster.ts';
import './global-setup.ts';

const root = join(import.meta.dirname, '../..');

/** A program that goes on until it is stopped. */
export interface RunningProgram {
  /** What it has printed so far. */
  output(): string;
  errors(): string;
  stop(): Promise<void>;
}

export interface SharedCluster extends TestCluster {
  /** One request as the administrator; rejects with `KubeApiError`. */
  json(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  spawnKctl(...args: readonly string[]): RunningProgram;
  spawnKubectl(...args: readonly string[]): RunningProgram;
}

/** The cluster that the global set-up started. */
export function sharedCluster(): SharedCluster {
  const { name, vigilHome } = inject('sharedCluster');
  const cluster = attachCluster(name, vigilHome);
  const env = { VIGIL_HOME: vigilHome, KUBECONFIG: cluster.kubeconfig };
  return {
    ...cluster,
    json: (method, path, body) => cluster.client.json({ method, path, body }),
    spawnKctl: (...args) => start(join(root, 'kctl'), args, env),
    spawnKubectl: (...args) => start('kubectl', args, env),
  };
}

function start(file: string, args: readonly string[], env: Readonly<Record<string, string>>): RunningProgram {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const closed = once(child, 'close');
  return {
    output: () => stdout,
    errors: () => stderr,
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
