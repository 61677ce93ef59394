import { VigilError } from '../../lib/errors.ts';
import { parseDurationMs } from '../../lib/duration.ts';
import { fieldNamed } from '../../lib/log-query/query-fields.ts';
import { logQueryLimits, type LogGroup, type LogQuery, type LogResult } from '../../lib/log-query.ts';
import { logFields } from '../../lib/log-record.ts';
import type { SearchResponse } from './store-client.ts';

/** The `aggs` that answer a query's counts; `undefined` when it asks for none. Throws `LOG_QUERY_INVALID`. */
export function aggregationsOf(query: LogQuery): Record<string, unknown> | undefined {
  checkCounts(query);
  const aggs: Record<string, unknown> = {};
  if (query.histogramInterval !== undefined) {
    aggs['time'] = {
      date_histogram: { field: logFields.time, fixed_interval: query.histogramInterval, min_doc_count: 1 },
      aggs: { level: { terms: { field: logFields.level, size: 10 } } },
    };
  }
  for (const [index, { field, size = 10 }] of (query.top ?? []).entries()) {
    // min_doc_count stays 1: values without a match would be values of lines that the asker may not read.
    aggs[`top${index}`] = { terms: { field: fieldNamed(field).path, size } };
  }
  if (query.groupBy && query.groupBy.length > 0) aggs['group'] = groupAggregation(query.groupBy);
  return Object.keys(aggs).length === 0 ? undefined : aggs;
}

/** Whether a query counts values of labels. OpenSearch answers that with values of the document's other labels mixed in, so they are counted line by line. */
export function countsLabels(query: LogQuery): boolean {
  return [...(query.top ?? []).map((one) => one.field), ...(query.groupBy ?? [])].some(
    (field) => fieldNamed(field).kind === 'label',
  );
}

/** Throws `LOG_QUERY_INVALID` for what cannot be counted. */
function checkCounts(query: LogQuery): void {
  if (query.histogramInterval !== undefined && !/^\d+(?:ms|s|m|h|d)$/.test(query.histogramInterval))
    throw invalid('histogramInterval', `"${query.histogramInterval}" is not a whole number with a unit such as 1m`);
  if (query.histogramInterval !== undefined && parseDurationMs(query.histogramInterval) === 0)
    throw invalid('histogramInterval', 'must be more than 0');
  for (const field of [...(query.top ?? []).map((one) => one.field), ...(query.groupBy ?? [])]) {
    if (fieldNamed(field).kind === 'text')
      throw invalid(
        query.groupBy?.includes(field) ? 'groupBy' : 'top',
        `"${field}" is text and has no values to count`,
      );
    if (!/^[\w@][\w.@/-]*$/.test(field)) throw invalid('top', `"${field}" is not the name of a field`);
  }
}

function groupAggregation(fields: readonly string[]): Record<string, unknown> {
  const [first = '', ...rest] = fields;
  // The product of the sizes is bounded by the stores' own limit of buckets.
  const size = Math.floor(logQueryLimits.groups ** (1 / fields.length));
  const inner = rest.length === 0 ? { last: { max: { field: logFields.time } } } : { group: groupAggregation(rest) };
  return { terms: { field: fieldNamed(first).path, size: rest.length === 0 ? Math.max(size, 10) : size }, aggs: inner };
}

interface Bucket {
  readonly key: number | string;
  readonly key_as_string?: string;
  readonly doc_count: number;
  readonly level?: { readonly buckets: readonly Bucket[] };
  readonly last?: { readonly value: number | string | null; readonly value_as_string?: string };
  readonly group?: Terms;
}

interface Terms {
  readonly buckets: readonly Bucket[];
  readonly sum_other_doc_count?: number;
}

/** The counts of an answer, as the query asked for them. */
export function countsOf(response: SearchResponse, query: LogQuery): Pick<LogResult, 'histogram' | 'top' | 'groups'> {
  const aggregations = (response.aggregations ?? {}) as Readonly<Record<string, Terms | undefined>>;
  return {
    histogram:
      query.histogramInterval === undefined
        ? undefined
        : (aggregations['time']?.buckets ?? []).map((bucket) => ({
            time: new Date(Number(bucket.key)).toISOString(),
            count: bucket.doc_count,
            byLevel: Object.fromEntries((bucket.level?.buckets ?? []).map((level) => [keyOf(level), level.doc_count])),
          })),
    top: query.top?.map(({ field }, index) => ({
      field,
      values: (aggregations[`top${index}`]?.buckets ?? []).map((bucket) => ({
        value: keyOf(bucket),
        count: bucket.doc_count,
      })),
      other: aggregations[`top${index}`]?.sum_other_doc_count ?? 0,
    })),
    groups: query.groupBy && groupsOf(aggregations['group'], []).sort((a, b) => b.count - a.count),
  };
}

function groupsOf(terms: Terms | undefined, before: readonly string[]): LogGroup[] {
  return (terms?.buckets ?? []).flatMap((bucket) => {
    const values = [...before, keyOf(bucket)];
    if (bucket.group) return groupsOf(bucket.group, values);
    return [{ values, count: bucket.doc_count, last: new Date(millisecondsOf(bucket.last?.value)).toISOString() }];
  });
}

/** A boolean's bucket has a number as its key, and its text beside it. */
function keyOf(bucket: Bucket): string {
  return bucket.key_as_string ?? String(bucket.key);
}

/** The stores give the maximum of a nanosecond time in milliseconds; a figure far beyond those is in nanoseconds. */
function millisecondsOf(value: number | string | null | undefined): number {
  const number = Number(value ?? 0);
  return number > 1e15 ? number / 1e6 : number;
}

function invalid(field: string, problem: string): VigilError {
  return new VigilError('LOG_QUERY_INVALID', 'invalid', `${field}: ${problem}`);
}
