import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { dockerHostOfNode } from './node-engines.ts';
import { agentConfig, apiServerURL, controlPlaneConfig, shipperConfigs } from './process-configs.ts';

/** Makes the folders of a cluster and writes the configuration of each process and the kubeconfig. `root` is the repository. */
export function writeConfigs(root: string, home: ClusterHome, record: ClusterRecord): void {
  for (const folder of [home.run, home.logs, home.logStore]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeConfig(home.controlPlane, controlPlaneConfig(root, home, record));
  for (const node of record.nodes) {
    writeConfig(home.node(node.name), agentConfig(home, record, node, dockerHostOfNode(record, node)));
  }
  for (const [folder, config] of shipperConfigs(home, record)) writeConfig(folder, config);
  writeFileSync(home.kubeconfig, kubeconfigText(record.name, apiServerURL(record), home.pki), { mode: 0o600 });
}

function writeConfig(folder: string, config: unknown): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
