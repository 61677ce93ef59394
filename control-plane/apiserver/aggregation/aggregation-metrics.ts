import type { Registry as MetricsRegistry } from 'prom-client';
import { Counter, Gauge } from '../../../lib/prometheus.ts';
import type { Availability } from './availability.ts';
import type { ApiServiceRoutes } from './routes.ts';

/** Upstream's metrics of aggregated servers. Returns what is to be told of each check: the name of the APIService, whether it was available before, and what was found. */
export function registerAggregationMetrics(
  metrics: MetricsRegistry,
  routes: ApiServiceRoutes,
): (name: string, wasAvailable: boolean, found: Availability) => void {
  const unavailable = new Gauge({
    name: 'aggregator_unavailable_apiservice',
    help: 'Gauge of APIServices which are marked as unavailable broken down by APIService name.',
    labelNames: ['name'],
    registers: [],
    collect() {
      this.reset();
      for (const { name, isAvailable } of routes.all()) this.set({ name }, isAvailable ? 0 : 1);
    },
  });
  const turned = new Counter({
    name: 'aggregator_unavailable_apiservice_total',
    help: 'Counter of APIServices which are marked as unavailable broken down by APIService name and reason.',
    labelNames: ['name', 'reason'],
    registers: [],
  });
  for (const metric of [unavailable, turned]) metrics.registerMetric(metric);
  return (name, wasAvailable, { status, reason }) => {
    if (wasAvailable && status !== 'True') turned.inc({ name, reason });
  };
}
