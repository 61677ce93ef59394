import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../lib/clock.ts';
import { adminClient } from '../../cli/cluster/api-client.ts';
import { clusterHome, type ClusterHome } from '../../cli/cluster/cluster-home.ts';
import { readRecord, type ClusterRecord } from '../../cli/cluster/cluster-record.ts';
import type { HttpKubeClient } from '../../lib/kube/http-client.ts';
import { mustRun, runProgram, type ProgramOptions, type ProgramResult } from './run-program.ts';

const root = join(import.meta.dirname, '../..');
const UP_TIMEOUT_MS = 180_000;
const DOWN_TIMEOUT_MS = 90_000;

export interface TestClusterOptions {
  /** Goes into the cluster's name, together with random letters. */
  readonly name: string;
  /** Default 1. */
  readonly nodes?: number;
  readonly isolated?: boolean;
  readonly demo?: boolean;
  readonly logStore?: string;
  /** File with values of the chart that makes the log store. */
  readonly logStoreValues?: string;
  readonly profile?: 'vigil' | 'kubernetes';
}

/** A real cluster in a VIGIL_HOME of its own. Call `stop` in `afterAll`. */
export interface TestCluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly vigilHome: string;
  readonly home: ClusterHome;
  readonly record: ClusterRecord;
  readonly client: HttpKubeClient;
  /** What `kctl up` printed. */
  readonly said: string;
  /** kubectl with this cluster's kubeconfig; rejects when it fails. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** kctl for this cluster; rejects when it fails. */
  kctl(...args: readonly string[]): Promise<string>;
  /** The same with input and whatever the exit code is. */
  runKubectl(args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>;
  runKctl(args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>;
  stop(): Promise<void>;
}

/** `kctl up` in a new VIGIL_HOME, without the demo unless asked for. Whatever a failed start made is removed before this rejects. */
export async function startCluster(options: TestClusterOptions): Promise<TestCluster> {
  const vigilHome = mkdtempSync(join(tmpdir(), 'vigil-test-'));
  const name = `${options.name}-${randomBytes(3).toString('hex')}`;
  const env = environmentOf(name, vigilHome);
  const kctl = join(root, 'kctl');
  const remove = async () => {
    await mustRun(kctl, ['down', '--name', name], { env, timeoutMs: DOWN_TIMEOUT_MS });
    rmSync(vigilHome, { recursive: true, force: true });
  };
  let said: string;
  try {
    said = await mustRun(kctl, ['up', '--name', name, ...upArguments(options)], { env, timeoutMs: UP_TIMEOUT_MS });
  } catch (error) {
    await remove();
    throw error;
  }
  return running(name, vigilHome, said, env, remove);
}

/** A cluster that another process started: same handle, and `stop` only lets go of it. */
export function attachCluster(name: string, vigilHome: string): TestCluster {
  return running(name, vigilHome, '', environmentOf(name, vigilHome), () => Promise.resolve());
}

function environmentOf(name: string, vigilHome: string): Readonly<Record<string, string>> {
  return {
    VIGIL_HOME: vigilHome,
    VIGIL_CLUSTER: name,
    // Compiled code is the same for every cluster: a home of a test should not begin cold.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'vigil-compile-cache'),
  };
}

function running(
  name: string,
  vigilHome: string,
  said: string,
  env: Readonly<Record<string, string>>,
  remove: () => Promise<void>,
): TestCluster {
  const home = clusterHome(vigilHome, name);
  const record = readRecord(home);
  if (!record) throw new Error(`kctl up left no record in ${home.root}`);
  const client = adminClient(home, record, new SystemClock());
  const withConfig = { ...env, KUBECONFIG: home.kubeconfig };
  const kctl = join(root, 'kctl');
  let stopping: Promise<void> | undefined;
  return {
    name,
    kubeconfig: home.kubeconfig,
    vigilHome,
    home,
    record,
    client,
    said,
    kubectl: (...args) => mustRun('kubectl', args, { env: withConfig }),
    kctl: (...args) => mustRun(kctl, args, { env: withConfig }),
    runKubectl: (args, options) => runProgram('kubectl', args, { ...options, env: { ...withConfig, ...options?.env } }),
    runKctl: (args, options) => runProgram(kctl, args, { ...options, env: { ...withConfig, ...options?.env } }),
    stop: () => {
      client.close();
      stopping ??= remove();
      return stopping;
    },
  };
}

function upArguments(options: TestClusterOptions): readonly string[] {
  return [
    '--nodes',
    String(options.nodes ?? 1),
    options.demo ? '--demo' : '--no-demo',
    ...(options.isolated ? ['--isolated'] : []),
    ...(options.logStore ? ['--log-store', options.logStore] : []),
    ...(options.logStoreValues ? ['--log-store-values', options.logStoreValues] : []),
    ...(options.profile ? ['--profile', options.profile] : []),
  ];
}
