import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Clock } from '../../../lib/clock.ts';
import { gatewayOf, linkAddress, nodeAddress, nodePodCIDR } from '../addresses.ts';
import type { ClusterHome } from '../cluster-home.ts';
import type { ClusterRecord, NodeRecord } from '../cluster-record.ts';
import { whileAlive } from '../crash-watch.ts';
import { ensureNetwork } from '../docker-network.ts';
import { connectDocker } from '../engine.ts';
import { makeImages } from '../images/make-images.ts';
import type { ImageRecipe } from '../images/recipe.ts';
import { dockerHostOfNode, isolatedSocket } from '../node-engines.ts';
import { netnsOf, type Launch } from '../process-plans.ts';
import type { ProcessPlan, Processes } from '../processes.ts';
import { unmountBelow } from '../../../lib/mounts.ts';
import { removeLinkBridge } from './link-bridge.ts';
import { runCommand, succeeds } from '../run-command.ts';

/** dockerd has no event for "I am up" that could be waited for from outside: its socket is asked again after this long. */
const RETRY_MS = 100;

export interface IsolatedDeps {
  readonly vigilHome: string;
  readonly home: ClusterHome;
  readonly launch: Launch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export const engineProcess = (node: string): string => `engine-${node}`;

/** Gives each node a network namespace, a cable to the bridge and an engine with the images; what is there already stays. Resolves with the nodes' names. */
export async function ensureIsolatedNodes(
  record: ClusterRecord,
  recipes: readonly ImageRecipe[],
  processes: Processes,
  deps: IsolatedDeps,
): Promise<readonly string[]> {
  for (const node of record.nodes) {
    await plugIn(record, node);
    processes.start(enginePlan(record, node, deps));
  }
  const engines = await Promise.all(
    record.nodes.map(async (node) => {
      const docker = await connectDocker(dockerHostOfNode(record, node));
      await whileAlive([engineProcess(node.name)], processes, deps, (signal) => answered(docker, deps.clock, signal));
      await prepareEngine(record, node, docker, deps);
      return docker;
    }),
  );
  await makeImages(engines, recipes);
  return record.nodes.map((node) => node.name);
}

/** The namespace and both ends of the cable, with addresses and routes. */
export async function plugIn(record: ClusterRecord, node: NodeRecord): Promise<void> {
  const netns = netnsOf(record, node);
  const cable = cableOf(record, node);
  if (!existsSync(`/run/netns/${netns}`)) await runCommand('ip', 'netns', 'add', netns);
  const inside = ['nsenter', `--net=/run/netns/${netns}`] as const;
  const ip = (...args: string[]) => runCommand(inside[0], inside[1], 'ip', ...args);
  if (!existsSync(`/sys/class/net/${cable}`)) {
    await runCommand('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
    await ip('address', 'add', `${linkAddress(record.podSubnet, node.index)}/24`, 'dev', 'eth0');
  }
  await runCommand('ip', 'link', 'set', cable, 'master', record.bridge, 'up');
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'set', 'eth0', 'up');
  await ip('route', 'replace', 'default', 'via', gatewayOf(record.podSubnet));
  // Before the engine starts: it closes forwarding only where it had to open it itself.
  await runCommand(inside[0], inside[1], 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
  const via = linkAddress(record.podSubnet, node.index);
  await runCommand(
    'ip',
    'route',
    'replace',
    nodePodCIDR(record.podSubnet, node.index),
    'via',
    via,
    'dev',
    record.bridge,
  );
}

/** Pulls the cable: the node runs on, cut off. `plugIn` puts it back. */
export async function unplug(record: ClusterRecord, node: NodeRecord): Promise<void> {
  await runCommand('ip', 'link', 'set', cableOf(record, node), 'down');
}

/** After a power cut there would be no process ids left over: with them, dockerd would wait for a containerd that is dead. */
export function forgetEnginePids(record: ClusterRecord, node: NodeRecord): void {
  const run = `/run/${record.bridge}/${node.index}`;
  for (const file of [`${run}.pid`, `${run}/containerd/containerd.pid`]) rmSync(file, { force: true });
}

export function enginePlan(
  record: ClusterRecord,
  node: NodeRecord,
  deps: Pick<IsolatedDeps, 'home' | 'launch'>,
): ProcessPlan {
  const socket = isolatedSocket(record, node);
  const run = `/run/${record.bridge}`;
  mkdirSync(run, { recursive: true, mode: 0o700 });
  return {
    name: engineProcess(node.name),
    command: [
      'nsenter',
      `--net=/run/netns/${netnsOf(record, node)}`,
      'dockerd',
      `--data-root=${join(deps.home.node(node.name), 'engine')}`,
      `--exec-root=${run}/${node.index}`,
      `--host=unix://${socket}`,
      `--pidfile=${run}/${node.index}.pid`,
      `--cgroup-parent=/${netnsOf(record, node)}`,
      '--bridge=none',
      '--log-level=warn',
    ],
    env: deps.launch.env,
  };
}

async function answered(docker: Docker, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await docker.ping();
      return;
    } catch {
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

async function prepareEngine(
  record: ClusterRecord,
  node: NodeRecord,
  docker: Docker,
  deps: IsolatedDeps,
): Promise<void> {
  await ensureNetwork(docker, {
    cluster: record.name,
    name: record.network,
    bridge: record.bridge,
    subnet: nodePodCIDR(record.podSubnet, node.index),
    gateway: nodeAddress(record.podSubnet, node.index),
    home: deps.vigilHome,
    masquerade: false,
  });
  const iptables = ['nsenter', `--net=/run/netns/${netnsOf(record, node)}`, 'iptables', '-w'] as const;
  const accept = ['DOCKER-USER', '-j', 'ACCEPT'];
  if (!(await succeeds(iptables[0], ...iptables.slice(1), '-C', ...accept))) {
    await runCommand(iptables[0], ...iptables.slice(1), '-I', ...accept);
  }
}

/** Namespaces, cables, bridge, routes and sockets of an isolated cluster; its processes must have ended. */
export async function removeIsolatedNodes(record: ClusterRecord): Promise<void> {
  for (const node of record.nodes) {
    // The cable goes with the namespace that holds its other end, and the route with the cable.
    if (existsSync(`/run/netns/${netnsOf(record, node)}`))
      await runCommand('ip', 'netns', 'delete', netnsOf(record, node));
  }
  await removeLinkBridge(record);
  await unmountBelow(`/run/${record.bridge}`);
  rmSync(`/run/${record.bridge}`, { recursive: true, force: true });
}

/** The host's end: `vg-1a2b3c` → `vg1a2b3c-7`, at most 15 characters. */
function cableOf(record: ClusterRecord, node: NodeRecord): string {
  return `${record.bridge.replace('-', '')}-${node.index}`;
}
