import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import { yaml } from '../../lib/lazy-yaml.ts';
import type { OptionSpec, ParsedArguments } from '../command.ts';
import type { ChartLogStore, ClusterRecord, StoreAccess } from './cluster-record.ts';

const OPENSEARCH_PREFIX = 'opensearch+';

/** `--log-store` and what belongs to it. */
export const logStoreOptions: Readonly<Record<string, OptionSpec>> = {
  'log-store': {
    type: 'string',
    help: 'STORE of logs: embedded (default), elasticsearch or opensearch (a real one in the cluster, by its chart), URL of an Elasticsearch, opensearch+URL, or none',
  },
  'log-store-values': { type: 'string', help: 'FILE with values of the chart: image, heap, size' },
  'log-store-ca': { type: 'string', help: "FILE with the CA of the URL's certificate" },
  'log-store-user': { type: 'string', help: 'NAME to sign in with at the URL' },
  'log-store-password-file': { type: 'string', help: 'FILE with the password of that user' },
  'log-store-api-key-file': { type: 'string', help: 'FILE with an API key for the URL' },
};

/** The log store that the options ask for; `undefined` = nothing is said. Files are named from `cwd`. */
export function logStoreOption(args: ParsedArguments, cwd: string): ClusterRecord['logStore'] | undefined {
  const text = args.string('log-store');
  const access = accessOf(args, cwd);
  const values = fileOf(args, 'log-store-values', cwd);
  const isChart = text === 'elasticsearch' || text === 'opensearch';
  if (values !== undefined && !isChart) {
    throw usage(
      '--log-store-values belongs to --log-store elasticsearch or opensearch, the stores that are made by a chart',
    );
  }
  if (isChart) {
    refuseAccess(access, `a store in the cluster has the cluster's credentials`);
    return chartStore(text, values);
  }
  if (text === undefined || text === 'embedded' || text === 'none') {
    refuseAccess(access, 'credentials belong to --log-store URL');
    return text;
  }
  const url = text.startsWith(OPENSEARCH_PREFIX) ? text.slice(OPENSEARCH_PREFIX.length) : text;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usage(
      `--log-store "${text}": expected embedded, none, elasticsearch, opensearch, the http(s) URL of an Elasticsearch, or opensearch+URL`,
    );
  }
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw usage(
      '--log-store: a URL with a password would be seen in the list of processes; use --log-store-user and --log-store-password-file',
    );
  }
  return {
    kind: url === text ? 'elasticsearch' : 'opensearch',
    url,
    clusterCredentials: false,
    ...(access ? { access } : {}),
  };
}

function accessOf(args: ParsedArguments, cwd: string): StoreAccess | undefined {
  const caCert = fileOf(args, 'log-store-ca', cwd);
  const username = args.string('log-store-user');
  const passwordFile = fileOf(args, 'log-store-password-file', cwd);
  const apiKeyFile = fileOf(args, 'log-store-api-key-file', cwd);
  if ((username === undefined) !== (passwordFile === undefined)) {
    throw usage('--log-store-user and --log-store-password-file belong together');
  }
  if (username !== undefined && apiKeyFile !== undefined) {
    throw usage('--log-store-user and --log-store-api-key-file: one of them is enough');
  }
  if (caCert === undefined && username === undefined && apiKeyFile === undefined) return undefined;
  return {
    ...(caCert === undefined ? {} : { caCert }),
    ...(username === undefined ? {} : { username, passwordFile }),
    ...(apiKeyFile === undefined ? {} : { apiKeyFile }),
  };
}

function refuseAccess(access: StoreAccess | undefined, why: string): void {
  if (access) throw usage(`--log-store-ca, -user, -password-file and -api-key-file: ${why}`);
}

function fileOf(args: ParsedArguments, option: string, cwd: string): string | undefined {
  const text = args.string(option);
  if (text === undefined) return undefined;
  const path = resolve(cwd, text);
  if (!existsSync(path)) throw usage(`--${option} "${text}": there is no such file`);
  return path;
}

function chartStore(chart: ChartLogStore['chart'], valuesFile: string | undefined): ChartLogStore {
  const values = valuesFile === undefined ? {} : readValues(valuesFile);
  const { replicas, security } = values as {
    readonly replicas?: unknown;
    readonly security?: { readonly enabled?: unknown };
  };
  if (replicas !== undefined && replicas !== 1) {
    throw usage(
      `${valuesFile ?? ''}: replicas ${JSON.stringify(replicas)}: a cluster's own store has one node; install the chart with helm for more, and name its URL`,
    );
  }
  return { chart, isSecure: security?.enabled !== false, ...(valuesFile === undefined ? {} : { valuesFile }) };
}

/** The values in a file; throws `USAGE` when it is not YAML with named values. */
export function readValues(path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = yaml().parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new VigilError('USAGE', 'invalid', `${path} is not YAML: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw usage(`${path}: expected values by name, as in the chart's values.yaml`);
}

function usage(message: string): VigilError {
  return new VigilError('USAGE', 'invalid', message);
}
