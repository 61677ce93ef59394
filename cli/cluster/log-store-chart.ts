import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import { yaml } from '../../lib/lazy-yaml.ts';
import type { KubeObject } from '../../lib/kube/types.ts';
import { logStoreSecret, logStoreService, systemNamespace } from '../../lib/names.ts';
import { logStoreServiceIP } from './addresses.ts';
import type { ChartLogStore, ClusterRecord } from './cluster-record.ts';
import { readValues } from './log-store-option.ts';

/** Where helm is put by the set-up when the machine has none. */
const toolsFolder = (vigilHome: string) => join(vigilHome, 'tools', 'bin');

/** The objects of the cluster's own log store, from its chart as helm renders it. */
export async function logStoreChartObjects(
  root: string,
  vigilHome: string,
  env: Readonly<Record<string, string | undefined>>,
  record: ClusterRecord,
  store: ChartLogStore,
): Promise<readonly KubeObject[]> {
  const given = store.valuesFile === undefined ? {} : readValues(store.valuesFile);
  const values = merged(given, clusterValues(record, store));
  const args = ['template', logStoreService.name, join(root, 'charts', store.chart), '--namespace', systemNamespace];
  const path = `${env['PATH'] ?? ''}:${toolsFolder(vigilHome)}`;
  const text = await helm([...args, '--values', '-'], JSON.stringify(values), { ...env, PATH: path });
  return yaml()
    .parseAllDocuments(text)
    .flatMap((document) => (document.toJS() as KubeObject | null) ?? [])
    .map((object) => ({ ...object, metadata: { ...object.metadata, namespace: systemNamespace } }));
}

/** What the cluster decides: the names, the address and the credentials by which everybody finds the store. */
function clusterValues(record: ClusterRecord, { isSecure }: ChartLogStore): Readonly<Record<string, unknown>> {
  return {
    fullnameOverride: logStoreService.name,
    clusterName: record.name,
    service: { port: logStoreService.port, clusterIP: logStoreServiceIP(record.serviceSubnet) },
    ...(isSecure
      ? {
          security: { existingSecret: logStoreSecret.name, passwordKey: 'apiKey' },
          tls: { existingSecret: logStoreSecret.name, commonName: logStoreService.name },
        }
      : {}),
  };
}

/** `over` laid over `under`, maps member by member. */
function merged(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = under[name];
    result[name] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Runs helm with values on its standard input: they may be secret, and a list of processes would show them. */
function helm(
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('helm', args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.once('error', (cause) =>
      reject(
        new VigilError(
          'NO_HELM',
          'terminal',
          'a log store by its chart needs helm 3 on the PATH: go install helm.sh/helm/v3/cmd/helm@v3.18.0, or see https://helm.sh',
          { cause },
        ),
      ),
    );
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new VigilError('CHART_INVALID', 'invalid', `helm ${args.slice(0, 2).join(' ')}: ${stderr.trim()}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
