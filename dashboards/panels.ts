import grafana from 'grafana-dash-gen';
import { config } from './config.ts';
import type { Query } from './queries.ts';

/** A panel before it is laid out: width in the 24 columns of Grafana's grid. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export type Unit = 'short' | 'percentunit' | 'bytes' | 's' | 'ops' | 'cores';

/** Legacy panel from the library as a base (title, legend, null handling), brought to the present panel type with Prometheus targets. */
function base(title: string, description: string): Record<string, unknown> {
  const { title: name, nullPointMode } = new grafana.Panels.Graph({ title }).generate();
  return {
    title: name,
    description,
    options: {},
    fieldConfig: { defaults: { custom: { spanNulls: nullPointMode === 'connected' } }, overrides: [] },
  };
}

function targets(queries: readonly Query[], instant: boolean): unknown[] {
  return queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: config.prometheus,
    expr,
    legendFormat: legend,
    ...(instant ? { instant: true, range: false } : {}),
  }));
}

/** Series over time. */
export function timeSeries(
  title: string,
  description: string,
  unit: Unit,
  queries: readonly Query[],
  width = 12,
): Panel {
  return {
    width,
    height: 8,
    json: {
      ...base(title, description),
      type: 'timeseries',
      datasource: config.prometheus,
      targets: targets(queries, false),
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      fieldConfig: {
        defaults: {
          unit: unit === 'cores' ? 'short' : unit,
          min: 0,
          custom: { fillOpacity: 10, lineWidth: 1, showPoints: 'never' },
        },
        overrides: [],
      },
    },
  };
}

/** One figure, coloured by state: green until `warnAt`, then yellow, red from `badAt`. */
export function stat(
  title: string,
  description: string,
  unit: Unit,
  queries: readonly Query[],
  warnAt?: number,
  badAt?: number,
): Panel {
  const steps = [
    { color: 'green', value: null },
    ...(warnAt === undefined ? [] : [{ color: 'yellow', value: warnAt }]),
    ...(badAt === undefined ? [] : [{ color: 'red', value: badAt }]),
  ];
  return {
    width: 6,
    height: 4,
    json: {
      ...base(title, description),
      type: 'stat',
      datasource: config.prometheus,
      targets: targets(queries, true),
      options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' },
      fieldConfig: { defaults: { unit, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    },
  };
}

/** Lines of the log store that match a Lucene query. */
export function logLines(title: string, description: string, query: string): Panel {
  return {
    width: 24,
    height: 12,
    json: {
      ...base(title, description),
      type: 'logs',
      datasource: config.logs,
      targets: [
        {
          refId: 'A',
          datasource: config.logs,
          query,
          metrics: [{ id: '1', type: 'logs', settings: { limit: '500' } }],
          bucketAggs: [],
          timeField: '@timestamp',
        },
      ],
      options: { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: 'Descending' },
    },
  };
}

/** Documents over time by the values of a field. */
export function logCounts(title: string, description: string, query: string, byField: string): Panel {
  return {
    width: 24,
    height: 6,
    json: {
      ...base(title, description),
      type: 'timeseries',
      datasource: config.logs,
      targets: [
        {
          refId: 'A',
          datasource: config.logs,
          query,
          alias: `{{term ${byField}}}`,
          metrics: [{ id: '1', type: 'count' }],
          bucketAggs: [
            { id: '2', type: 'terms', field: byField, settings: { size: '10', order: 'desc', orderBy: '_count' } },
            { id: '3', type: 'date_histogram', field: '@timestamp', settings: { interval: 'auto' } },
          ],
          timeField: '@timestamp',
        },
      ],
      fieldConfig: {
        defaults: { unit: 'short', custom: { drawStyle: 'bars', fillOpacity: 60, stacking: { mode: 'normal' } } },
        overrides: [],
      },
    },
  };
}
