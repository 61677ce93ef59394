import type Docker from 'dockerode';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { gatewayOf } from './addresses.ts';
import { freePort, freeSubnets, interfaceRanges, isFree } from './allocate.ts';
import type { ClusterHome } from './cluster-home.ts';
import { changedRecord, newRecord, type Wanted } from './cluster-plan.ts';
import { readRecord, writeRecord, type ClusterRecord } from './cluster-record.ts';
import { ensureNetwork, networkRanges } from './docker-network.ts';
import { register, takenOnMachine } from './machine-registry.ts';
import { ensureLinkBridge } from './isolated/link-bridge.ts';

const FIRST_METRICS_PORT = 9600;

export interface ReserveDeps {
  readonly vigilHome: string;
  readonly home: ClusterHome;
  readonly dockerHost: string;
  readonly clock: Clock;
}

/**
 * Decides on subnets and port and takes them: the bridge is made before the machine's lock is let go. The record is written before anything is made, so that
 * `kctl down` finds whatever an interrupted `up` left.
 */
export async function reserveCluster(wanted: Wanted, docker: Docker, deps: ReserveDeps): Promise<ClusterRecord> {
  const existing = readRecord(deps.home);
  const record = existing ? changedRecord(existing, wanted) : await allocate(wanted, docker, deps);
  writeRecord(deps.home, record);
  register(deps.home, record);
  if (record.nodes.length === 0) return record;
  if (record.isolated) {
    await ensureLinkBridge(record);
    return record;
  }
  await ensureNetwork(docker, {
    cluster: record.name,
    name: record.network,
    bridge: record.bridge,
    subnet: record.podSubnet,
    gateway: gatewayOf(record.podSubnet),
    home: deps.vigilHome,
    masquerade: true,
  });
  return record;
}

async function allocate(wanted: Wanted, docker: Docker, deps: ReserveDeps): Promise<ClusterRecord> {
  const others = takenOnMachine();
  const ofOthers = others.flatMap((other) => other.subnets);
  const subnets = freeSubnets([...interfaceRanges(), ...(await networkRanges(docker)), ...ofOthers]);
  const reserved = new Set(others.flatMap((other) => other.ports));
  if (wanted.port !== undefined && !(await isFree(wanted.port))) {
    throw new VigilError(
      'PORT_TAKEN',
      'conflict',
      `port ${wanted.port} is in use: leave --port away to take a free one`,
    );
  }
  const allocation = {
    podSubnet: subnets.pod,
    serviceSubnet: subnets.service,
    port: wanted.port ?? (await freePort(subnets.place, reserved)),
    shipperMetricsPort: await freePort(subnets.place, reserved, FIRST_METRICS_PORT),
    dockerHost: deps.dockerHost,
    createdAt: new Date(deps.clock.now()).toISOString(),
  };
  return newRecord(wanted, allocation, deps.vigilHome);
}
