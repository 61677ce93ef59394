import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { VigilError, messageOf } from '../errors.ts';

/** What is needed to speak to one cluster as one user; certificates are PEM texts. */
export interface KubeContext {
  readonly name: string;
  readonly server: string;
  readonly namespace: string;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
}

interface Named<K extends string, T> {
  readonly list: readonly ({ readonly name: string } & Readonly<Record<K, T | undefined>>)[];
}

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}

interface User {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

interface Context {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface KubeconfigFile {
  readonly 'current-context'?: string;
  readonly clusters?: Named<'cluster', Cluster>['list'];
  readonly users?: Named<'user', User>['list'];
  readonly contexts?: Named<'context', Context>['list'];
}

/** The files that kubectl would read: those of KUBECONFIG, else `~/.kube/config`. */
export function kubeconfigPaths(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return named.length > 0 ? named : [resolve(homedir(), '.kube', 'config')];
}

/**
 * Loads a context (default: the current one). With several files, the first that has something by a name wins, as with kubectl; files that do not exist are passed over.
 * Relative paths in a file are relative to it. Throws a `VigilError` with code KUBECONFIG_INVALID.
 */
export async function loadKubeconfig(paths: readonly string[], contextName?: string): Promise<KubeContext> {
  const files: { readonly dir: string; readonly config: KubeconfigFile }[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw invalid(`cannot read ${path}: ${error.message}`, error);
    });
    if (text !== undefined) files.push({ dir: dirname(resolve(path)), config: parseFile(path, text) });
  }
  if (files.length === 0) throw invalid(`no kubeconfig found at ${paths.join(', ')}`);
  const name = contextName ?? files.map(({ config }) => config['current-context']).find((current) => current);
  if (!name) throw invalid('the kubeconfig has no current-context');
  const context = find(files, (config) => config.contexts, name)?.item.context;
  if (!context) throw invalid(`the kubeconfig has no context "${name}"`);
  const cluster = find(files, (config) => config.clusters, context.cluster ?? '');
  const where = cluster?.item.cluster;
  if (!cluster || !where?.server) {
    throw invalid(`the kubeconfig has no cluster "${context.cluster ?? ''}" with a server`);
  }
  const user = find(files, (config) => config.users, context.user ?? '');
  const who = user?.item.user ?? {};
  const userDir = user?.dir ?? cluster.dir;
  return {
    name,
    server: where.server,
    namespace: context.namespace ?? 'default',
    ca: await pem(cluster.dir, where['certificate-authority-data'], where['certificate-authority']),
    cert: await pem(userDir, who['client-certificate-data'], who['client-certificate']),
    key: await pem(userDir, who['client-key-data'], who['client-key']),
    token: who.token ?? (await fileText(userDir, who.tokenFile))?.trim(),
    insecureSkipTlsVerify: where['insecure-skip-tls-verify'],
    tlsServerName: where['tls-server-name'],
  };
}

/** The text of a kubeconfig with this one context, its certificates inline. Holds secrets: write it with mode 0600. */
export function formatKubeconfig(context: KubeContext): string {
  const inline = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text).toString('base64'));
  const { name } = context;
  return stringify(
    withoutAbsent({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [
        {
          name,
          cluster: {
            server: context.server,
            'certificate-authority-data': inline(context.ca),
            'insecure-skip-tls-verify': context.insecureSkipTlsVerify,
            'tls-server-name': context.tlsServerName,
          },
        },
      ],
      users: [
        {
          name,
          user: {
            'client-certificate-data': inline(context.cert),
            'client-key-data': inline(context.key),
            token: context.token,
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name, namespace: context.namespace } }],
      preferences: {},
    }),
    { lineWidth: 0 },
  );
}

function withoutAbsent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function parseFile(path: string, text: string): KubeconfigFile {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    throw invalid(`${path} is not YAML: ${messageOf(error)}`, error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid(`${path} is not a kubeconfig`);
  return parsed;
}

function find<T extends { readonly name: string }>(
  files: readonly { readonly dir: string; readonly config: KubeconfigFile }[],
  listOf: (config: KubeconfigFile) => readonly T[] | undefined,
  name: string,
): { readonly dir: string; readonly item: T } | undefined {
  for (const { dir, config } of files) {
    const item = listOf(config)?.find((one) => one.name === name);
    if (item) return { dir, item };
  }
  return undefined;
}

async function pem(dir: string, data: string | undefined, path: string | undefined): Promise<string | undefined> {
  return data === undefined ? fileText(dir, path) : Buffer.from(data, 'base64').toString('utf8');
}

async function fileText(dir: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(resolve(dir, path), 'utf8');
  } catch (error) {
    throw invalid(`cannot read ${path}: ${messageOf(error)}`, error);
  }
}

function invalid(message: string, cause?: unknown): VigilError {
  return new VigilError('KUBECONFIG_INVALID', 'invalid', message, { cause });
}
