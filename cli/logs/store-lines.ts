import type { LogQuery, LogResult } from '../../lib/log-query.ts';
import { apiGroups } from '../../lib/names.ts';
import type { Api } from '../api/api.ts';
import { lineOfHit, type LogLine } from './log-line.ts';

/** Lines a page, and pages at most: a million lines is a file, not a look. */
const PAGE_SIZE = 5000;
const MAX_PAGES = 200;

/** Asks the log store through the API server, which lets through only what the user may read. */
export function searchLogs(api: Api, namespace: string | undefined, query: LogQuery): Promise<LogResult> {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return api.json<LogResult>('POST', `/apis/${apiGroups.logs}/v1${scope}/search`, query);
}

/** All stored lines of a query, oldest first; with `newest`, only so many of the newest. */
export async function storeLines(
  api: Api,
  namespace: string | undefined,
  query: LogQuery,
  newest?: number,
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const size = newest === undefined ? PAGE_SIZE : Math.min(PAGE_SIZE, newest - lines.length);
    if (size <= 0) break;
    const result = await searchLogs(api, namespace, {
      ...query,
      order: newest === undefined ? 'oldest' : 'newest',
      size,
      after,
    });
    for (const hit of result.hits) {
      const line = lineOfHit(hit);
      if (line) lines.push(line);
    }
    if (result.next === undefined) break;
    after = result.next;
  }
  return newest === undefined ? lines : lines.reverse();
}
