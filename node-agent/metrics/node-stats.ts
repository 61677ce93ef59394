import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import type { Clock } from '../../lib/clock.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { AgentContainer, AgentPod, AgentPods } from '../agent-pods.ts';
import type { ContainerUsage } from './container-usage.ts';
import { addUsage, noUsage, type CgroupUsage, type InterfaceUsage } from './usage.ts';

export interface ContainerStats {
  readonly container: AgentContainer;
  readonly image: string;
  readonly usage: CgroupUsage;
  /** Billionths of a core since the last reading; absent at the first. */
  readonly nanoCores?: number | undefined;
}

export interface PodStats {
  readonly pod: Pod;
  readonly containers: readonly ContainerStats[];
  /** All containers and the sandbox. */
  readonly usage: CgroupUsage;
  readonly nanoCores?: number | undefined;
  readonly network: readonly InterfaceUsage[];
}

export interface FilesystemStats {
  readonly capacityBytes: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** One reading of everything on this node. */
export interface NodeStats {
  readonly timeMs: number;
  readonly cpuNanos: number;
  readonly nanoCores?: number | undefined;
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly workingSetBytes: number;
  readonly memoryCapacityBytes: number;
  readonly filesystem?: FilesystemStats | undefined;
  readonly pods: readonly PodStats[];
}

export interface NodeStatsOptions {
  readonly pods: AgentPods;
  readonly usage: Pick<ContainerUsage, 'usage' | 'network' | 'keep'>;
  readonly clock: Clock;
  /** What the node offers when it is only a part of the machine. */
  readonly capacity?: { readonly cpuCores: number; readonly memoryBytes: number } | undefined;
  /** A folder on the file system that pods' data live on. */
  readonly stateDir: string;
  /** CPU time in nanoseconds and memory in bytes of this process. */
  readonly ownUsage: () => { readonly cpuNanos: number; readonly memoryBytes: number };
}

/** Readings that come closer together than this are one. */
const MAX_AGE_MS = 1_000;
/** Containers read at once, to bound open files. */
const MAX_PARALLEL = 16;

/**
 * Reads what pods and node use. A node that is the whole machine reports the machine's figures; one of several nodes on a machine reports its own pods and its own agent,
 * for the machine's figures would count its neighbours.
 */
export class NodeStatsReader {
  readonly #options: NodeStatsOptions;
  #latest: NodeStats | undefined;
  #reading: Promise<NodeStats> | undefined;
  #cpuNanos = 0;
  #ownNanos = 0;
  /** By container ID, at the last reading. */
  #lastNanos: ReadonlyMap<string, number> = new Map();

  constructor(options: NodeStatsOptions) {
    this.#options = options;
  }

