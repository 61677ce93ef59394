import type { ClusterRecord } from './cluster-record.ts';
import { runCommand, succeeds } from './run-command.ts';

/** Where agents hook in a chain that accepts what is forwarded to pods. */
const PARENT_CHAINS = ['DOCKER-USER', 'FORWARD'];

/** Removes the rules that agents of a cluster made in the machine's own network namespace. */
export async function removeRules(record: Pick<ClusterRecord, 'network' | 'bridge'>): Promise<void> {
  await removeNftTables(record.network);
  await removeForwardChain(`VIGIL-${record.bridge}`);
}

/** Tables of every family that have the cluster's name. */
async function removeNftTables(name: string): Promise<void> {
  const listing = await runCommand('nft', 'list', 'tables');
  for (const match of listing.matchAll(/^table (\w+) (\S+)$/gm)) {
    if (match[1] && match[2] === name) await runCommand('nft', 'delete', 'table', match[1], name);
  }
}

async function removeForwardChain(chain: string): Promise<void> {
  if (!(await succeeds('iptables', '-w', '-n', '-L', chain))) return;
  for (const parent of PARENT_CHAINS) while (await succeeds('iptables', '-w', '-D', parent, '-j', chain));
  await runCommand('iptables', '-w', '-F', chain);
  await runCommand('iptables', '-w', '-X', chain);
}
