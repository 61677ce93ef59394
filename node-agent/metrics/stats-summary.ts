import type { ContainerStats, FilesystemStats, NodeStats, PodStats } from './node-stats.ts';
import type { CgroupUsage, InterfaceUsage } from './usage.ts';

/** `/stats/summary` in the shape of the kubelet's (`stats.k8s.io/v1alpha1` Summary). */
export function statsSummary(nodeName: string, startedAtMs: number, stats: NodeStats): object {
  const time = new Date(stats.timeMs).toISOString();
  return {
    node: {
      nodeName,
      startTime: new Date(startedAtMs).toISOString(),
      cpu: { time, usageNanoCores: stats.nanoCores, usageCoreNanoSeconds: stats.cpuNanos },
      memory: {
        time,
        availableBytes: Math.max(0, stats.memoryCapacityBytes - stats.workingSetBytes),
        usageBytes: stats.memoryBytes,
        workingSetBytes: stats.workingSetBytes,
      },
      fs: stats.filesystem && filesystem(time, stats.filesystem),
    },
    pods: stats.pods.map((pod) => podSummary(time, pod)),
  };
}

function podSummary(time: string, { pod, containers, usage, nanoCores, network }: PodStats): object {
  const { name, namespace, uid, creationTimestamp } = pod.metadata ?? {};
  return {
    podRef: { name, namespace, uid },
    startTime: pod.status?.startTime ?? creationTimestamp,
    containers: containers.map((container) => containerSummary(time, container)),
    cpu: cpu(time, usage, nanoCores),
    memory: memory(time, usage),
    ...(network.length > 0 ? { network: networkSummary(time, network) } : {}),
    process_stats: { process_count: usage.processes },
  };
}

function containerSummary(time: string, { container, usage, nanoCores }: ContainerStats): object {
  return {
    name: container.name,
    startTime: container.startedAtMs === undefined ? undefined : new Date(container.startedAtMs).toISOString(),
    cpu: cpu(time, usage, nanoCores),
    memory: memory(time, usage),
  };
}

function cpu(time: string, usage: CgroupUsage, usageNanoCores: number | undefined): object {
  return { time, usageNanoCores, usageCoreNanoSeconds: usage.cpuNanos };
}

function memory(time: string, usage: CgroupUsage): object {
  return {
    time,
    ...(usage.memoryLimitBytes === undefined
      ? {}
      : { availableBytes: Math.max(0, usage.memoryLimitBytes - usage.workingSetBytes) }),
    usageBytes: usage.memoryBytes,
    workingSetBytes: usage.workingSetBytes,
    rssBytes: usage.rssBytes,
    pageFaults: usage.pageFaults,
    majorPageFaults: usage.majorPageFaults,
  };
}

function networkSummary(time: string, interfaces: readonly InterfaceUsage[]): object {
  const all = interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({
    name,
    rxBytes,
    rxErrors,
    txBytes,
    txErrors,
  }));
  return { time, ...all[0], interfaces: all };
}

function filesystem(time: string, { capacityBytes, availableBytes, inodes, inodesFree }: FilesystemStats): object {
  return {
    time,
    capacityBytes,
    availableBytes,
    usedBytes: capacityBytes - availableBytes,
    inodes,
    inodesFree,
    inodesUsed: inodes - inodesFree,
  };
}