  /** At most a second old; callers at the same time share one reading. */
  read(): Promise<NodeStats> {
    const { clock } = this.#options;
    if (this.#latest && clock.now() - this.#latest.timeMs < MAX_AGE_MS) return Promise.resolve(this.#latest);
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(): Promise<NodeStats> {
    const { pods, usage, clock, capacity, stateDir } = this.#options;
    const timeMs = clock.now();
    const elapsedMs = this.#latest ? timeMs - this.#latest.timeMs : undefined;
    const agentPods = pods.list();
    const ids = new Set(agentPods.flatMap(containerIdsOf));
    usage.keep(ids);
    const usages = await readAll([...ids], usage);
    const stats = await Promise.all(agentPods.map((pod) => this.#podStats(pod, usages, elapsedMs)));
    for (const [id, { cpuNanos }] of usages) this.#cpuNanos += Math.max(0, cpuNanos - (this.#lastNanos.get(id) ?? 0));
    this.#lastNanos = new Map([...usages].map(([id, { cpuNanos }]) => [id, cpuNanos]));
    const node = this.#nodeUsage(stats);
    const former = this.#latest;
    this.#latest = {
      timeMs,
      ...node,
      nanoCores: former && elapsedMs ? rate(node.cpuNanos, former.cpuNanos, elapsedMs) : undefined,
      cpuCores: capacity?.cpuCores ?? cpus().length,
      memoryCapacityBytes: capacity?.memoryBytes ?? totalmem(),
      filesystem: await filesystemOf(stateDir),
      pods: stats,
    };
    return this.#latest;
  }

  async #podStats(
    agentPod: AgentPod,
    usages: ReadonlyMap<string, CgroupUsage>,
    elapsedMs: number | undefined,
  ): Promise<PodStats> {
    const { pod, sandboxId } = agentPod;
    const nanoCoresOf = (id: string, usage: CgroupUsage): number | undefined => {
      const before = this.#lastNanos.get(id);
      return before === undefined || !elapsedMs ? undefined : rate(usage.cpuNanos, before, elapsedMs);
    };
    const containers = agentPod.containers.flatMap((container): ContainerStats[] => {
      const usage = usages.get(container.id);
      if (!usage) return [];
      return [{ container, image: imageOf(pod, container.name), usage, nanoCores: nanoCoresOf(container.id, usage) }];
    });
    const sandbox = sandboxId === undefined ? undefined : usages.get(sandboxId);
    const rates = containers.map((container) => container.nanoCores).filter((nanoCores) => nanoCores !== undefined);
    const isOnHost = pod.spec?.hostNetwork === true;
    return {
      pod,
      containers,
      usage: containers.reduce((sum, { usage }) => addUsage(sum, usage), sandbox ?? noUsage),
      nanoCores: rates.length > 0 ? rates.reduce((sum, nanoCores) => sum + nanoCores, 0) : undefined,
      network: sandboxId === undefined || isOnHost ? [] : await this.#options.usage.network(sandboxId),
    };
  }

  #nodeUsage(pods: readonly PodStats[]): Pick<NodeStats, 'cpuNanos' | 'memoryBytes' | 'workingSetBytes'> {
    const { capacity, ownUsage } = this.#options;
    if (!capacity) {
      const used = totalmem() - freemem();
      return { cpuNanos: machineCpuNanos(), memoryBytes: used, workingSetBytes: used };
    }
    const own = ownUsage();
    this.#cpuNanos += Math.max(0, own.cpuNanos - this.#ownNanos);
    this.#ownNanos = own.cpuNanos;
    const sum = (of: (usage: CgroupUsage) => number) => pods.reduce((total, { usage }) => total + of(usage), 0);
    return {
      cpuNanos: this.#cpuNanos,
      memoryBytes: Math.min(capacity.memoryBytes, own.memoryBytes + sum((usage) => usage.memoryBytes)),
      workingSetBytes: Math.min(capacity.memoryBytes, own.memoryBytes + sum((usage) => usage.workingSetBytes)),
    };
  }
}

function containerIdsOf(pod: AgentPod): string[] {
  const running = pod.containers.filter((container) => container.isRunning).map((container) => container.id);
  return pod.sandboxId === undefined ? running : [pod.sandboxId, ...running];
}

async function readAll(
  ids: readonly string[],
  usage: NodeStatsOptions['usage'],
): Promise<ReadonlyMap<string, CgroupUsage>> {
  const found = new Map<string, CgroupUsage>();
  const rest = ids.values();
  const worker = async () => {
    for (const id of rest) {
      const read = await usage.usage(id);
      if (read) found.set(id, read);
    }
  };
  await Promise.all(Array.from({ length: MAX_PARALLEL }, worker));
  return found;
}

function rate(now: number, before: number, elapsedMs: number): number {
  return Math.max(0, Math.round(((now - before) / elapsedMs) * 1000));
}

function imageOf(pod: Pod, name: string): string {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return all.find((container) => container.name === name)?.image ?? '';
}

function machineCpuNanos(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) * 1_000_000;
}

async function filesystemOf(folder: string): Promise<FilesystemStats | undefined> {
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(folder);
    return { capacityBytes: bsize * blocks, availableBytes: bsize * bavail, inodes: files, inodesFree: ffree };
  } catch {
    return undefined;
  }
}
