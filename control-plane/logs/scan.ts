import { VigilError } from '../../lib/errors.ts';
import type { Clause } from '../../lib/log-query/compile-query.ts';
import { logFields } from '../../lib/log-record.ts';
import { sortValue, type SearchPlan } from './search-body.ts';
import type { LogStoreClient, SearchHit, SearchResponse } from './store-client.ts';

/** What one page should weigh: large enough that asking costs little, small enough to be held for several users at once. */
const PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGE = 10_000;
/** A sort value beyond this, in the year 5138, is in nanoseconds. */
const MAX_MILLISECONDS = 1e14;
/** What a document weighs besides its message. */
const FRAME_BYTES = 500;

export interface ScannedPage {
  /** Those that pass the plan's filter, in order. */
  readonly hits: readonly SearchHit[];
  /** Looked at, kept or not. */
  readonly scanned: number;
  /** Sort values of the last line looked at: where the next page begins. */
  readonly after: readonly unknown[] | undefined;
  readonly isLast: boolean;
  readonly response: SearchResponse;
}

export interface ScanOptions {
  readonly after?: readonly unknown[] | undefined;
  /** Lines of the first page; later ones are as large as their lines allow. */
  readonly firstPage: number;
  /** Asked for with the first page only. */
  readonly aggregations?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * All matches of a plan, page by page. Lines with equal sort values (same instant, same offset, another container) are never on two pages: the store goes on behind sort
 * values, and would leave out the rest of them.
 */
export async function* scan(
  client: LogStoreClient,
  plan: SearchPlan,
  options: ScanOptions,
  signal: AbortSignal,
): AsyncGenerator<ScannedPage> {
  let { after, aggregations } = options;
  let isFirst = true;
  let size = Math.min(MAX_PAGE, Math.max(1, options.firstPage));
  for (;;) {
    const body = {
      size,
      // Counts of the first page are of all matches, wherever its hits begin.
      query: isFirst || !after ? plan.clause : { bool: { filter: [plan.clause, ...timeBehind(plan, after)] } },
      sort: plan.sort,
      track_total_hits: isFirst ? 10_000 : false,
      ...(after && { search_after: after.map(sortValue) }),
      ...(aggregations && { aggs: aggregations }),
    };
    let response: SearchResponse;
    try {
      response = await client.search(plan.index, body, signal);
    } catch (error) {
      if (!(error instanceof VigilError) || error.code !== 'LOG_ANSWER_TOO_LARGE' || size === 1) throw error;
      size = Math.ceil(size / 8);
      continue;
    }
    const all = response.hits.hits;
    const isLast = all.length < size;
    const complete = isLast ? all : withoutTornTies(all);
    after = complete.at(-1)?.sort ?? after;
    const { filter } = plan;
    const hits = filter ? complete.filter((hit) => filter.keeps(messageOf(hit))) : complete;
    yield { hits, scanned: complete.length, after, isLast, response };
    if (isLast) return;
    aggregations = undefined;
    isFirst = false;
    size = nextSize(complete);
  }
}

/**
 * The sort values of a page's end as a range of time, which stores use to pass over what lies before, where `search_after` alone makes them look at everything again. The
 * first value is a time in milliseconds or nanoseconds.
 */
function timeBehind(plan: SearchPlan, after: readonly unknown[]): Clause[] {
  const [first] = after;
  const number = Number(first);
  if (first === null || !Number.isFinite(number)) return [];
  const ms = Math.floor(number > MAX_MILLISECONDS ? number / 1e6 : number);
  // A number of nanoseconds is not exact: a little more than needed is asked for.
  if (plan.order === 'oldest') return [{ range: { [logFields.time]: { gte: new Date(ms - 1).toISOString() } } }];
  return [{ range: { [logFields.time]: { lte: new Date(ms + 2).toISOString() } } }];
}

/** The hits up to the last change of sort values: those behind it may go on on the next page. A page of nothing but equals is kept whole. */
export function withoutTornTies(hits: readonly SearchHit[]): readonly SearchHit[] {
  const last = hits.at(-1);
  let end = hits.length;
  while (end > 0 && sameSort(hits[end - 1], last)) end--;
  return end === 0 ? hits : hits.slice(0, end);
}

/**
 * At most `room` of a page's hits such that the next page can begin behind the last one. Where equals do not fit, none of them are taken, unless `mayTear`: then an answer
 * would be empty for ever.
 */
export function tieSafe(hits: readonly SearchHit[], room: number, mayTear: boolean): readonly SearchHit[] {
  if (hits.length <= room) return hits;
  let end = room;
  while (end > 0 && sameSort(hits[end - 1], hits[room])) end--;
  return hits.slice(0, end === 0 && mayTear ? room : end);
}

function sameSort(a: SearchHit | undefined, b: SearchHit | undefined): boolean {
  return a?.sort?.length === b?.sort?.length && a?.sort?.every((value, index) => value === b?.sort?.[index]) === true;
}

function nextSize(hits: readonly SearchHit[]): number {
  const bytes = hits.reduce((sum, hit) => sum + FRAME_BYTES + messageOf(hit).length, 0);
  return Math.min(MAX_PAGE, Math.max(1, Math.floor((PAGE_BYTES * hits.length) / Math.max(1, bytes))));
}

export function messageOf(hit: SearchHit): string {
  const { message } = hit._source;
  return typeof message === 'string' ? message : '';
}
