import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type {
  ElasticsearchOutputConfig,
  LogShipperConfig,
  OtlpOutputConfig,
  OutputConfig,
} from '../lib/config/log-shipper.ts';
import { VigilError } from '../lib/errors.ts';
import { launchEnvironment, shipperCommand } from './cluster/process-plans.ts';
import { repositoryRoot } from './cluster/repository.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';

const kinds = ['elasticsearch', 'opensearch', 'otlp', 'stdout'] as const;
type Kind = (typeof kinds)[number];
const compressions = ['none', 'gzip', 'zstd'] as const;

export const ship: Verb = {
  summary: 'ship the logs of any folder of containers, without a cluster',
  usage: `--containers DIR… --to URL --state DIR [--once]

examples:
  every container of this machine's Docker, for as long as it runs:
    kctl ship --containers /var/lib/docker/containers --to https://es:9200 --state /var/lib/vigil-ship --api-key-file key --ca-cert ca.pem
  every pod of a Kubernetes node (containerd, CRI-O):
    kctl ship --containers /var/log/pods --to https://es:9200 --state /var/log/vigil-ship --username elastic --password-file password
  what a folder of log files holds now, then end:
    kctl ship --containers ./logs --to http://127.0.0.1:9200 --state ./ship --once
  documents on standard output:
    kctl ship --containers ./logs --to stdout --state ./ship --once`,
  options: {
    containers: {
      type: 'string',
      multiple: true,
      help: 'DIR of containers: Docker’s, the kubelet’s pods, or log files; may be given again',
    },
    to: { type: 'string', help: 'URL of the store, or stdout' },
    state: { type: 'string', help: 'DIR for checkpoints and held files; best on the file system of the logs' },
    once: { type: 'boolean', help: 'end when everything that is there is acknowledged' },
    kind: { type: 'string', help: `KIND of store: ${kinds.join(', ')}; elasticsearch unless said` },
    cluster: { type: 'string', help: 'NAME that documents carry as their cluster; this machine’s unless said' },
    'api-key-file': { type: 'string', help: 'FILE with an API key' },
    'bearer-token-file': { type: 'string', help: 'FILE with a token (otlp)' },
    username: { type: 'string', help: 'NAME for basic authentication, with --password-file' },
    'password-file': { type: 'string', help: 'FILE with the password' },
    'ca-cert': { type: 'string', help: 'FILE with the authority that signed the server’s certificate' },
    'client-cert': { type: 'string', help: 'FILE with a certificate of our own, with --client-key' },
    'client-key': { type: 'string', help: 'FILE with its key' },
    'server-name': { type: 'string', help: 'NAME to check the certificate against, when the URL has an address' },
    compression: { type: 'string', help: `METHOD for what is sent: ${compressions.join(', ')}` },
    'holds-max': { type: 'string', help: 'GIB of deleted log files kept until they are shipped, 4 unless said' },
    'metrics-port': { type: 'string', help: 'PORT on loopback for Prometheus metrics' },
    'log-level': { type: 'string', help: 'LEVEL of the shipper’s own log, warn unless said' },
  },
  async run(args, context) {
    const config = shipConfig(args, context.cwd);
    mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
    const file = join(config.stateDir, 'ship.json');
    writeFileSync(`${file}.tmp`, JSON.stringify(config, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
    const status = join(config.stateDir, 'status.json');
    rmSync(status, { force: true });
    const code = await runShipper(file, config.stateDir, context);
    summarise(status, context);
    return code;
  },
};

/** What the options ask for. Throws `USAGE` naming the option that is wrong. */
export function shipConfig(args: ParsedArguments, cwd: string): LogShipperConfig {
  if (args.positionals.length > 0) throw usage(`"${args.positionals[0]}": there are options only`);
  const path = (name: string): string | undefined => {
    const value = args.string(name);
    return value === undefined ? undefined : resolve(cwd, value);
  };
  const containersDirs = args.strings('containers').map((dir) => resolve(cwd, dir));
  if (containersDirs.length === 0) throw usage('--containers DIR is missing: the folder whose logs are shipped');
  for (const dir of containersDirs) mustBe(dir, 'containers', 'folder');
  const stateDir = path('state');
  if (stateDir === undefined) throw usage('--state DIR is missing: where it is remembered what was shipped');
  if (containersDirs.includes(stateDir)) throw usage('--state must be another folder than --containers');
  return {
    clusterName: args.string('cluster') ?? hostname(),
    sourcesDirs: [],
    recordsDirs: [],
    containersDirs,
    once: args.flag('once'),
    stateDir,
    holds: holdsOf(args),
    outputs: [outputOf(args, path)],
    metricsPort: numberOf(args, 'metrics-port', 0, 65_535),
    logLevel: args.string('log-level') ?? 'warn',
  };
}

function outputOf(args: ParsedArguments, path: (name: string) => string | undefined): OutputConfig {
  const to = args.string('to');
  if (to === undefined) throw usage('--to URL is missing: where the logs go');
  const kind = choice(args, 'kind', kinds) ?? (to === 'stdout' ? 'stdout' : 'elasticsearch');
  if (kind === 'stdout') return { name: 'ship', kind };
  if (!URL.canParse(to) || !/^https?:$/.test(new URL(to).protocol))
    throw usage(`--to ${to}: an http or https URL is expected`);
  if (new URL(to).password !== '' || new URL(to).username !== '')
    throw usage('--to: put the user into --username and the password into --password-file, not into the URL');
  const file = (name: string): string | undefined => {
    const value = path(name);
    if (value !== undefined) mustBe(value, name, 'file');
    return value;
  };
  if ((args.string('username') === undefined) !== (args.string('password-file') === undefined))
    throw usage('--username and --password-file go together');
  if ((args.string('client-cert') === undefined) !== (args.string('client-key') === undefined))
    throw usage('--client-cert and --client-key go together');
  refuseFor(args, kind);
  const common = {
    name: 'ship',
    url: to,
    serverName: args.string('server-name'),
    caCert: file('ca-cert'),
    clientCert: file('client-cert'),
    clientKey: file('client-key'),
    username: args.string('username'),
    passwordFile: file('password-file'),
    compression: choice(args, 'compression', compressions),
  };
  if (kind === 'otlp')
    return { ...common, kind, bearerTokenFile: file('bearer-token-file') } satisfies OtlpOutputConfig;
  return { ...common, kind, apiKeyFile: file('api-key-file') } satisfies ElasticsearchOutputConfig;
}

/** Each way to prove who one is belongs to a kind of store. */
function refuseFor(args: ParsedArguments, kind: Kind): void {
  const other = kind === 'otlp' ? 'api-key-file' : 'bearer-token-file';
  if (args.has(other)) throw usage(`--${other} is not for --kind ${kind}`);
}

function holdsOf(args: ParsedArguments): LogShipperConfig['holds'] {
  const gib = numberOf(args, 'holds-max', 0, 1_000_000);
  return gib === undefined ? undefined : { maxBytes: gib * 1024 ** 3 };
}

function choice<T extends string>(args: ParsedArguments, name: string, known: readonly T[]): T | undefined {
  const value = args.string(name);
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value);
  if (found === undefined) throw usage(`--${name} ${value}: choose ${known.join(', ')}`);
  return found;
}

function numberOf(args: ParsedArguments, name: string, least: number, most: number): number | undefined {
  const value = args.string(name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === '' || !(number >= least && number <= most))
    throw usage(`--${name} ${value}: a number from ${least} to ${most} is expected`);
  return number;
}

function mustBe(path: string, option: string, what: 'folder' | 'file'): void {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw usage(`--${option} ${path}: there is no such ${what}`);
  if (what === 'folder' ? !info.isDirectory() : !info.isFile()) throw usage(`--${option} ${path}: it is not a ${what}`);
}

function usage(message: string): VigilError {
  return new VigilError('USAGE', 'invalid', message);
}

/** Runs the shipper until it ends or we are told to; resolves with its exit code. */
async function runShipper(file: string, stateDir: string, context: KctlContext): Promise<number> {
  const launch = { root: repositoryRoot, node: process.execPath };
  const [program = launch.node, ...args] = shipperCommand(launch, file);
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: launchEnvironment(context.env, stateDir),
    // Ctrl-C reaches it through us, once.
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    return await exitOf(child);
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => fulfil(code ?? (signal === 'SIGTERM' ? 0 : 1)));
  });
}

interface ShipStatus {
  readonly perOutput?: Readonly<
    Record<string, { readonly acknowledged: number; readonly lostLines: number; readonly gaps: number }>
  >;
}

/** One line on what was shipped, from the status that the shipper leaves. */
function summarise(status: string, context: KctlContext): void {
  let output: NonNullable<ShipStatus['perOutput']>[string] | undefined;
  try {
    output = (JSON.parse(readFileSync(status, 'utf8')) as ShipStatus).perOutput?.['ship'];
  } catch {
    return;
  }
  if (!output) return;
  const { acknowledged, lostLines, gaps } = output;
  const lost =
    lostLines > 0 || gaps > 0 ? `, ${lostLines} lines lost and ${gaps} gaps in which lines may be missing` : '';
  context.stderr.write(`${acknowledged} documents acknowledged${lost}\n`);
}
