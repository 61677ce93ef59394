import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

const PROJECT = join(import.meta.dirname, 'otel-collector');
const BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.149.0';
/** A first build compiles a thousand packages, on a machine that may be busy with other tests. */
export const BUILD_TIMEOUT_MS = 1_800_000;
const START_TIMEOUT_MS = 60_000;
const READY = 'Everything is ready';

/** Path of a real OpenTelemetry Collector with the parts that `otel-collector/builder.yaml` names, built through the Go proxy when it is missing. */
export function otelCollectorBinary(): string {
  const binary = join(PROJECT, 'target/build/otelcol');
  if (existsSync(binary)) return binary;
  mkdirSync(join(PROJECT, 'target'), { recursive: true });
  const env = { ...process.env, GOBIN: join(PROJECT, 'target/bin'), GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' };
  for (const [command, args] of [
    ['go', ['install', BUILDER]],
    [join(PROJECT, 'target/bin/builder'), ['--config', 'builder.yaml']],
  ] as const) {
    const done = spawnSync(command, args, { cwd: PROJECT, env, timeout: BUILD_TIMEOUT_MS, encoding: 'utf8' });
    if (done.status !== 0)
      throw new Error(`the OpenTelemetry Collector could not be built (it needs Go):\n${done.stdout}\n${done.stderr}`);
  }
  return binary;
}

/** A Collector in a process of its own. */
export interface OtelCollector {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a Collector with that configuration and resolves when all of its parts run. Its own telemetry is off. */
export async function startOtelCollector(config: Readonly<Record<string, unknown>>): Promise<OtelCollector> {
  const home = mkdtempSync(join(tmpdir(), 'vigil-otelcol-'));
  const file = join(home, 'config.yaml');
  const service = {
    ...(config['service'] as object | undefined),
    telemetry: { metrics: { level: 'none' }, logs: { level: 'info', encoding: 'json' } },
  };
  writeFileSync(file, stringify({ ...config, service }));
  const child = spawn(otelCollectorBinary(), ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
    rmSync(home, { recursive: true, force: true });
  };
  const ready = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-8_000);
      if (said.includes(READY)) resolve();
    });
  });
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  const late = new Promise<void>((resolve) => timeout.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([ready, exited, late]);
  if (!said.includes(READY) || child.exitCode !== null) {
    await stop();
    throw new Error(`the OpenTelemetry Collector did not start:\n${said}`);
  }
  return { pid: child.pid ?? 0, stop };
}
