import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputConfig } from '../../lib/config/log-shipper.ts';
import { VigilError } from '../../lib/errors.ts';
import type { ProfileName } from '../../lib/profiles.ts';
import { clusterHome, type ClusterHome } from './cluster-home.ts';

/** What `kctl up` decided about a cluster, in `cluster.json`: written once, read by every other verb. */
export interface ClusterRecord {
  readonly version: 1;
  readonly name: string;
  readonly createdAt: string;
  /** Docker endpoint of the machine; in isolated mode each node has one of its own. */
  readonly dockerHost: string;
  readonly isolated: boolean;
  readonly profile: ProfileName;
  readonly port: number;
  /** Loopback port of the first shipper's metrics; further shippers take the ports after it. */
  readonly shipperMetricsPort: number;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly network: string;
  readonly bridge: string;
  readonly logStore: 'embedded' | 'none' | OutsideLogStore | ChartLogStore;
  /** Where logs go beside the store. */
  readonly logOutputs?: readonly OutputConfig[];
  /** Absolute path of the file that says whose tokens the API takes beside its own. */
  readonly authenticationConfig?: string;
  readonly demo: boolean;
  readonly nodes: readonly NodeRecord[];
}

/** A store that is not a pod of the cluster. */
export interface OutsideLogStore {
  readonly kind: 'elasticsearch' | 'opensearch';
  readonly url: string;
  /** It is Vigil's own, run beside the cluster with the cluster's certificates and API key. */
  readonly clusterCredentials: boolean;
  /** How to prove who asks; nothing is shown when absent. */
  readonly access?: StoreAccess | undefined;
}

/** Files with what a store outside wants to see, by absolute path: they are read again when they change. */
export interface StoreAccess {
  readonly caCert?: string | undefined;
  readonly apiKeyFile?: string | undefined;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/** A real server in the cluster, made by its chart in `charts/`. */
export interface ChartLogStore {
  readonly chart: 'elasticsearch' | 'opensearch';
  /** Values of the chart beside those that the cluster gives it; absolute. */
  readonly valuesFile?: string | undefined;
  /** TLS and the cluster's own credentials; else it is asked in the open. */
  readonly isSecure: boolean;
}

export interface NodeRecord {
  readonly name: string;
  /** From 1; the third number of the node's addresses. */
  readonly index: number;
}

export function readRecord(home: ClusterHome): ClusterRecord | undefined {
  if (!existsSync(home.record)) return undefined;
  const value: unknown = JSON.parse(readFileSync(home.record, 'utf8'));
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) {
    throw new VigilError(
      'BAD_RECORD',
      'terminal',
      `${home.record} is not of this version: remove the cluster with kctl down --name ${home.name}`,
    );
  }
  return value as ClusterRecord;
}

/** Written aside and renamed: a reader sees the old record or the new one. */
export function writeRecord(home: ClusterHome, record: ClusterRecord): void {
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  writeFileSync(`${home.record}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${home.record}.new`, home.record);
}

/** Every cluster below `root`, by name. */
export function listRecords(root: string): readonly ClusterRecord[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'cluster.json')))
    .map((entry) => readRecord(clusterHome(root, entry.name)))
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
