import { checkRange, parseInstant } from '../../../lib/log-query/instant.ts';
import { compileQuery } from '../../../lib/log-query/compile-query.ts';
import { QueryError } from '../../../lib/log-query/query-error.ts';
import type { LogQuery } from '../../../lib/log-query.ts';
import { formatRoute, type Route } from './route.ts';

/** Spans that can be chosen, and the intervals whose bars fit a screen. */
export const spans: Readonly<Record<string, string>> = {
  '5m': '5s',
  '15m': '15s',
  '1h': '1m',
  '6h': '5m',
  '24h': '20m',
  '7d': '3h',
};
const DEFAULT_SPAN = '15m';
const BARS = 60;
const steps: readonly (readonly [text: string, ms: number])[] = [
  ['100ms', 100],
  ['1s', 1000],
  ['5s', 5000],
  ['15s', 15_000],
  ['1m', 60_000],
  ['5m', 300_000],
  ['20m', 1_200_000],
  ['3h', 10_800_000],
  ['1d', 86_400_000],
];

/** What a link to the logs says: everything that is shown can be linked to, with its time. */
export interface LogRoute {
  readonly query: string;
  readonly namespace: string;
  /** A span up to now, or both ends of a fixed one. */
  readonly span: string;
  readonly from: string;
  readonly to: string;
  readonly isLive: boolean;
  /** Fields whose top values are shown besides the usual ones. */
  readonly fields: readonly string[];
}

export function logRouteOf(route: Route): LogRoute {
  const text = (name: string) => route.query.get(name) ?? '';
  const from = text('from');
  const span = text('since');
  return {
    query: text('q'),
    namespace: text('ns'),
    span: Object.hasOwn(spans, span) ? span : DEFAULT_SPAN,
    from,
    to: text('to'),
    isLive: from === '' && text('live') !== 'off',
    fields: text('fields')
      .split(' ')
      .filter((field) => field !== '')
      .slice(0, 3),
  };
}

/** The link to a route with some of it changed; what is as usual is left out. */
export function hrefOf(route: LogRoute, change: Partial<LogRoute>): string {
  const next = { ...route, ...change };
  const query = {
    q: next.query,
    ns: next.namespace,
    since: next.from !== '' || next.span === DEFAULT_SPAN ? '' : next.span,
    from: next.from,
    to: next.to,
    live: next.isLive || next.from !== '' ? '' : 'off',
    fields: next.fields.join(' '),
  };
  return formatRoute('logs', [], Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')));
}

/** The time and interval of a route, as a search takes them. */
export function timeOf(route: LogRoute): Pick<LogQuery, 'since' | 'until' | 'histogramInterval'> {
  if (route.from === '') return { since: route.span, histogramInterval: spans[route.span] ?? '1m' };
  const spanMs = (route.to === '' ? Date.now() : Date.parse(route.to)) - Date.parse(route.from);
  const interval = steps.find(([, ms]) => spanMs / ms <= BARS)?.[0] ?? '1d';
  return { since: route.from, ...(route.to === '' ? {} : { until: route.to }), histogramInterval: interval };
}

/** What is wrong with a query or its times, found here as the server would find it; `undefined` when nothing is. */
export function problemOf(route: Pick<LogRoute, 'query' | 'from' | 'to'>): QueryError | undefined {
  try {
    const nowMs = Date.now();
    compileQuery(route.query, nowMs);
    const since = route.from === '' ? undefined : parseInstant('from', route.from, nowMs);
    checkRange(since, route.to === '' ? undefined : parseInstant('to', route.to, nowMs));
    return undefined;
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}
