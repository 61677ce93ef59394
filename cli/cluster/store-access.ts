import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord, OutsideLogStore, StoreAccess } from './cluster-record.ts';
import { pkiFiles } from './pki-files.ts';

/** The users that the charts' servers begin with. Their password is the cluster's API key. */
const chartUsers = { elasticsearch: 'elastic', opensearch: 'admin' } as const;

export function isOutside(logStore: ClusterRecord['logStore']): logStore is OutsideLogStore {
  return typeof logStore === 'object' && 'url' in logStore;
}

/** How control plane and shippers prove to a log store who they are. */
export function storeAccess(home: ClusterHome, logStore: Exclude<ClusterRecord['logStore'], 'none'>): StoreAccess {
  const { ca, logStoreApiKey } = pkiFiles(home.pki);
  const own = { caCert: ca.cert, apiKeyFile: logStoreApiKey };
  if (logStore === 'embedded') return own;
  if (isOutside(logStore)) return logStore.clusterCredentials ? own : (logStore.access ?? {});
  if (!logStore.isSecure) return {};
  return { caCert: ca.cert, username: chartUsers[logStore.chart], passwordFile: logStoreApiKey };
}
