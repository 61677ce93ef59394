import { join } from 'node:path';
import type { ControlPlaneConfig, LogStoreTarget } from '../../lib/config/control-plane.ts';
import type { ElasticsearchOutputConfig, LogShipperConfig } from '../../lib/config/log-shipper.ts';
import type { NodeAgentConfig } from '../../lib/config/node-agent.ts';
import { agentPort, clusterDomain, logStoreService } from '../../lib/names.ts';
import { gatewayOf, kubernetesServiceIP, logStoreServiceIP, nodeAddress, nodePodCIDR } from './addresses.ts';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord, NodeRecord } from './cluster-record.ts';
import { STORE_OUTPUT } from './log-outputs-option.ts';
import { pkiFiles } from './pki-files.ts';
import { isOutside, storeAccess } from './store-access.ts';

/** The log store's certificate is for this name, whatever address it is reached by. */
export const logStoreServerName = `${logStoreService.name}.${logStoreService.namespace}.svc`;

export const pauseImage = 'vigil/pause:dev';

export function apiServerURL(record: ClusterRecord): string {
  return `https://127.0.0.1:${record.port}`;
}

export function controlPlaneConfig(root: string, home: ClusterHome, record: ClusterRecord): ControlPlaneConfig {
  const pki = pkiFiles(home.pki);
  return {
    clusterName: record.name,
    listen: record.nodes.length > 0 ? ['127.0.0.1', gatewayOf(record.podSubnet)] : ['127.0.0.1'],
    port: record.port,
    advertiseURL: apiServerURL(record),
    store: { engine: 'sqlite', path: join(home.controlPlane, 'store.db') },
    encryptionConfigFile: pki.encryption,
    pki: {
      caCert: pki.ca.cert,
      caKey: pki.ca.key,
      servingCert: pki.serving.cert,
      servingKey: pki.serving.key,
      agentClientCert: pki.agentClient.cert,
      agentClientKey: pki.agentClient.key,
      frontProxy: {
        caCert: pki.frontProxyCa.cert,
        clientCert: pki.frontProxyClient.cert,
        clientKey: pki.frontProxyClient.key,
      },
      serviceAccountKey: pki.serviceAccountKey,
    },
    podSubnet: record.podSubnet,
    serviceSubnet: record.serviceSubnet,
    kubernetesServiceIP: kubernetesServiceIP(record.serviceSubnet),
    recordsDir: join(home.controlPlane, 'records'),
    logStore: logStoreTarget(home, record),
    ...(record.authenticationConfig === undefined ? {} : { authenticationConfigFile: record.authenticationConfig }),
    consoleDir: join(root, 'dashboards/console'),
    profile: record.profile,
  };
}

function logStoreTarget(home: ClusterHome, record: ClusterRecord): LogStoreTarget | { readonly kind: 'none' } {
  const { logStore } = record;
  if (logStore === 'none' || record.nodes.length === 0) return { kind: 'none' };
  const access = storeAccess(home, logStore);
  return isOutside(logStore) ? { kind: 'url', url: logStore.url, ...access } : { kind: 'cluster', ...access };
}

/** `dockerHost` is the engine that this node's containers run on. */
export function agentConfig(
  home: ClusterHome,
  record: ClusterRecord,
  node: NodeRecord,
  dockerHost: string,
): NodeAgentConfig {
  const pki = pkiFiles(home.pki);
  const folder = home.node(node.name);
  const own = { cert: pki.node(node.name).cert, key: pki.node(node.name).key };
  const gateway = gatewayOf(record.podSubnet);
  const podCIDR = nodePodCIDR(record.podSubnet, node.index);
  const nodeIP = nodeAddress(record.podSubnet, node.index);
  return {
    clusterName: record.name,
    nodeName: node.name,
    nodeIP,
    port: agentPort,
    apiServer: record.isolated ? `https://${gateway}:${record.port}` : apiServerURL(record),
    caCert: pki.ca.cert,
    ...own,
    dockerHost,
    // An isolated node has a bridge of its own with only its own pods on it; other nodes' pods are reached by routes.
    network: record.isolated
      ? { name: record.network, bridge: record.bridge, subnet: podCIDR, gateway: nodeIP }
      : { name: record.network, bridge: record.bridge, subnet: record.podSubnet, gateway },
    podCIDR,
    serviceSubnet: record.serviceSubnet,
    nftTable: record.network,
    clusterDomain,
    stateDir: join(folder, 'state'),
    sourcesDir: join(folder, 'sources'),
    recordsDir: join(folder, 'records'),
    profile: record.profile,
    pauseImage,
    // Without a store there is no shipper.
    ...(record.logStore === 'none'
      ? {}
      : { shipperStatusFile: join(shipperFolder(home, record, node), 'state', 'status.json') }),
  };
}

/** Configurations by folder: one for the machine, or one per isolated node (the first also takes the control plane's records). */
export function shipperConfigs(home: ClusterHome, record: ClusterRecord): ReadonlyMap<string, LogShipperConfig> {
  if (record.logStore === 'none' || record.nodes.length === 0) return new Map();
  const controlPlaneRecords = join(home.controlPlane, 'records');
  const of = (
    nodes: readonly NodeRecord[],
    records: readonly string[],
    stateDir: string,
    position: number,
  ): LogShipperConfig => ({
    clusterName: record.name,
    sourcesDirs: nodes.map((node) => join(home.node(node.name), 'sources')),
    recordsDirs: [...records, ...nodes.map((node) => join(home.node(node.name), 'records'))],
    stateDir,
    outputs: [shipperOutput(home, record), ...(record.logOutputs ?? [])],
    metricsPort: record.shipperMetricsPort + position,
  });
  if (!record.isolated) {
    return new Map([[home.shipper, of(record.nodes, [controlPlaneRecords], join(home.shipper, 'state'), 0)]]);
  }
  return new Map(
    record.nodes.map((node, position) => {
      const folder = shipperFolder(home, record, node);
      return [folder, of([node], position === 0 ? [controlPlaneRecords] : [], join(folder, 'state'), position)];
    }),
  );
}

/** One shipper an engine: of the whole cluster, or of each isolated node. */
function shipperFolder(home: ClusterHome, record: ClusterRecord, node: NodeRecord): string {
  return record.isolated ? join(home.shipper, node.name) : home.shipper;
}

/** As long as the embedded store keeps logs. */
const CHART_STORE_MAX_AGE = '14d';

function shipperOutput(home: ClusterHome, record: ClusterRecord): ElasticsearchOutputConfig {
  const { logStore } = record;
  if (logStore === 'none') throw new Error('a cluster without a log store has no shipper');
  const access = storeAccess(home, logStore);
  if (isOutside(logStore)) return { name: STORE_OUTPUT, kind: logStore.kind, url: logStore.url, ...access };
  const address = `${logStoreServiceIP(record.serviceSubnet)}:${logStoreService.port}`;
  return {
    name: STORE_OUTPUT,
    kind: logStore === 'embedded' ? 'elasticsearch' : logStore.chart,
    ...(access.caCert === undefined
      ? { url: `http://${address}` }
      : { url: `https://${address}`, serverName: logStoreServerName }),
    ...access,
    // The embedded store has bounds of its own; a store outside is its owner's.
    ...(logStore === 'embedded' ? {} : { retention: { maxAge: CHART_STORE_MAX_AGE } }),
  };
}
