import { metricNames } from '../../lib/metric-names.ts';
import { latencyBuckets, type Metrics } from '../../lib/metrics.ts';

/** How an attempt to place a pod ended, in upstream's words. */
export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** The one scheduling profile there is, named after upstream's default. */
const profile = 'default-scheduler';

/** Counts attempts under Kubernetes' `scheduler_*` names. */
export class SchedulerMetrics {
  readonly #attempts;
  readonly #seconds;

  constructor(metrics: Metrics, pending: { readonly active: () => number; readonly unschedulable: () => number }) {
    this.#attempts = metrics.counter(metricNames.schedulerAttempts);
    this.#seconds = metrics.histogram(metricNames.schedulerSeconds, latencyBuckets);
    metrics.gauge(metricNames.schedulerPending, (gauge) => {
      gauge.set({ queue: 'active' }, pending.active());
      gauge.set({ queue: 'unschedulable' }, pending.unschedulable());
    });
  }

  attempted(result: AttemptResult, seconds: number): void {
    this.#attempts.inc({ result, profile });
    this.#seconds.observe({ result, profile }, seconds);
  }
}
