import { existsSync } from 'node:fs';
import { gatewayOf } from '../addresses.ts';
import type { ClusterRecord } from '../cluster-record.ts';
import { runCommand, succeeds } from '../run-command.ts';

/** The bridge that isolated nodes are plugged into; the host's address on it is where the API server listens. */
export async function ensureLinkBridge(record: ClusterRecord): Promise<void> {
  if (!existsSync(`/sys/class/net/${record.bridge}`)) {
    await runCommand('ip', 'link', 'add', record.bridge, 'type', 'bridge');
    await runCommand('ip', 'address', 'add', `${gatewayOf(record.podSubnet)}/24`, 'dev', record.bridge);
  }
  await runCommand('ip', 'link', 'set', record.bridge, 'up');
  await runCommand('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', `net.ipv4.conf.${record.bridge}.send_redirects=0`);
  for (const rule of rules(record)) {
    if (!(await succeeds('iptables', '-w', ...rule.table, '-C', ...rule.match))) {
      await runCommand('iptables', '-w', ...rule.table, '-I', ...rule.match);
    }
  }
}

export async function removeLinkBridge(record: ClusterRecord): Promise<void> {
  for (const rule of rules(record)) {
    while (await succeeds('iptables', '-w', ...rule.table, '-D', ...rule.match));
  }
  if (existsSync(`/sys/class/net/${record.bridge}`)) await runCommand('ip', 'link', 'delete', record.bridge);
}

/** An engine in the host's namespace drops what is forwarded unless it is accepted first; the second pair lets pods reach beyond the machine. */
function rules(
  record: ClusterRecord,
): readonly { readonly table: readonly string[]; readonly match: readonly string[] }[] {
  const { bridge, podSubnet } = record;
  return [
    { table: [], match: ['FORWARD', '-i', bridge, '-j', 'ACCEPT'] },
    { table: [], match: ['FORWARD', '-o', bridge, '-j', 'ACCEPT'] },
    { table: ['-t', 'nat'], match: ['POSTROUTING', '-s', podSubnet, '!', '-o', bridge, '-j', 'MASQUERADE'] },
  ];
}
