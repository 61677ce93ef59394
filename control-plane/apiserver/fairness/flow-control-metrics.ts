import type { Registry as MetricsRegistry } from 'prom-client';
import * as prometheus from '../../../lib/prometheus.ts';
import { countedHistogram } from './counted-histogram.ts';
import type { FlowControl } from './flow-control.ts';
import { refusals, type FlowStats } from './flow-stats.ts';
import type { PriorityLevel } from './priority-level.ts';
import type { Turn } from './turn.ts';

const flowLabels = ['priority_level', 'flow_schema'] as const;

/** Upstream's `apiserver_flowcontrol_*`, read from what `FlowControl` counts whenever somebody scrapes. */
export function registerFlowControlMetrics(metrics: MetricsRegistry, control: FlowControl): void {
  const labelsOf = ({ level, schema }: FlowStats) => ({ priority_level: level, flow_schema: schema });

  const counter = (name: string, help: string, value: (stats: FlowStats) => number) =>
    metrics.registerMetric(
      new prometheus.Counter({
        name,
        help,
        labelNames: flowLabels,
        registers: [],
        collect() {
          this.reset();
          for (const stats of control.stats) this.inc(labelsOf(stats), value(stats));
        },
      }),
    );
  const gauge = (name: string, help: string, value: (stats: FlowStats) => number) =>
    metrics.registerMetric(
      new prometheus.Gauge({
        name,
        help,
        labelNames: flowLabels,
        registers: [],
        collect() {
          this.reset();
          for (const stats of control.stats) this.set(labelsOf(stats), value(stats));
        },
      }),
    );
  const levelGauge = (name: string, help: string, value: (level: PriorityLevel<Turn>) => number) =>
    metrics.registerMetric(
      new prometheus.Gauge({
        name,
        help,
        labelNames: ['priority_level'],
        registers: [],
        collect() {
          this.reset();
          for (const level of control.levels) this.set({ priority_level: level.name }, value(level));
        },
      }),
    );

  counter(
    'apiserver_flowcontrol_dispatched_requests_total',
    'Number of requests executed by API Priority and Fairness subsystem',
    (stats) => stats.dispatched,
  );
  metrics.registerMetric(
    new prometheus.Counter({
      name: 'apiserver_flowcontrol_rejected_requests_total',
      help: 'Number of requests rejected by API Priority and Fairness subsystem',
      labelNames: [...flowLabels, 'reason'],
      registers: [],
      collect() {
        this.reset();
        for (const stats of control.stats) {
          for (const reason of refusals)
            if (stats.refused[reason] > 0) this.inc({ ...labelsOf(stats), reason }, stats.refused[reason]);
        }
      },
    }),
  );
  gauge(
    'apiserver_flowcontrol_current_inqueue_requests',
    'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
    (stats) => stats.waiting,
  );
  gauge(
    'apiserver_flowcontrol_current_executing_requests',
    'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
    (stats) => stats.executing,
  );
  gauge(
    'apiserver_flowcontrol_current_executing_seats',
    'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
    (stats) => stats.executingSeats,
  );
  levelGauge(
    'apiserver_flowcontrol_nominal_limit_seats',
    'Nominal number of execution seats configured for each priority level',
    ({ share }) => share.limits.nominal,
  );
  levelGauge(
    'apiserver_flowcontrol_lower_limit_seats',
    'Configured lower bound on number of execution seats available to each priority level',
    ({ share }) => share.limits.lower,
  );
  levelGauge(
    'apiserver_flowcontrol_upper_limit_seats',
    'Configured upper bound on number of execution seats available to each priority level',
    ({ share }) => share.limits.upper,
  );
  levelGauge(
    'apiserver_flowcontrol_current_limit_seats',
    'current derived number of execution seats available to each priority level',
    ({ share }) => control.pool.reachOf(share),
  );
  metrics.registerMetric(
    countedHistogram(
      'apiserver_flowcontrol_request_wait_duration_seconds',
      'Length of time a request spent waiting in its queue',
      [...flowLabels, 'execute'],
      function* () {
        for (const stats of control.stats) {
          yield { labels: { ...labelsOf(stats), execute: 'true' }, buckets: stats.waitedAndRan };
          if (stats.waitedInVain.counts.some((count) => count > 0))
            yield { labels: { ...labelsOf(stats), execute: 'false' }, buckets: stats.waitedInVain };
        }
      },
    ),
  );
  metrics.registerMetric(
    countedHistogram(
      'apiserver_flowcontrol_request_execution_seconds',
      'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem',
      flowLabels,
      function* () {
        for (const stats of control.stats) yield { labels: labelsOf(stats), buckets: stats.ran };
      },
    ),
  );
}
