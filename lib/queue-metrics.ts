import type { QueueObserver } from './kube/controller.ts';
import { metricNames } from './metric-names.ts';
import { latencyBuckets, type Metrics } from './metrics.ts';

/** Counts what work queues do, under Kubernetes' `workqueue_*` names. */
export class QueueMetrics implements QueueObserver {
  readonly #depths = new Map<string, () => number>();
  readonly #adds;
  readonly #retries;
  readonly #seconds;

  constructor(metrics: Metrics) {
    this.#adds = metrics.counter(metricNames.workqueueAdds);
    this.#retries = metrics.counter(metricNames.workqueueRetries);
    this.#seconds = metrics.histogram(metricNames.workqueueSeconds, latencyBuckets);
    metrics.gauge(metricNames.workqueueDepth, (gauge) => {
      for (const [name, depth] of this.#depths) gauge.set({ name }, depth());
    });
  }

  observe(queue: string, depth: () => number): void {
    this.#depths.set(queue, depth);
  }

  added(queue: string): void {
    this.#adds.inc({ name: queue });
  }

  worked(queue: string, seconds: number, failed: boolean): void {
    this.#seconds.observe({ name: queue }, seconds);
    if (failed) this.#retries.inc({ name: queue });
  }
}
