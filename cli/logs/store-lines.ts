import { KubeApiError } from '../../lib/kube/client.ts';
import { statusError } from '../../lib/kube/status-errors.ts';
import type { LogHit, LogPage, LogQuery, LogResult } from '../../lib/log-query.ts';
import { apiGroups } from '../../lib/names.ts';
import type { Api } from '../api/api.ts';
import { lineOfHit, type LogLine } from './log-line.ts';

/** Lines of one look: more is a file, which `kctl search --all` writes without holding it. */
export const MAX_HELD_LINES = 1_000_000;
/** A stream that breaks so often without a line between is given up. */
const MAX_FAILURES = 3;
/** Longest wait for a page: a search that takes long says each second that it goes on. */
const SILENCE_MS = 10_000;

function pathOf(namespace: string | undefined): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/${apiGroups.logs}/v1${scope}/search`;
}

/** Asks the log store through the API server, which lets through only what the user may read. */
export function searchLogs(api: Api, namespace: string | undefined, query: LogQuery): Promise<LogResult> {
  return api.json<LogResult>('POST', pathOf(namespace), query);
}

/**
 * All hits of a query, in pieces as they are found. A stream that broke goes on behind the last piece. Throws `KubeApiError`; 503 when the store does not answer (any more).
 */
export async function* storeHits(
  api: Api,
  namespace: string | undefined,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly LogHit[]> {
  let after = query.after;
  for (let failures = 0; ;) {
    const silent = new AbortController();
    const listen = () => setTimeout(() => silent.abort(), SILENCE_MS);
    let timer = listen();
    try {
      const pages = api.linesOf<LogPage>(
        `${pathOf(namespace)}?stream=true`,
        { ...query, after },
        AbortSignal.any([signal, silent.signal]),
      );
      for await (const page of pages) {
        clearTimeout(timer);
        // Time that the reader of the lines takes is no silence of the server's.
        if (page.hits.length > 0) yield page.hits;
        timer = listen();
        if (page.isWaiting === true) continue;
        if (page.hits.length > 0 || page.next !== after) failures = 0;
        if (page.problem !== undefined) throw unavailable(page.problem);
        after = page.next;
        if (after === undefined) return;
      }
      failures++;
    } catch (error) {
      signal.throwIfAborted();
      if (silent.signal.aborted) throw unavailable(`no answer within ${SILENCE_MS / 1000} s`);
      if (error instanceof KubeApiError) throw error;
      failures++;
    } finally {
      clearTimeout(timer);
    }
    if (failures >= MAX_FAILURES) throw unavailable('its answer broke off');
  }
}

function unavailable(message: string): KubeApiError {
  return statusError(503, 'ServiceUnavailable', message);
}

export interface StoredLines {
  readonly lines: readonly LogLine[];
  /** There are more than are held. */
  readonly isCut: boolean;
}

/** The stored lines of a query, oldest first; with `newest`, only so many of the newest. */
export async function storeLines(
  api: Api,
  namespace: string | undefined,
  query: LogQuery,
  signal: AbortSignal,
  newest?: number,
): Promise<StoredLines> {
  const order = newest === undefined ? 'oldest' : 'newest';
  const most = Math.min(newest ?? MAX_HELD_LINES, MAX_HELD_LINES);
  const lines: LogLine[] = [];
  let found = 0;
  for await (const hits of storeHits(api, namespace, { ...query, order }, signal)) {
    for (const hit of hits) {
      const line = lineOfHit(hit);
      if (!line) continue;
      if (hit.isContext !== true) found++;
      if (found > most) break;
      lines.push(line);
    }
    if (found > most) break;
  }
  return { lines: newest === undefined ? lines : lines.reverse(), isCut: found > MAX_HELD_LINES };
}
