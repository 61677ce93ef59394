import type { Counter, Gauge, Histogram } from 'prom-client';
import { metricNames } from '../../lib/metric-names.ts';
import { latencyBuckets, Metrics } from '../../lib/metrics.ts';
import type { AgentPods } from '../agent-pods.ts';

/**
 * The agent's own metrics (`kubelet_*`, `process_*`). What others count they count through the methods here; how many pods and containers there are is looked up
 * when asked.
 */
export class AgentMetrics {
  readonly metrics = new Metrics();
  readonly #pods: AgentPods;
  readonly #runningPods: Gauge;
  readonly #runningContainers: Gauge<'container_state'>;
  readonly #podStart: Histogram;
  readonly #relist: Histogram;
  readonly #operations: Counter<'operation_type'>;
  readonly #operationErrors: Counter<'operation_type'>;

  constructor(nodeName: string, pods: AgentPods) {
    this.#pods = pods;
    this.metrics.collectProcess();
    this.metrics.gauge(metricNames.kubeletNodeName).set({ node: nodeName }, 1);
    this.#runningPods = this.metrics.gauge(metricNames.kubeletRunningPods);
    this.#runningContainers = this.metrics.gauge(metricNames.kubeletRunningContainers);
    this.#podStart = this.metrics.histogram(metricNames.kubeletPodStartSeconds, latencyBuckets);
    this.#relist = this.metrics.histogram(metricNames.kubeletRelistSeconds, latencyBuckets);
    this.#operations = this.metrics.counter(metricNames.kubeletRuntimeOperations);
    this.#operationErrors = this.metrics.counter(metricNames.kubeletRuntimeErrors);
  }

  /** Whose series are worth keeping. */
  podUids(): ReadonlySet<string> {
    return new Set(this.#pods.list().map(({ pod }) => pod.metadata?.uid ?? ''));
  }

  /** From seeing a pod to all of its containers running. */
  observePodStart(seconds: number): void {
    this.#podStart.observe(seconds);
  }

  observeRelist(seconds: number): void {
    this.#relist.observe(seconds);
  }

  /** `create_container`, `start_container`, `stop_container`, `remove_container`, `pull_image`, `exec`… */
  countRuntimeOperation(type: string, hasFailed: boolean): void {
    this.#operations.inc({ operation_type: type });
    if (hasFailed) this.#operationErrors.inc({ operation_type: type });
  }

  async text(): Promise<string> {
    const pods = this.#pods.list();
    const containers = pods.flatMap((pod) => pod.containers);
    const running = containers.filter((container) => container.isRunning).length;
    this.#runningPods.set(pods.filter((pod) => pod.containers.some((container) => container.isRunning)).length);
    this.#runningContainers.set({ container_state: 'running' }, running);
    this.#runningContainers.set({ container_state: 'exited' }, containers.length - running);
    return this.metrics.text();
  }
}
