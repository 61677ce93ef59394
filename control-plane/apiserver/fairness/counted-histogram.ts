import type { Histogram, MetricObjectWithValues, MetricValueWithName } from 'prom-client';
import * as prometheus from '../../../lib/prometheus.ts';
import type { Buckets } from './flow-stats.ts';

type Labels = Readonly<Record<string, string>>;
type Values = MetricObjectWithValues<MetricValueWithName<string>>;

/** A histogram whose counts are kept elsewhere and read when it is scraped. */
export function countedHistogram(
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => Iterable<{ readonly labels: Labels; readonly buckets: Buckets }>,
): Histogram<string> {
  const histogram: Histogram<string> = new prometheus.Histogram({ name, help, labelNames, registers: [] });
  histogram.get = (): Promise<Values> => {
    const values = [...read()].flatMap(({ labels, buckets }) => valuesOf(name, labels, buckets));
    return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' } as unknown as Values);
  };
  return histogram;
}

function valuesOf(name: string, labels: Labels, { bounds, counts, sum }: Buckets): MetricValueWithName<string>[] {
  let total = 0;
  const values: MetricValueWithName<string>[] = counts.map((count, at) => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[at] ?? '+Inf') }, value: total };
  });
  values.push({ metricName: `${name}_sum`, labels, value: sum });
  values.push({ metricName: `${name}_count`, labels, value: total });
  return values;
}
