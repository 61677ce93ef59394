import { badRequest } from '../engine/store-error.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { fieldName, isDateField, keysOf, numbersOf, type Body } from './values.ts';

/** Values kept for percentiles; beyond, every second one is kept, then every fourth… */
const MAX_SAMPLES = 100_000;

function metric(create: AggregationPlan['create']): AggregationPlan {
  return { acceptsRollups: false, create };
}

const noRollup = (): never => {
  throw new Error('this aggregation needs documents');
};

export function numberMetric(
  kind: 'min' | 'max' | 'sum' | 'avg' | 'stats' | 'extended_stats',
  body: Body,
  context: AggregationContext,
): AggregationPlan {
  const path = fieldName(body, kind);
  const numbers = numbersOf(context, path, body['missing']);
  return metric(() => {
    let count = 0;
    let sum = 0;
    let squares = 0;
    let min = Infinity;
    let max = -Infinity;
    return {
      collect: (doc) => {
        for (const value of numbers(doc)) {
          count++;
          sum += value;
          squares += value * value;
          if (value < min) min = value;
          if (value > max) max = value;
        }
      },
      collectRollup: noRollup,
      result: () => {
        const figure = (value: number) => (count === 0 ? null : value);
        const avg = count === 0 ? null : sum / count;
        const text = (value: number | null) =>
          value !== null && isDateField(context, path) ? { value_as_string: new Date(value).toISOString() } : {};
        if (kind === 'sum') return { value: sum };
        if (kind === 'avg') return { value: avg, ...text(avg) };
        if (kind === 'min') return { value: figure(min), ...text(figure(min)) };
        if (kind === 'max') return { value: figure(max), ...text(figure(max)) };
        const stats = { count, min: figure(min), max: figure(max), avg, sum };
        if (kind === 'stats') return stats;
        const variance = count === 0 || avg === null ? null : squares / count - avg * avg;
        return {
          ...stats,
          sum_of_squares: squares,
          variance,
          std_deviation: variance === null ? null : Math.sqrt(variance),
        };
      },
    };
  });
}

export function valueCount(body: Body, context: AggregationContext): AggregationPlan {
  const path = fieldName(body, 'value_count');
  return metric(() => {
    let count = 0;
    return {
      collect: (doc) => {
        if (path === '_index' || path === '_id') count++;
        else {
          const field = context.mapping.field(path);
          if (field) count += doc.values(field.sourcePath).length;
        }
      },
      collectRollup: noRollup,
      result: () => ({ value: count }),
    };
  });
}

/** Exact up to this many different values, then refused: an honest answer or none. */
const MAX_CARDINALITY = 2_000_000;

export function cardinality(body: Body, context: AggregationContext): AggregationPlan {
  const keys = keysOf(context, fieldName(body, 'cardinality'));
  return metric(() => {
    const seen = new Set<unknown>();
    return {
      collect: (doc) => {
        for (const key of keys(doc)) seen.add(key);
        if (seen.size > MAX_CARDINALITY) throw badRequest(`[cardinality] saw more than ${MAX_CARDINALITY} values`);
      },
      collectRollup: noRollup,
      result: () => ({ value: seen.size }),
    };
  });
}

const defaultPercents = [1, 5, 25, 50, 75, 95, 99];

export function percentiles(body: Body, context: AggregationContext): AggregationPlan {
  const numbers = numbersOf(context, fieldName(body, 'percentiles'), body['missing']);
  const percents = Array.isArray(body['percents']) ? body['percents'].map(Number) : defaultPercents;
  return metric(() => {
    let samples: number[] = [];
    let stride = 1;
    let seen = 0;
    return {
      collect: (doc) => {
        for (const value of numbers(doc)) {
          if (seen++ % stride === 0) samples.push(value);
        }
        if (samples.length >= MAX_SAMPLES) {
          samples = samples.filter((_, n) => n % 2 === 0);
          stride *= 2;
        }
      },
      collectRollup: noRollup,
      result: () => {
        const sorted = Float64Array.from(samples).sort();
        const values = percents.map((percent) => [percent, percentileOf(sorted, percent)] as const);
        if (body['keyed'] === false) return { values: values.map(([key, value]) => ({ key, value })) };
        return { values: Object.fromEntries(values.map(([key, value]) => [key.toFixed(1), value])) };
      },
    };
  });
}

/** Linear between the two nearest samples. */
function percentileOf(sorted: Float64Array, percent: number): number | null {
  if (sorted.length === 0) return null;
  const at = (percent / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
