import { join } from 'node:path';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord, NodeRecord } from './cluster-record.ts';
import type { ProcessPlan } from './processes.ts';

/** Where the programs are and what every process of the platform is given. */
export interface Launch {
  /** The repository. */
  readonly root: string;
  /** The pinned Node. */
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Small young generations and one helper thread: the processes are mostly idle, and memory that V8 would take because it can is memory that pods do not get.
 * `test/bench` measures what each uses.
 */
const nodeFlags = ['--max-semi-space-size=1', '--v8-pool-size=1', '--disable-warning=ExperimentalWarning'];

/** What the control plane is sent lives on in its caches, and a young generation of 1 MB moves it twice: 4 MB save a sixth of the CPU time of a write. */
const controlPlaneFlags = ['--max-semi-space-size=4'];

/**
 * An agent waits for others nearly all the time. V8's top compiler would sooner or later work on what it does once a second, and take 6 MB and more CPU time than
 * it saves; the compiler below it (Maglev) stays.
 */
const agentFlags = ['--no-turbofan'];

/** Bounds of the old generation in MiB: far above what each needs at 10,000 pods, far below what would starve the machine. */
const heapLimitsMb = { controlPlane: 1024, agent: 384, shipper: 256 } as const;

export const controlPlaneProcess = 'control-plane';
export const agentProcess = (node: string): string => `agent-${node}`;
/** One shipper per engine: the machine's, or one per isolated node. */
export const shipperProcess = (node?: string): string => (node === undefined ? 'shipper' : `shipper-${node}`);

export const netnsOf = (record: Pick<ClusterRecord, 'bridge'>, node: NodeRecord): string =>
  `${record.bridge}-${node.index}`;

function nodeCommand(
  launch: Pick<Launch, 'root' | 'node'>,
  program: string,
  heapMb: number,
  config: string,
  flags: readonly string[] = [],
): readonly string[] {
  return [
    launch.node,
    ...nodeFlags,
    ...flags,
    `--max-old-space-size=${heapMb}`,
    join(launch.root, program),
    '--config',
    config,
  ];
}

export function controlPlanePlan(launch: Launch, home: ClusterHome): ProcessPlan {
  const command = controlPlaneCommand(launch, join(home.controlPlane, 'config.json'));
  return { name: controlPlaneProcess, command, env: launch.env };
}

/** How every control plane is started, in a cluster and in benchmarks; those also start a part of it as `program`. */
export function controlPlaneCommand(
  launch: Pick<Launch, 'root' | 'node'>,
  config: string,
  program = 'control-plane/main.ts',
): readonly string[] {
  return nodeCommand(launch, program, heapLimitsMb.controlPlane, config, controlPlaneFlags);
}

export function agentPlan(launch: Launch, home: ClusterHome, record: ClusterRecord, node: NodeRecord): ProcessPlan {
  const command = nodeCommand(
    launch,
    'node-agent/main.ts',
    heapLimitsMb.agent,
    join(home.node(node.name), 'config.json'),
    agentFlags,
  );
  return { name: agentProcess(node.name), command: inNode(record, node, command), env: launch.env };
}

export function shipperPlans(launch: Launch, home: ClusterHome, record: ClusterRecord): readonly ProcessPlan[] {
  if (record.logStore === 'none' || record.nodes.length === 0) return [];
  if (!record.isolated) {
    const command = shipperCommand(launch, join(home.shipper, 'config.json'));
    return [{ name: shipperProcess(), command, env: launch.env }];
  }
  return record.nodes.map((node) => {
    const command = shipperCommand(launch, join(home.shipper, node.name, 'config.json'));
    return { name: shipperProcess(node.name), command: inNode(record, node, command), env: launch.env };
  });
}

/** How every shipper is started, in a cluster and in benchmarks. */
export function shipperCommand(launch: Pick<Launch, 'root' | 'node'>, config: string): readonly string[] {
  return nodeCommand(launch, 'log-shipper/main.ts', heapLimitsMb.shipper, config);
}

/** In isolated mode a process of a node runs in the node's network namespace; nsenter replaces itself, so the process keeps its id. */
function inNode(record: ClusterRecord, node: NodeRecord, command: readonly string[]): readonly string[] {
  return record.isolated ? ['nsenter', `--net=/run/netns/${netnsOf(record, node)}`, ...command] : command;
}

/** The environment of platform processes: nothing of the caller's but what a program needs to start. */
export function launchEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  vigilHome: string,
): Record<string, string> {
  return {
    PATH: env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: env['HOME'] ?? '/root',
    NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] ?? join(vigilHome, 'compile-cache'),
    // glibc would otherwise keep up to eight arenas a core.
    MALLOC_ARENA_MAX: '2',
    UV_THREADPOOL_SIZE: '2',
    NODE_ENV: 'production',
  };
}
