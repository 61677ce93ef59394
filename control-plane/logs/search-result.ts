import type { LogHit, LogQuery, LogResult } from '../../lib/log-query.ts';
import { encodeCursor } from './search-body.ts';
import type { SearchHit, SearchResponse } from './store-client.ts';

/** A stored document as a line. Works for documents with nested objects and for ones with dotted names. */
export function toLogHit(hit: SearchHit, dataset: LogQuery['dataset']): LogHit {
  const source = hit._source;
  const kind = text(source, 'vigil.workload.kind');
  const name = text(source, 'vigil.workload.name');
  return {
    id: hit._id,
    time: text(source, '@timestamp') ?? '',
    message: text(source, 'message') ?? '',
    stream: text(source, 'stream'),
    level: text(source, 'log.level'),
    namespace: text(source, 'kubernetes.namespace') ?? '',
    pod: text(source, 'kubernetes.pod.name') ?? '',
    podUid: text(source, 'kubernetes.pod.uid') ?? '',
    container: text(source, 'kubernetes.container.name') ?? '',
    containerId: text(source, 'container.id') ?? '',
    node: text(source, 'kubernetes.node.name') ?? '',
    restartCount: Number(read(source, 'vigil.restart_count') ?? 0),
    workload: kind !== undefined && name !== undefined ? { kind, name } : undefined,
    source: dataset === undefined || dataset === 'containers' ? undefined : source,
  };
}

export function toLogResult(
  response: SearchResponse,
  query: LogQuery,
  hits: readonly SearchHit[],
  more: boolean,
): LogResult {
  const last = hits.at(-1);
  return {
    hits: hits.map((hit) => toLogHit(hit, query.dataset)),
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

function text(source: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const value = read(source, path);
  return typeof value === 'string' ? value : undefined;
}

/** Follows `a.b.c` through nested objects, taking the longest dotted key that is there at each step. */
function read(source: unknown, path: string): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  const record = source as Readonly<Record<string, unknown>>;
  if (path in record) return record[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const value = record[path.slice(0, dot)];
    if (value !== undefined) return read(value, path.slice(dot + 1));
  }
  return undefined;
}
