import type { LogQuery, LogResult } from '../../lib/log-query.ts';
import { logHitOf } from '../../lib/log-record.ts';
import { encodeCursor } from './search-body.ts';
import type { SearchHit, SearchResponse } from './store-client.ts';

export function toLogResult(
  response: SearchResponse,
  query: LogQuery,
  hits: readonly SearchHit[],
  more: boolean,
): LogResult {
  const last = hits.at(-1);
  const keepSource = query.dataset !== undefined && query.dataset !== 'containers';
  return {
    hits: hits.map((hit) => logHitOf(hit._id, hit._source, keepSource)),
    total: { value: response.hits.total?.value ?? hits.length, exact: response.hits.total?.relation !== 'gte' },
    next: more && last?.sort ? encodeCursor(last.sort) : undefined,
    histogram: query.histogramInterval === undefined ? undefined : histogramOf(response),
    from: ['store'],
  };
}

interface Bucket {
  readonly key: number | string;
  readonly doc_count: number;
  readonly level?: { readonly buckets: readonly Bucket[] };
}

function histogramOf(response: SearchResponse): NonNullable<LogResult['histogram']> {
  const time = response.aggregations?.['time'] as { readonly buckets?: readonly Bucket[] } | undefined;
  return (time?.buckets ?? []).map((bucket) => ({
    time: new Date(Number(bucket.key)).toISOString(),
    count: bucket.doc_count,
    byLevel: Object.fromEntries((bucket.level?.buckets ?? []).map((level) => [String(level.key), level.doc_count])),
  }));
}
