import { Exposition, type Labels } from './exposition.ts';
import type { NodeStats } from './node-stats.ts';
import { noUsage, type CgroupUsage, type InterfaceUsage } from './usage.ts';

const NANOS = 1e9;

interface Row {
  readonly labels: Labels;
  readonly usage: CgroupUsage;
  readonly startedAtMs?: number | undefined;
}

type Family = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (usage: CgroupUsage) => number | undefined,
  extra?: Labels,
];

/** cAdvisor's names, as dashboards and rules of kubernetes-mixin read them. */
const families: readonly Family[] = [
  ['container_cpu_usage_seconds_total', 'counter', 'CPU time used.', (u) => u.cpuNanos / NANOS, { cpu: 'total' }],
  ['container_cpu_user_seconds_total', 'counter', 'CPU time used in user mode.', (u) => u.cpuUserNanos / NANOS],
  ['container_cpu_system_seconds_total', 'counter', 'CPU time used in the kernel.', (u) => u.cpuSystemNanos / NANOS],
  ['container_cpu_cfs_periods_total', 'counter', 'Enforcement periods that passed.', (u) => u.periods],
  [
    'container_cpu_cfs_throttled_periods_total',
    'counter',
    'Periods in which it was throttled.',
    (u) => u.throttledPeriods,
  ],
  ['container_cpu_cfs_throttled_seconds_total', 'counter', 'Time throttled.', (u) => u.throttledNanos / NANOS],
  ['container_memory_usage_bytes', 'gauge', 'Memory in use, file cache included.', (u) => u.memoryBytes],
  ['container_memory_working_set_bytes', 'gauge', 'Memory that cannot be reclaimed easily.', (u) => u.workingSetBytes],
  ['container_memory_rss', 'gauge', 'Anonymous memory.', (u) => u.rssBytes],
  ['container_memory_cache', 'gauge', 'File cache.', (u) => u.cacheBytes],
  ['container_memory_mapped_file', 'gauge', 'Mapped files.', (u) => u.mappedBytes],
  ['container_memory_swap', 'gauge', 'Swap in use.', (u) => u.swapBytes],
  ['container_memory_max_usage_bytes', 'gauge', 'The most memory that was in use.', (u) => u.maxMemoryBytes],
  ['container_memory_failcnt', 'counter', 'Times that the memory limit was hit.', (u) => u.limitHits],
  ['container_oom_events_total', 'counter', 'Processes killed for lack of memory.', (u) => u.oomKills],
  ['container_processes', 'gauge', 'Processes and threads.', (u) => u.processes],
  ['container_spec_memory_limit_bytes', 'gauge', 'Memory limit, 0 for none.', (u) => u.memoryLimitBytes ?? 0],
  ['container_fs_reads_bytes_total', 'counter', 'Bytes read from block devices.', (u) => u.readBytes, { device: '' }],
  [
    'container_fs_writes_bytes_total',
    'counter',
    'Bytes written to block devices.',
    (u) => u.writtenBytes,
    { device: '' },
  ],
  ['container_fs_reads_total', 'counter', 'Reads from block devices.', (u) => u.reads, { device: '' }],
  ['container_fs_writes_total', 'counter', 'Writes to block devices.', (u) => u.writes, { device: '' }],
];

const networkFamilies: readonly (readonly [name: string, help: string, value: (usage: InterfaceUsage) => number])[] = [
  ['container_network_receive_bytes_total', 'Bytes received.', (i) => i.rxBytes],
  ['container_network_receive_packets_total', 'Packets received.', (i) => i.rxPackets],
  ['container_network_receive_errors_total', 'Errors on receiving.', (i) => i.rxErrors],
  ['container_network_receive_packets_dropped_total', 'Packets dropped on receiving.', (i) => i.rxDropped],
  ['container_network_transmit_bytes_total', 'Bytes sent.', (i) => i.txBytes],
  ['container_network_transmit_packets_total', 'Packets sent.', (i) => i.txPackets],
  ['container_network_transmit_errors_total', 'Errors on sending.', (i) => i.txErrors],
  ['container_network_transmit_packets_dropped_total', 'Packets dropped on sending.', (i) => i.txDropped],
];

/** `/metrics/cadvisor`: each container, each pod (`container=""`) and the node (`id="/"`). */
export function cadvisorMetrics(nodeName: string, stats: NodeStats): string {
  const rows = rowsOf(nodeName, stats);
  const text = new Exposition();
  for (const [name, type, help, value, extra = {}] of families) {
    text.family(
      name,
      type,
      help,
      rows.map(({ labels, usage }) => [{ ...labels, ...extra }, value(usage)] as const),
    );
  }
  text.family(
    'container_memory_failures_total',
    'counter',
    'Page faults.',
    rows.flatMap(({ labels, usage }) => [
      [{ ...labels, failure_type: 'pgfault', scope: 'container' }, usage.pageFaults] as const,
      [{ ...labels, failure_type: 'pgmajfault', scope: 'container' }, usage.majorPageFaults] as const,
    ]),
  );
  text.family(
    'container_start_time_seconds',
    'gauge',
    'When the container started.',
    rows.map(
      ({ labels, startedAtMs }) => [labels, startedAtMs === undefined ? undefined : startedAtMs / 1000] as const,
    ),
  );
  text.family(
    'container_last_seen',
    'gauge',
    'When the container was last seen.',
    rows.map(({ labels }) => [labels, Math.floor(stats.timeMs / 1000)] as const),
  );
  for (const [name, help, value] of networkFamilies) {
    text.family(
      name,
      'counter',
      help,
      stats.pods.flatMap(({ pod, network }) =>
        network.map(
          (usage) => [{ ...podLabels(nodeName, pod.metadata ?? {}), interface: usage.name }, value(usage)] as const,
        ),
      ),
    );
  }
  return text
    .family('machine_cpu_cores', 'gauge', 'Cores of this node.', [[{ node: nodeName }, stats.cpuCores]])
    .family('machine_memory_bytes', 'gauge', 'Memory of this node.', [[{ node: nodeName }, stats.memoryCapacityBytes]])
    .family('container_scrape_error', 'gauge', '1 when something could not be read.', [[{}, 0]])
    .toString();
}

function rowsOf(nodeName: string, stats: NodeStats): readonly Row[] {
  const root: Row = {
    labels: { container: '', id: '/', image: '', name: '', namespace: '', node: nodeName, pod: '' },
    usage: {
      ...noUsage,
      cpuNanos: stats.cpuNanos,
      memoryBytes: stats.memoryBytes,
      workingSetBytes: stats.workingSetBytes,
    },
  };
  const pods = stats.pods.flatMap(({ pod, containers, usage }): Row[] => {
    const labels = podLabels(nodeName, pod.metadata ?? {});
    return [
      { labels, usage },
      ...containers.map(({ container, image, usage: own }) => ({
        labels: {
          ...labels,
          container: container.name,
          id: `${labels['id']}/${container.id}`,
          image,
          name: container.id,
        },
        usage: own,
        startedAtMs: container.startedAtMs,
      })),
    ];
  });
  return [root, ...pods];
}

function podLabels(nodeName: string, meta: { namespace?: string; name?: string; uid?: string }): Labels {
  return {
    container: '',
    id: `/kubepods/pod${meta.uid ?? ''}`,
    image: '',
    name: '',
    namespace: meta.namespace ?? '',
    node: nodeName,
    pod: meta.name ?? '',
  };
}
