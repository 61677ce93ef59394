import type { Commands } from '../network/commands.ts';

/** As much of `ip -json -details link` as matters here. */
interface Link {
  readonly ifname?: string;
  readonly linkinfo?: { readonly info_slave_data?: { readonly hairpin?: boolean } };
}

/** Names of bridge ports that do not yet send packets back to where they came from. */
export function portsWithoutHairpin(listing: string): readonly string[] {
  const links = (listing.trim() === '' ? [] : JSON.parse(listing)) as readonly Link[];
  return links
    .filter((link) => link.linkinfo?.info_slave_data?.hairpin === false)
    .map((link) => link.ifname ?? '')
    .filter((name) => /^[a-z0-9_.-]{1,15}$/i.test(name));
}

/**
 * A pod that calls its own Service is answered through the bridge port it came from, which a bridge allows only in hairpin mode. Netlink does it, not sysfs, which shows
 * the devices of the network namespace it was mounted in.
 */
export async function letPodsReachThemselves(bridge: string, commands: Commands, signal: AbortSignal): Promise<void> {
  const ports = portsWithoutHairpin(
    await commands.run('ip', ['-json', '-details', 'link', 'show', 'master', bridge], { signal }),
  );
  if (ports.length === 0) return;
  const input = ports.map((port) => `link set dev ${port} type bridge_slave hairpin on\n`).join('');
  await commands.run('ip', ['-force', '-batch', '-'], { input, signal });
}
