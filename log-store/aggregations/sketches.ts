import { badRequest } from '../engine/store-error.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { DistinctCounter } from './distinct-counter.ts';
import { withoutDocuments } from './no-rollups.ts';
import { TDigest } from './t-digest.ts';
import { fieldName, keyReader, numberReader, onlyOptions, textShower, type Body } from './values.ts';

const DEFAULT_PRECISION = 3_000;
const MAX_PRECISION = 40_000;
const defaultPercents = [1, 5, 25, 50, 75, 95, 99];

/** Exact up to `precision_threshold` different values, within about 2 % beyond. */
export function cardinality(body: Body, context: AggregationContext): AggregationPlan {
  onlyOptions(body, 'cardinality', ['field', 'missing', 'precision_threshold', 'rehash', 'format', 'execution_hint']);
  const keys = keyReader(context, fieldName(body, 'cardinality'), body['missing']);
  const precision = Math.min(Number(body['precision_threshold'] ?? DEFAULT_PRECISION), MAX_PRECISION);
  return {
    acceptsRollups: false,
    create: () => {
      const counter = new DistinctCounter(precision);
      return {
        collect: (doc) => {
          for (const key of keys(doc)) counter.add(key);
        },
        collectRollup: withoutDocuments,
        result: () => ({ value: counter.count() }),
      };
    },
  };
}

/** `percentiles` and `percentile_ranks`. */
export function percentiles(
  kind: 'percentiles' | 'percentile_ranks',
  body: Body,
  context: AggregationContext,
): AggregationPlan {
  onlyOptions(body, kind, ['field', 'missing', 'percents', 'values', 'keyed', 'tdigest', 'hdr', 'format']);
  const path = fieldName(body, kind);
  const numbers = numberReader(context, path, body['missing']);
  const given =
    body[kind === 'percentiles' ? 'percents' : 'values'] ?? (kind === 'percentiles' ? defaultPercents : undefined);
  if (!Array.isArray(given) || given.length === 0) throw badRequest(`[${kind}] needs a list of numbers`);
  const wanted = given.map(Number).sort((a, b) => a - b);
  if (kind === 'percentiles' && wanted.some((percent) => !(percent >= 0 && percent <= 100))) {
    throw badRequest('percent must be in [0,100]');
  }
  return {
    acceptsRollups: false,
    create: () => {
      const digest = new TDigest();
      return {
        collect: (doc) => {
          for (const value of numbers(doc)) digest.add(value);
        },
        collectRollup: withoutDocuments,
        result: () => {
          const show = kind === 'percentiles' ? textShower(context, path, body['format']) : undefined;
          const figures = wanted.map((key) => {
            const figure = kind === 'percentiles' ? digest.quantile(key / 100) : digest.rank(key) * 100;
            return [key, Number.isNaN(figure) ? null : figure] as const;
          });
          if (body['keyed'] === false) return { values: figures.map(([key, value]) => ({ key, value })) };
          return {
            values: Object.fromEntries(
              figures.flatMap(([key, value]) => {
                const name = Number.isInteger(key) ? key.toFixed(1) : String(key);
                return [[name, value], ...(show && value !== null ? [[`${name}_as_string`, show(value)]] : [])];
              }),
            ),
          };
        },
      };
    },
  };
}
