import { setFlagsFromString } from 'node:v8';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { LogQuery, LogResult } from '../../lib/log-query.ts';
import { indexOf, searchBody, sizeOf } from './search-body.ts';
import { toLogResult } from './search-result.ts';
import type { LogStoreClient, SearchHit, SearchResponse } from './store-client.ts';

/** How many stored lines one `grep` looks at before it answers with what it has and a cursor to go on. */
const MAX_SCANNED_LINES = 100_000;
const SCAN_PAGE = 5000;

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
  const nowMs = clock.now();
  const kept: SearchHit[] = [];
  let after = query.after;
  let first: SearchResponse | undefined;
  for (let scanned = 0; scanned < MAX_SCANNED_LINES;) {
    const page = await client.search(
      indexOf(query),
      searchBody({ ...query, size: SCAN_PAGE, after }, namespaces, nowMs),
      signal,
    );
    first ??= page;
    scanned += page.hits.hits.length;
    for (const hit of page.hits.hits) {
      if (!keep(hit._source)) continue;
      kept.push(hit);
      if (kept.length === size) return counted(first, query, kept, true);
    }
    if (page.hits.hits.length < SCAN_PAGE) return counted(first, query, kept, false);
    after = toLogResult(page, query, page.hits.hits, true).next;
  }
  return counted(first, query, kept, true);
}

/** With a filter of our own the store's total says nothing: the total is what was kept. */
function counted(
  response: SearchResponse | undefined,
  query: LogQuery,
  kept: readonly SearchHit[],
  more: boolean,
): LogResult {
  const base = response ?? { hits: { hits: [] } };
  return { ...toLogResult(base, query, kept, more), total: { value: kept.length, exact: !more } };
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
