import type Docker from 'dockerode';
import { VigilError } from '../../lib/errors.ts';
import { dockerLabels } from '../../lib/names.ts';

/** Says which VIGIL_HOME a network belongs to, so that two homes cannot own one name. */
const homeLabel = 'dev.vigil.home';

export interface NetworkPlan {
  readonly cluster: string;
  readonly name: string;
  readonly bridge: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly home: string;
  /** Rewriting sources is wrong where the pods of other nodes are reached by routes. */
  readonly masquerade: boolean;
}

/** Makes the cluster's Docker network unless it is there. The engine refuses a subnet that overlaps: the error is passed on. */
export async function ensureNetwork(docker: Docker, plan: NetworkPlan): Promise<void> {
  const present = (await docker.listNetworks({ filters: { name: [plan.name] } })).find(
    ({ Name }) => Name === plan.name,
  );
  if (present) {
    if (present.Labels?.[homeLabel] !== plan.home) {
      throw new VigilError(
        'NAME_TAKEN',
        'conflict',
        `a cluster "${plan.cluster}" of another VIGIL_HOME (${present.Labels?.[homeLabel] ?? 'unknown'}) runs on this engine: choose another --name`,
      );
    }
    return;
  }
  await docker.createNetwork({
    Name: plan.name,
    Driver: 'bridge',
    CheckDuplicate: true,
    IPAM: { Driver: 'default', Config: [{ Subnet: plan.subnet, Gateway: plan.gateway }] },
    Options: {
      'com.docker.network.bridge.name': plan.bridge,
      'com.docker.network.bridge.enable_ip_masquerade': String(plan.masquerade),
    },
    Labels: { [dockerLabels.cluster]: plan.cluster, [homeLabel]: plan.home },
  });
}

/** Every IPv4 range that a network of the engine has. */
export async function networkRanges(docker: Docker): Promise<readonly string[]> {
  const networks = await docker.listNetworks();
  return networks
    .flatMap((network) => (network.IPAM?.Config ?? []).map((config) => config.Subnet ?? ''))
    .filter((range) => /^\d+\./.test(range));
}
