import { logFields, fieldOf } from '../../lib/log-record.ts';
import { sortOf, sortValue, type SearchPlan } from './search-body.ts';
import type { LogStoreClient, SearchHit } from './store-client.ts';

/** Two searches a line; so many lines are asked about at once. */
const BATCH = 50;

/** A hit, and whether it was looked for or only stands near. */
export interface HitInContext {
  readonly hit: SearchHit;
  readonly isContext: boolean;
}

/**
 * The hits with up to `count` lines of the same container before and after each, every line once, in time order. `namespaces` limits the neighbours as it limited the
 * hits themselves.
 */
export async function withContext(
  client: LogStoreClient,
  plan: Pick<SearchPlan, 'index'>,
  hits: readonly SearchHit[],
  count: number,
  namespaces: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly HitInContext[]> {
  const lines = new Map<string, HitInContext>(hits.map((hit) => [hit._id, { hit, isContext: false }]));
  for (let from = 0; from < hits.length; from += BATCH) {
    const bodies = hits.slice(from, from + BATCH).flatMap((hit) => neighbourSearches(hit, count, namespaces));
    for (const response of bodies.length > 0 ? await client.multiSearch(plan.index, bodies, signal) : []) {
      for (const hit of response.hits.hits) if (!lines.has(hit._id)) lines.set(hit._id, { hit, isContext: true });
    }
  }
  return [...lines.values()].sort((a, b) => compareSort(a.hit, b.hit));
}

function neighbourSearches(hit: SearchHit, count: number, namespaces: readonly string[] | undefined): unknown[] {
  const containerId = fieldOf(hit._source, logFields.containerId);
  if (containerId === undefined || !hit.sort) return [];
  const filter = [
    { term: { [logFields.containerId]: containerId } },
    ...(namespaces ? [{ terms: { [logFields.namespace]: namespaces } }] : []),
  ];
  return (['newest', 'oldest'] as const).map((order) => ({
    size: count,
    query: { bool: { filter } },
    sort: sortOf(order),
    search_after: hit.sort?.map(sortValue),
    track_total_hits: false,
  }));
}

/** Oldest first by time and position. Digits of nanoseconds are text: longer is later. */
function compareSort(a: SearchHit, b: SearchHit): number {
  for (const [index, value] of (a.sort ?? []).entries()) {
    const [left, right] = [String(value), String(b.sort?.[index])];
    if (left !== right) return left.length - right.length || (left < right ? -1 : 1);
  }
  return 0;
}
