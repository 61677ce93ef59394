import { setFlagsFromString } from 'node:v8';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { LogQuery, LogResult } from '../../lib/log-query.ts';
import { encodeCursor, indexOf, searchBody, sizeOf } from './search-body.ts';
import { toLogResult } from './search-result.ts';
import type { LogStoreClient, SearchHit, SearchResponse } from './store-client.ts';

/** How many stored lines one `grep` looks at before it answers with what it has and a cursor to go on. */
const MAX_SCANNED_LINES = 100_000;
const SCAN_PAGE = 1000;
/** After so long a `grep` answers with what it has and a cursor: lines may be pages long, and nobody waits for ever. */
const SCAN_BUDGET_MS = 5000;

// V8's automaton engine runs in time linear in the line (flag `l`); the default one backtracks, and one pattern of a stranger could stop the control plane.
setFlagsFromString('--enable-experimental-regexp-engine');

/** Answers a query, asking the store as often as `grep` and `exclude` need to fill a page. */
export async function search(
  client: LogStoreClient,
  query: LogQuery,
  namespaces: readonly string[] | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<LogResult> {
  const size = sizeOf(query);
  const keep = lineFilter(query);
  if (!keep) {
    const response = await client.search(indexOf(query), searchBody(query, namespaces, clock.now()), signal);
    return toLogResult(response, query, response.hits.hits, response.hits.hits.length === size && size > 0);
  }
  return scan(client, query, namespaces, keep, size, clock, signal);
}

/** Pages through the store's own matches, keeping the lines that pass `keep`; a histogram counts the store's matches. */
async function scan(
  client: LogStoreClient,
  query: LogQuery,
  namespaces: readonly string[] | undefined,
  keep: (source: Readonly<Record<string, unknown>>) => boolean,
  size: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<LogResult> {
  const nowMs = clock.now();
  const endMs = clock.monotonicMs() + SCAN_BUDGET_MS;
  const kept: SearchHit[] = [];
  let first: SearchResponse | undefined;
  let after = query.after;
  let scanned = 0;
  do {
    const histogramInterval = first === undefined ? query.histogramInterval : undefined;
    const body = searchBody({ ...query, size: SCAN_PAGE, after, histogramInterval }, namespaces, nowMs);
    const page = await client.search(indexOf(query), body, signal);
    first ??= page;
    for (const hit of page.hits.hits) {
      after = hit.sort === undefined ? after : encodeCursor(hit.sort);
      if (!keep(hit._source)) continue;
      kept.push(hit);
      if (kept.length === size) return keptResult(first, query, kept, after);
    }
    if (page.hits.hits.length < SCAN_PAGE) return keptResult(first, query, kept, undefined);
    scanned += page.hits.hits.length;
  } while (scanned < MAX_SCANNED_LINES && clock.monotonicMs() < endMs);
  return keptResult(first, query, kept, after);
}

/** With a filter of our own the store's total says nothing: the total is what was kept. `next` is where the scan goes on. */
function keptResult(
  first: SearchResponse,
  query: LogQuery,
  kept: readonly SearchHit[],
  next: string | undefined,
): LogResult {
  return { ...toLogResult(first, query, kept, false), total: { value: kept.length, exact: next === undefined }, next };
}

function lineFilter(query: LogQuery): ((source: Readonly<Record<string, unknown>>) => boolean) | undefined {
  const wanted = (query.grep ?? []).map((pattern) => compile('grep', pattern));
  const unwanted = (query.exclude ?? []).map((pattern) => compile('exclude', pattern));
  if (wanted.length === 0 && unwanted.length === 0) return undefined;
  return (source) => {
    const message = typeof source['message'] === 'string' ? source['message'] : '';
    return wanted.every((pattern) => pattern.test(message)) && !unwanted.some((pattern) => pattern.test(message));
  };
}

function compile(field: string, pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'l');
  } catch (cause) {
    throw new VigilError(
      'LOG_QUERY_INVALID',
      'invalid',
      `${field}: "${pattern}" is not a regular expression without look-around and back-references`,
      {
        cause,
      },
    );
  }
}
