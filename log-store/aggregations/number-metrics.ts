import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { KahanSum } from './kahan-sum.ts';
import { withoutDocuments } from './no-rollups.ts';
import { fieldName, numberReader, onlyOptions, textShower, valueCounter, type Body } from './values.ts';

export type NumberMetric = 'min' | 'max' | 'sum' | 'avg' | 'stats' | 'extended_stats';

interface Figures {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
  readonly min: number;
  readonly max: number;
}

export function numberMetric(kind: NumberMetric, body: Body, context: AggregationContext): AggregationPlan {
  onlyOptions(body, kind, [
    'field',
    'missing',
    'format',
    'value_type',
    ...(kind === 'extended_stats' ? ['sigma'] : []),
  ]);
  const path = fieldName(body, kind);
  const numbers = numberReader(context, path, body['missing']);
  const sigma = Number(body['sigma'] ?? 2);
  return {
    acceptsRollups: false,
    create: () => {
      let count = 0;
      const sum = new KahanSum();
      const squares = new KahanSum();
      let min = Infinity;
      let max = -Infinity;
      return {
        collect: (doc) => {
          for (const value of numbers(doc)) {
            count++;
            sum.add(value);
            squares.add(value * value);
            if (value < min) min = value;
            if (value > max) max = value;
          }
        },
        collectRollup: withoutDocuments,
        result: () => {
          const figures = { count, sum: sum.value, squares: squares.value, min, max };
          return resultOf(kind, figures, sigma, textShower(context, path, body['format']));
        },
      };
    },
  };
}

function resultOf(
  kind: NumberMetric,
  { count, sum, squares, min, max }: Figures,
  sigma: number,
  show: ((value: number) => string) | undefined,
): Record<string, unknown> {
  const figure = (value: number) => (count === 0 ? null : value);
  const single = (value: number | null) => ({
    value,
    ...(show && value !== null ? { value_as_string: show(value) } : {}),
  });
  if (kind === 'sum') return single(sum);
  if (kind === 'avg') return single(figure(sum / count));
  if (kind === 'min') return single(figure(min));
  if (kind === 'max') return single(figure(max));
  const stats = { count, min: figure(min), max: figure(max), avg: figure(sum / count), sum };
  const texts = (values: Readonly<Record<string, number | null>>) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) =>
        show && count > 0 && value !== null ? [[`${name}_as_string`, show(value)]] : [],
      ),
    );
  const { count: _count, ...shown } = stats;
  if (kind === 'stats') return { ...stats, ...texts(shown) };
  const spread = spreadOf(count, sum, squares, sigma);
  return { ...stats, ...texts(shown), ...spread };
}

/** Variances and deviations from sums, as Elasticsearch reckons them; `null` where there are too few values. */
function spreadOf(count: number, sum: number, squares: number, sigma: number): Record<string, unknown> {
  const mean = sum / count;
  const deviations = squares - (sum * sum) / count;
  const population = count === 0 ? null : Math.max(0, deviations / count);
  const sampling = count < 2 ? (count === 0 ? null : 'NaN') : Math.max(0, deviations / (count - 1));
  const root = (variance: number | string | null) => (typeof variance === 'number' ? Math.sqrt(variance) : variance);
  const bound = (deviation: number | string | null, way: 1 | -1) =>
    typeof deviation === 'number' ? mean + way * sigma * deviation : deviation;
  const [wide, sampled] = [root(population), root(sampling)];
  return {
    sum_of_squares: count === 0 ? null : squares,
    variance: population,
    variance_population: population,
    variance_sampling: sampling,
    std_deviation: wide,
    std_deviation_population: wide,
    std_deviation_sampling: sampled,
    std_deviation_bounds: {
      upper: bound(wide, 1),
      lower: bound(wide, -1),
      upper_population: bound(wide, 1),
      lower_population: bound(wide, -1),
      upper_sampling: bound(sampled, 1),
      lower_sampling: bound(sampled, -1),
    },
  };
}

export function valueCount(body: Body, context: AggregationContext): AggregationPlan {
  onlyOptions(body, 'value_count', ['field', 'missing', 'format', 'value_type']);
  const path = fieldName(body, 'value_count');
  const counter = valueCounter(context, path);
  const hasMissing = body['missing'] !== undefined;
  return {
    acceptsRollups: false,
    create: () => {
      let count = 0;
      return {
        collect: (doc) => {
          count += counter(doc) || (hasMissing ? 1 : 0);
        },
        collectRollup: withoutDocuments,
        result: () => ({ value: count }),
      };
    },
  };
}
