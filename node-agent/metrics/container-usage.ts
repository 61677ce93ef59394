import type { DockerEndpoint } from '../streams/docker-endpoint.ts';
import { CgroupReader } from './cgroup-reader.ts';
import { noUsage, type CgroupUsage, type InterfaceUsage } from './usage.ts';

type Located =
  | {
      readonly kind: 'files';
      readonly pid: number;
      readonly group: NonNullable<Awaited<ReturnType<CgroupReader['groupOf']>>>;
    }
  | { readonly kind: 'engine'; readonly pid: number };

/** As much of the engine's statistics as is asked for. */
interface EngineStats {
  readonly cpu_stats?: {
    readonly cpu_usage?: {
      readonly total_usage?: number;
      readonly usage_in_usermode?: number;
      readonly usage_in_kernelmode?: number;
    };
    readonly throttling_data?: {
      readonly periods?: number;
      readonly throttled_periods?: number;
      readonly throttled_time?: number;
    };
  };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly max_usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly pids_stats?: { readonly current?: number };
}

/**
 * What containers use, by ID. Where a container's control group is gets asked of the engine once; where its files cannot be seen from here (an engine on
 * another machine), the engine's own statistics are taken.
 */
export class ContainerUsage {
  readonly #docker: DockerEndpoint;
  readonly #cgroups: CgroupReader;
  readonly #located = new Map<string, Located>();

  constructor(docker: DockerEndpoint, cgroups = new CgroupReader()) {
    this.#docker = docker;
    this.#cgroups = cgroups;
  }

  /** `undefined` when the container does not run (any more). */
  async usage(id: string): Promise<CgroupUsage | undefined> {
    const located = await this.#locate(id);
    if (!located) return undefined;
    const found = located.kind === 'files' ? await this.#cgroups.usageOf(located.group) : await this.#engineUsage(id);
    if (!found) this.#located.delete(id);
    return found;
  }

  async network(id: string): Promise<readonly InterfaceUsage[]> {
    const located = await this.#locate(id);
    return located ? this.#cgroups.networkOf(located.pid) : [];
  }

  /** Forgets all containers but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#located.keys()) if (!ids.has(id)) this.#located.delete(id);
  }

  async #locate(id: string): Promise<Located | undefined> {
    const known = this.#located.get(id);
    if (known) return known;
    try {
      const { State } = await this.#docker.json<{ State: { Pid: number } }>('GET', `/containers/${id}/json`);
      if (State.Pid <= 0) return undefined;
      const group = await this.#cgroups.groupOf(State.Pid);
      const located: Located = group ? { kind: 'files', pid: State.Pid, group } : { kind: 'engine', pid: State.Pid };
      this.#located.set(id, located);
      return located;
    } catch {
      // Gone, or the engine does not answer: either way there is nothing to report now.
      return undefined;
    }
  }

  async #engineUsage(id: string): Promise<CgroupUsage | undefined> {
    try {
      return usageOfEngineStats(
        await this.#docker.json<EngineStats>('GET', `/containers/${id}/stats?stream=false&one-shot=true`),
      );
    } catch {
      return undefined;
    }
  }
}

/** The engine's statistics in our terms. */
function usageOfEngineStats({ cpu_stats: cpu, memory_stats: memory, pids_stats: pids }: EngineStats): CgroupUsage {
  const stats = memory?.stats ?? {};
  const usage = memory?.usage ?? 0;
  return {
    ...noUsage,
    cpuNanos: cpu?.cpu_usage?.total_usage ?? 0,
    cpuUserNanos: cpu?.cpu_usage?.usage_in_usermode ?? 0,
    cpuSystemNanos: cpu?.cpu_usage?.usage_in_kernelmode ?? 0,
    periods: cpu?.throttling_data?.periods ?? 0,
    throttledPeriods: cpu?.throttling_data?.throttled_periods ?? 0,
    throttledNanos: cpu?.throttling_data?.throttled_time ?? 0,
    memoryBytes: usage,
    workingSetBytes: Math.max(0, usage - (stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0)),
    rssBytes: stats['total_rss'] ?? stats['anon'] ?? 0,
    cacheBytes: stats['total_cache'] ?? stats['file'] ?? 0,
    mappedBytes: stats['total_mapped_file'] ?? stats['file_mapped'] ?? 0,
    maxMemoryBytes: memory?.max_usage ?? 0,
    memoryLimitBytes: memory?.limit,
    pageFaults: stats['total_pgfault'] ?? stats['pgfault'] ?? 0,
    majorPageFaults: stats['total_pgmajfault'] ?? stats['pgmajfault'] ?? 0,
    processes: pids?.current ?? 0,
  };
}
