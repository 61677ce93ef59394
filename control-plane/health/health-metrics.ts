import { metricNames } from '../../lib/metric-names.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { ClusterView } from './cluster-view.ts';
import type { SignalHub } from './signal-hub.ts';

/** Counts decisions, whoever makes them, and shows which agents are heard. */
export function registerHealthMetrics(metrics: Metrics, hub: SignalHub, view: ClusterView): void {
  const decisions = metrics.counter(metricNames.decisions);
  hub.subscribe((event) => {
    if (event.kind !== 'decision') return;
    decisions.inc({ component: event.decision.component, decision: event.decision.decision });
  });
  metrics.gauge(metricNames.agentConnected, (gauge) => {
    gauge.reset();
    for (const node of view.nodes.list()) {
      const name = node.metadata?.name ?? '';
      gauge.set({ node: name }, Number(hub.isConnected(name)));
    }
  });
}
