/** Names of bridges that belong to Docker or to other clusters: what comes from them stays subject to Docker's isolation of networks. */
const OTHER_BRIDGES = ['docker0', 'br-+', 'vg-+'];

/**
 * The chain that lets traffic from the machine's real interfaces reach pods (NodePorts, pods of nodes elsewhere), as input of `iptables-restore --noflush`, which
 * defines it in one step however often it is repeated.
 */
export function forwardRules(bridge: string): { readonly chain: string; readonly restore: string } {
  const chain = `VIGIL-${bridge}`.slice(0, 28);
  const lines = [
    '*filter',
    `:${chain} - [0:0]`,
    ...OTHER_BRIDGES.map((other) => `-A ${chain} -i ${other} -o ${bridge} -j RETURN`),
    `-A ${chain} -o ${bridge} -j ACCEPT`,
    'COMMIT',
    '',
  ];
  return { chain, restore: lines.join('\n') };
}
