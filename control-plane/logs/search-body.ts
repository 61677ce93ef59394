import { parseDurationMs } from '../../lib/duration.ts';
import { VigilError } from '../../lib/errors.ts';
import { numberOfDigits } from '../../lib/exact-json.ts';
import type { LogQuery } from '../../lib/log-query.ts';
import { logFields } from '../../lib/log-record.ts';
import type { Dataset } from '../../lib/signals/records.ts';

export const DEFAULT_SIZE = 500;
export const MAX_SIZE = 10_000;
/** A query text longer than this is a mistake. */
const MAX_TEXT_LENGTH = 4096;

type Clause = Readonly<Record<string, unknown>>;

/** The index pattern that holds a query's documents. */
export function indexOf(query: LogQuery): string {
  const dataset: Dataset = query.dataset ?? 'containers';
  return `logs-vigil.${dataset}-*`;
}

/**
 * The `_search` body of a query, the same for Elasticsearch, OpenSearch and the embedded store. `namespaces` are those the asker may read; `undefined` = all.
 * Throws `LOG_QUERY_INVALID` naming the field.
 */
export function searchBody(
  query: LogQuery,
  namespaces: readonly string[] | undefined,
  nowMs: number,
): Record<string, unknown> {
  const filter: Clause[] = [];
  const anyOf = (field: string, values: readonly string[] | undefined) => {
    if (values && values.length > 0) filter.push({ terms: { [field]: values } });
  };
  anyOf(logFields.namespace, namespaces);
  anyOf(logFields.pod, query.pods);
  anyOf(logFields.podUid, query.podUids);
  anyOf(logFields.container, query.containers);
  anyOf(logFields.containerId, query.containerIds);
  anyOf(logFields.node, query.nodes);
  if (query.workload) filter.push(...workloadFilter(query.workload));
  for (const [key, value] of labelTerms(query.labelSelector))
    filter.push({ term: { [`${logFields.labels}.${key}`]: value } });
  if (query.stream) filter.push({ term: { [logFields.stream]: query.stream } });
  if (query.level) filter.push({ term: { [logFields.level]: query.level.toLowerCase() } });
  const range = timeRange(query, nowMs);
  if (range) filter.push({ range: { '@timestamp': range } });
  const must: Clause[] = [];
  if (query.query !== undefined && query.query.trim() !== '') {
    if (query.query.length > MAX_TEXT_LENGTH) throw invalid('query', `longer than ${MAX_TEXT_LENGTH} characters`);
    must.push({ query_string: { query: query.query, default_field: 'message', default_operator: 'AND' } });
  }
  const direction = query.order === 'oldest' ? 'asc' : 'desc';
  return {
    size: sizeOf(query),
    query: { bool: { filter, must } },
    sort: [
      { '@timestamp': { order: direction, unmapped_type: 'date_nanos' } },
      { [logFields.offset]: { order: direction, unmapped_type: 'long', missing: '_last' } },
    ],
    track_total_hits: 10_000,
    ...(query.after === undefined ? {} : { search_after: decodeCursor(query.after) }),
    ...(query.histogramInterval === undefined ? {} : { aggs: histogram(query.histogramInterval) }),
  };
}

export function sizeOf(query: LogQuery): number {
  const size = query.size ?? DEFAULT_SIZE;
  if (!Number.isInteger(size) || size < 0 || size > MAX_SIZE)
    throw invalid('size', `must be a whole number from 0 to ${MAX_SIZE}`);
  return size;
}

/** A position in a list of results, opaque to clients. */
export function encodeCursor(sort: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(sort)).toString('base64url');
}

function decodeCursor(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) return parsed.map(wholeNumber);
  } catch {
    // falls through to the one error below
  }
  throw invalid('after', 'is not a cursor of a former answer');
}

/** Digits that a JavaScript number would round (nanoseconds since 1970) go to the store as they came from it. */
function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? numberOfDigits(value) : value;
}

function workloadFilter(workload: { readonly kind: string; readonly name: string }): Clause[] {
  return [{ term: { [logFields.workloadKind]: workload.kind } }, { term: { [logFields.workloadName]: workload.name } }];
}

function labelTerms(selector: string | undefined): [string, string][] {
  if (selector === undefined || selector.trim() === '') return [];
  return selector.split(',').map((term) => {
    const match = /^\s*([A-Za-z0-9./_-]+)\s*==?\s*([A-Za-z0-9._-]*)\s*$/.exec(term);
    if (!match?.[1]) throw invalid('labelSelector', `"${term}" is not of the form key=value`);
    return [match[1], match[2] ?? ''];
  });
}

function timeRange(query: LogQuery, nowMs: number): Record<string, string> | undefined {
  const range: Record<string, string> = {};
  if (query.since !== undefined) range['gte'] = instant('since', query.since, nowMs);
  if (query.until !== undefined) range['lt'] = instant('until', query.until, nowMs);
  return Object.keys(range).length > 0 ? range : undefined;
}

/** RFC 3339 as it stands (nanoseconds kept), or a duration before `nowMs`. */
function instant(field: string, text: string, nowMs: number): string {
  const ago = parseDurationMs(text);
  if (ago !== undefined) return new Date(nowMs - ago).toISOString();
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw invalid(field, `"${text}" is neither RFC 3339 nor a duration such as 10m`);
}

function histogram(interval: string): Record<string, unknown> {
  if (parseDurationMs(interval) === undefined)
    throw invalid('histogramInterval', `"${interval}" is not a duration such as 1m`);
  return {
    time: {
      date_histogram: { field: '@timestamp', fixed_interval: interval, min_doc_count: 1 },
      aggs: { level: { terms: { field: logFields.level, size: 10 } } },
    },
  };
}

function invalid(field: string, problem: string): VigilError {
  return new VigilError('LOG_QUERY_INVALID', 'invalid', `${field}: ${problem}`);
}
