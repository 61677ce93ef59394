import { parseArgs } from 'node:util';
import type { LogStoreConfig } from '../lib/config/log-store.ts';
import { parseDurationMs } from '../lib/duration.ts';
import { VigilError } from '../lib/errors.ts';
import { parseSizeBytes } from './engine/stream-lifecycle.ts';

const DEFAULT_MAX_BYTES = 10 * 1024 ** 3;
const DEFAULT_MAX_AGE_MS = 14 * 86_400_000;
const options = {
  'data-dir': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'api-key-file': { type: 'string' },
  'users-file': { type: 'string' },
  'snapshot-dir': { type: 'string' },
  'max-bytes': { type: 'string' },
  'max-age': { type: 'string' },
  'namespace-retention': { type: 'string' },
  'log-level': { type: 'string' },
} as const;

export const helpText = `The log store of one machine: documents in, searches out, as Elasticsearch answers them.

  --data-dir DIR        where everything is kept (required)
  --host ADDRESS        address to listen on, default 127.0.0.1
  --port N              default 9200; 0 takes a free one
  --tls-cert FILE       certificate for HTTPS, with --tls-key FILE
  --api-key-file FILE   file with the API key that has all rights; without it and --users-file nobody is asked who they are
  --users-file FILE     people who may sign in with a password, one a line: name:hash:role,role
  --snapshot-dir DIRS   folders, separated by commas, in which snapshots may be kept (path.repo)
  --max-bytes N         oldest documents of data streams go beyond this many bytes, default 10737418240
  --max-age DURATION    and when they are older than this, default 14d
  --namespace-retention LIST   bounds of single namespaces: kube-system=3d/1gb,shop=/50gb,dev=1d
  --log-level LEVEL     debug, info, warn or error
  --hash-password       reads a password from standard input and prints its hash for the users file

Each flag may also be given as VIGIL_LOG_STORE_<FLAG>, such as VIGIL_LOG_STORE_DATA_DIR.
`;

/** Reads flags, then `VIGIL_LOG_STORE_<FLAG>` for those not given. Throws an error that names the flag. */
export function readLogStoreConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LogStoreConfig {
  let flags: Record<string, string | undefined>;
  try {
    flags = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    throw new VigilError('BAD_FLAGS', 'invalid', (cause as Error).message, { cause });
  }
  const value = (name: keyof typeof options) =>
    flags[name] ?? env[`VIGIL_LOG_STORE_${name.toUpperCase().replaceAll('-', '_')}`];
  const dataDir = value('data-dir');
  if (!dataDir) throw new VigilError('BAD_FLAGS', 'invalid', '--data-dir is required');
  const cert = value('tls-cert');
  const key = value('tls-key');
  if ((cert === undefined) !== (key === undefined)) {
    throw new VigilError('BAD_FLAGS', 'invalid', '--tls-cert and --tls-key go together');
  }
  const maxAge = value('max-age');
  return {
    dataDir,
    host: value('host') ?? '127.0.0.1',
    port: wholeNumber('--port', value('port') ?? '9200'),
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    apiKeyFile: value('api-key-file'),
    usersFile: value('users-file'),
    snapshotDirs: value('snapshot-dir')?.split(',').filter(Boolean),
    retention: {
      maxBytes:
        value('max-bytes') === undefined ? DEFAULT_MAX_BYTES : wholeNumber('--max-bytes', value('max-bytes') ?? ''),
      maxAgeMs: maxAge === undefined ? DEFAULT_MAX_AGE_MS : duration('--max-age', maxAge),
    },
    namespaceRetention: namespaceRetention(value('namespace-retention')),
    logLevel: value('log-level'),
  };
}

function namespaceRetention(text: string | undefined): LogStoreConfig['namespaceRetention'] {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(',').map((item) => {
      const match = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)=([^/]*)(?:\/(.*))?$/.exec(item.trim());
      const [age, size] = [match?.[3] ?? '', match?.[4] ?? ''];
      const isWrong =
        (age !== '' && parseDurationMs(age) === undefined) || (size !== '' && parseSizeBytes(size) === undefined);
      if (!match?.[1] || isWrong || age + size === '') {
        throw new VigilError(
          'BAD_FLAGS',
          'invalid',
          `--namespace-retention: ${JSON.stringify(item)} must be NAMESPACE=AGE/SIZE such as shop=3d/1gb`,
        );
      }
      return [match[1], { ...(age === '' ? {} : { data_retention: age }), ...(size === '' ? {} : { max_size: size }) }];
    }),
  );
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new VigilError('BAD_FLAGS', 'invalid', `${flag} must be a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

function duration(flag: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw new VigilError('BAD_FLAGS', 'invalid', `${flag} must be a duration such as 14d, not ${JSON.stringify(text)}`);
  return ms;
}
