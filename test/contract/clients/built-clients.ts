import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, runProgram } from '../../support/run-program.ts';

const target = join(import.meta.dirname, 'target');
const goModule = join(import.meta.dirname, 'go');
const requirements = join(import.meta.dirname, 'python/requirements.txt');
const KUBE_STATE_METRICS = 'v2.18.0';
const SAMPLE_API_SERVER = 'v0.36.0';

/** A first build compiles client-go's thousands of files, on a machine that may be busy with other tests. */
export const BUILD_TIMEOUT_MS = 1_800_000;

const goEnvironment = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };

/** Path of a program of `go/`, as its source is now. Go keeps what it compiled before. */
export async function goProgram(name: 'clientgo' | 'discover' | 'golden' | 'operator'): Promise<string> {
  await mustHave('go', 'version', 'Go 1.26 or later (Debian: golang-go, or a newer one)');
  const binary = join(target, name);
  await mustRun('go', ['build', '-ldflags=-s -w', '-o', binary, `./${name}`], {
    cwd: goModule,
    env: goEnvironment,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  return binary;
}

/** Path of a real kube-state-metrics. */
export function kubeStateMetrics(): Promise<string> {
  return mainOfModule('kube-state-metrics', 'k8s.io/kube-state-metrics/v2', KUBE_STATE_METRICS);
}

/** Path of the API server that upstream gives as an example to those who extend a cluster. */
export function sampleApiServer(): Promise<string> {
  return mainOfModule('sample-apiserver', 'k8s.io/sample-apiserver', SAMPLE_API_SERVER);
}

/** A program of others with the dependencies that its authors chose, through the Go proxy when it is missing. */
async function mainOfModule(name: string, path: string, version: string): Promise<string> {
  await mustHave('go', 'version', 'Go 1.26 or later (Debian: golang-go, or a newer one)');
  const binary = join(target, `${name}-${version}`);
  if (await exists(binary)) return binary;
  const options = { cwd: goModule, env: goEnvironment, timeoutMs: BUILD_TIMEOUT_MS };
  const module = `${path}@${version}`;
  const downloaded = await mustRun('go', ['mod', 'download', '-json', module], options);
  const { Dir: source } = JSON.parse(downloaded) as { readonly Dir: string };
  await mustRun('go', ['build', '-ldflags=-s -w', '-o', binary, '.'], { ...options, cwd: source });
  return binary;
}

/** Path of a Python that has the official Kubernetes client and what it needs, at the versions of `python/requirements.txt`. */
export async function pythonWithClient(): Promise<string> {
  await mustHave('python3', '--version', 'Python 3.10 or later with venv (Debian: python3-venv)');
  const home = join(target, 'python');
  const python = join(home, 'bin/python');
  const installed = join(home, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await exists(installed)) && (await readFile(installed, 'utf8')) === wanted) return python;
  await rm(home, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const options = { timeoutMs: BUILD_TIMEOUT_MS };
  await mustRun('python3', ['-m', 'venv', home], options);
  await mustRun(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], options);
  await writeFile(installed, wanted);
  return python;
}

async function mustHave(command: string, argument: string, what: string): Promise<void> {
  const code = await runProgram(command, [argument]).then(
    (result) => result.code,
    () => -1,
  );
  if (code !== 0) throw new Error(`the tests of unmodified clients need ${what}: "${command}" does not run`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
