import type { LogHit, LogQuery, LogResult } from '../../../lib/log-query.ts';
import { postJson } from './api.ts';
import { timeOf, type LogRoute } from './log-route.ts';

/** Lines loaded at first, and lines kept while new ones come. */
const FIRST_LINES = 300;
const MAX_LINES = 2000;
/** Between two looks for new lines, and between two counts. */
const LIVE_MS = 250;
const COUNT_MS = 5000;
/** Counting may take this part of the time, one in so many. */
const COUNT_REST = 10;
/** Lines may become searchable later than others that are younger: so far back is looked again. */
const LATE_MS = 5000;
const CONTEXT_LINES = 10;

/** Fields whose values are always counted. */
const usualFields = ['level', 'ns', 'workload', 'pod', 'container', 'node', 'stream'] as const;

/** What the Logs place shows: lines oldest first, and counts of everything that matches. */
export interface LogView {
  readonly lines: readonly LogHit[];
  readonly counts: LogResult | undefined;
  readonly problem: string;
}

function searchPath(namespace: string): string {
  return namespace === ''
    ? '/apis/logs.vigil.dev/v1/search'
    : `/apis/logs.vigil.dev/v1/namespaces/${encodeURIComponent(namespace)}/search`;
}

/** Loads a route's lines and counts and goes on with new lines until `signal` aborts; `show` gets each state. */
export async function followLogs(route: LogRoute, show: (view: LogView) => void, signal: AbortSignal): Promise<void> {
  const path = searchPath(route.namespace);
  const time = timeOf(route);
  const top = usualFields.map(topOf);
  // Labels are counted line by line: once is enough.
  let chosen: LogResult['top'];
  const order = route.from === '' ? 'newest' : 'oldest';
  let view: LogView = { lines: [], counts: undefined, problem: '' };
  let countDueMs = -Infinity;
  while (!signal.aborted) {
    try {
      const startMs = performance.now();
      const isDue = startMs >= countDueMs;
      const last = view.lines.at(-1);
      if (isDue) {
        const body: LogQuery = { query: route.query, ...time, top, order, size: FIRST_LINES };
        const found = await postJson<LogResult>(path, body, signal);
        chosen ??=
          route.fields.length === 0
            ? []
            : (
                await postJson<LogResult>(
                  path,
                  { query: route.query, ...time, top: route.fields.map(topOf), size: 0 } satisfies LogQuery,
                  signal,
                )
              ).top;
        const counts = { ...found, top: [...(chosen ?? []), ...(found.top ?? [])] };
        const lines = order === 'newest' ? counts.hits.toReversed() : counts.hits;
        view = { lines: route.isLive ? joined(view.lines, lines) : lines, counts, problem: '' };
        show(view);
        // What takes long to count is counted less often.
        countDueMs = startMs + Math.max(COUNT_MS, COUNT_REST * (performance.now() - startMs));
      } else if (route.isLive) {
        const since = new Date((last ? Date.parse(last.time) : Date.now()) - LATE_MS).toISOString();
        const { hits } = await postJson<LogResult>(
          path,
          { query: route.query, since, order, size: FIRST_LINES } satisfies LogQuery,
          signal,
        );
        const lines = joined(view.lines, hits.toReversed());
        if (lines.length !== view.lines.length || lines.at(-1)?.id !== last?.id) show((view = { ...view, lines }));
      }
    } catch (error) {
      if (signal.aborted) return;
      show((view = { ...view, problem: error instanceof Error ? error.message : String(error) }));
      countDueMs = performance.now() + COUNT_MS;
    }
    if (!route.isLive) return;
    await pause(document.hidden ? COUNT_MS : LIVE_MS);
  }
}

/** Both lists by time, each line once, the newest only. */
export function joined(before: readonly LogHit[], after: readonly LogHit[]): readonly LogHit[] {
  const known = new Set(before.map((hit) => hit.id));
  const fresh = after.filter((hit) => !known.has(hit.id));
  if (fresh.length === 0) return before;
  // Fractions of seconds have as many digits as they need: without the zone, text order is time order.
  const instant = (hit: LogHit) => hit.time.replace('Z', '');
  const compare = (a: LogHit, b: LogHit) => (instant(a) < instant(b) ? -1 : instant(a) > instant(b) ? 1 : 0);
  return [...before, ...fresh].sort(compare).slice(-MAX_LINES);
}

/** A line with those before and after it in its container. */
export async function contextOf(hit: LogHit, signal: AbortSignal): Promise<readonly LogHit[]> {
  const path = searchPath(hit.namespace);
  const near = { containerIds: [hit.containerId], size: CONTEXT_LINES + 1 };
  const [before, after] = await Promise.all([
    postJson<LogResult>(path, { ...near, until: hit.time, order: 'newest' } satisfies LogQuery, signal),
    postJson<LogResult>(path, { ...near, since: hit.time, order: 'oldest' } satisfies LogQuery, signal),
  ]);
  return joined(before.hits.toReversed(), after.hits);
}

/** Which fields the lines of a route have. */
export async function fieldsOf(route: LogRoute, signal: AbortSignal): Promise<NonNullable<LogResult['fields']>> {
  const { histogramInterval: _interval, ...time } = timeOf(route);
  const result = await postJson<LogResult>(
    searchPath(route.namespace),
    { query: route.query, ...time, fields: true, size: 0 } satisfies LogQuery,
    signal,
  );
  return result.fields ?? { sampled: 0, fields: [] };
}

function topOf(field: string): { readonly field: string; readonly size: number } {
  return { field, size: 8 };
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
