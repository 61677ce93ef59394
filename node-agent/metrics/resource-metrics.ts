import { Exposition } from './exposition.ts';
import type { NodeStats } from './node-stats.ts';

const NANOS = 1e9;

/** `/metrics/resource`: the few figures that schedulers and autoscalers ask for, with the time at which they were read. */
export function resourceMetrics(stats: NodeStats): string {
  const { timeMs } = stats;
  const containers = stats.pods.flatMap(({ pod, containers: own }) =>
    own.map((entry) => ({
      ...entry,
      labels: {
        container: entry.container.name,
        namespace: pod.metadata?.namespace ?? '',
        pod: pod.metadata?.name ?? '',
      },
    })),
  );
  const pods = stats.pods.map(({ pod, usage }) => ({
    usage,
    labels: { namespace: pod.metadata?.namespace ?? '', pod: pod.metadata?.name ?? '' },
  }));
  return new Exposition()
    .family(
      'container_cpu_usage_seconds_total',
      'counter',
      'CPU time used by the container.',
      containers.map(({ labels, usage }) => [labels, usage.cpuNanos / NANOS, timeMs] as const),
    )
    .family(
      'container_memory_working_set_bytes',
      'gauge',
      'Working set of the container.',
      containers.map(({ labels, usage }) => [labels, usage.workingSetBytes, timeMs] as const),
    )
    .family(
      'container_start_time_seconds',
      'gauge',
      'When the container started.',
      containers.map(({ labels, container: { startedAtMs } }) => [labels, startedAtMs && startedAtMs / 1000] as const),
    )
    .family(
      'pod_cpu_usage_seconds_total',
      'counter',
      'CPU time used by the pod.',
      pods.map(({ labels, usage }) => [labels, usage.cpuNanos / NANOS, timeMs] as const),
    )
    .family(
      'pod_memory_working_set_bytes',
      'gauge',
      'Working set of the pod.',
      pods.map(({ labels, usage }) => [labels, usage.workingSetBytes, timeMs] as const),
    )
    .family('node_cpu_usage_seconds_total', 'counter', 'CPU time used by the node.', [
      [{}, stats.cpuNanos / NANOS, timeMs],
    ])
    .family('node_memory_working_set_bytes', 'gauge', 'Working set of the node.', [[{}, stats.workingSetBytes, timeMs]])
    .family('resource_scrape_error', 'gauge', '1 when something could not be read.', [[{}, 0]])
    .toString();
}
