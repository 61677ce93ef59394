import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricDefinition } from './metric-names.ts';
import * as prometheus from './prometheus.ts';

/**
 * The metrics of one process. Metrics are made from the catalogue in `metric-names.ts`, so that dashboards and alerts can rely on their names and labels.
 * Asking for the same metric again gives the same one.
 */
export class Metrics {
  readonly #registry: Registry;

  /** On a registry that the caller has already, or on its own. */
  constructor(registry: Registry = new prometheus.MetricsRegistry()) {
    this.#registry = registry;
  }

  /** Adds `process_*` and `nodejs_*`. */
  collectProcess(): void {
    prometheus.collectProcessMetrics(this.#registry, false);
  }

  counter<L extends string>(definition: MetricDefinition<L>): Counter<L> {
    return (
      (this.#known(definition) as Counter<L> | undefined) ??
      new prometheus.Counter({ ...this.#common(definition), labelNames: definition.labels })
    );
  }

  /** `collect` is called at each scrape, to set values that are read rather than counted. */
  gauge<L extends string>(definition: MetricDefinition<L>, collect?: (gauge: Gauge<L>) => void): Gauge<L> {
    const known = this.#known(definition) as Gauge<L> | undefined;
    if (known) return known;
    const gauge: Gauge<L> = new prometheus.Gauge({
      ...this.#common(definition),
      labelNames: definition.labels,
      ...(collect ? { collect: () => collect(gauge) } : {}),
    });
    return gauge;
  }

  histogram<L extends string>(definition: MetricDefinition<L>, buckets: readonly number[]): Histogram<L> {
    return (
      (this.#known(definition) as Histogram<L> | undefined) ??
      new prometheus.Histogram({ ...this.#common(definition), labelNames: definition.labels, buckets: [...buckets] })
    );
  }

  /** The text format that Prometheus scrapes. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #known(definition: MetricDefinition<string>): unknown {
    return this.#registry.getSingleMetric(definition.name);
  }

  #common(definition: MetricDefinition<string>): { name: string; help: string; registers: Registry[] } {
    return { name: definition.name, help: definition.help, registers: [this.#registry] };
  }
}

/** Seconds: from a local call to a slow request. */
export const latencyBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
