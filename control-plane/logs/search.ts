import type { Clock } from '../../lib/clock.ts';
import { messageOf as textOfError } from '../../lib/errors.ts';
import { logQueryLimits, type LogHit, type LogPage, type LogQuery, type LogResult } from '../../lib/log-query.ts';
import { logHitOf } from '../../lib/log-record.ts';
import { aggregationsOf, countsLabels, countsOf } from './aggregations.ts';
import { withContext } from './context-lines.ts';
import { LineCounter } from './count-lines.ts';
import { sampleFields } from './sample-fields.ts';
import { messageOf, scan, tieSafe, type ScannedPage } from './scan.ts';
import { decodeCursor, encodeCursor, searchPlan, type SearchPlan } from './search-body.ts';
import type { LogStoreClient, SearchHit, SearchResponse } from './store-client.ts';

const DEFAULT_SIZE = 500;
/** Newest lines whose fields are told. */
const FIELD_SAMPLE = 500;
/** First page of a search whose lines are tested here: a guess, from which the next pages follow. */
const FIRST_SCAN_PAGE = 1000;
/** After so long a search that tests lines answers with what it has and a cursor: nobody waits for ever. */
const SCAN_BUDGET_MS = 5000;
/** A stream of pages ends, with a cursor, after so many lines or so long. */
const MAX_STREAMED_LINES = 5_000_000;
const STREAM_BUDGET_MS = 15 * 60_000;
/** Hits and characters of messages in one line of a stream. */
const MAX_LINE_HITS = 500;
const MAX_LINE_CHARS = 1_000_000;
/** A stream says at least so often how far it is, also when it keeps nothing. */
const PROGRESS_MS = 1000;

/** Whose questions these are: the namespaces that they may read (`undefined` = all), and until when they want an answer. */
export interface Asker {
  readonly namespaces: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** Answers a query at once. */
export async function search(client: LogStoreClient, query: LogQuery, asker: Asker, clock: Clock): Promise<LogResult> {
  const plan = searchPlan(query, asker.namespaces, clock.now());
  const size = query.size ?? DEFAULT_SIZE;
  const aggregations = aggregationsOf(query);
  // What a pattern chose the store cannot count: all lines are looked at here.
  const counter = aggregations && (plan.filter || countsLabels(query)) ? new LineCounter(query) : undefined;
  const found = await collect(client, plan, query, size, counter, counter ? undefined : aggregations, asker, clock);
  const counts = counter ? counter.result() : found.first ? countsOf(found.first, query) : {};
  const hits = await shown(client, plan, found.hits, query, asker);
  return {
    hits,
    total:
      plan.filter || counter
        ? { value: found.kept, exact: found.isWhole }
        : { value: found.first?.hits.total?.value ?? found.kept, exact: found.first?.hits.total?.relation !== 'gte' },
    next: found.next,
    ...counts,
    fields: query.fields === true ? await fieldsOf(client, plan, asker) : undefined,
    from: ['store'],
  };
}

interface Found {
  readonly hits: readonly SearchHit[];
  /** How many lines were chosen, which is more than there are hits when all were counted. */
  readonly kept: number;
  readonly next: string | undefined;
  /** Every match was looked at. */
  readonly isWhole: boolean;
  readonly first: SearchResponse | undefined;
}

/** Pages until `size` hits are there, or, with a counter, until all were counted; in both cases for as long as the budget lasts. */
async function collect(
  client: LogStoreClient,
  plan: SearchPlan,
  query: LogQuery,
  size: number,
  counter: LineCounter | undefined,
  aggregations: Readonly<Record<string, unknown>> | undefined,
  { signal }: Asker,
  clock: Clock,
): Promise<Found> {
  const endMs = clock.monotonicMs() + SCAN_BUDGET_MS;
  const after = query.after === undefined ? undefined : decodeCursor(query.after);
  const hits: SearchHit[] = [];
  let kept = 0;
  let first: SearchResponse | undefined;
  let next: string | undefined;
  let isWhole = false;
  // One more than wanted tells whether there is a next page.
  const firstPage = plan.filter || counter ? FIRST_SCAN_PAGE : size + 1;
  for await (const page of scan(client, plan, { after, firstPage, aggregations }, signal)) {
    first ??= page.response;
    kept += page.hits.length;
    if (counter) for (const hit of page.hits) counter.add(hit._source);
    let isFull = hits.length >= size;
    if (!isFull) {
      const taken = tieSafe(page.hits, size - hits.length, hits.length === 0);
      hits.push(...taken);
      const isCut = taken.length < page.hits.length;
      if (!isCut || taken.length > 0) next = cursorOf(page, isCut ? taken.at(-1)?.sort : page.after);
      isFull = isCut || hits.length >= size;
    }
    isWhole = page.isLast && (counter !== undefined || next === undefined);
    if ((isFull && !counter) || clock.monotonicMs() >= endMs) break;
  }
  return { hits, kept: counter ? kept : hits.length, next, isWhole, first };
}

function cursorOf(page: ScannedPage, sort: readonly unknown[] | undefined): string | undefined {
  const isEnd = page.isLast && sort === page.after;
  return isEnd || !sort ? undefined : encodeCursor(sort);
}

async function shown(
  client: LogStoreClient,
  plan: SearchPlan,
  hits: readonly SearchHit[],
  query: LogQuery,
  asker: Asker,
): Promise<LogHit[]> {
  const keepSource = query.source === true || (query.dataset ?? 'containers') !== 'containers';
  if (!query.context) return hits.map((hit) => logHitOf(hit._id, hit._source, keepSource));
  const lines = await withContext(client, plan, hits, query.context, asker.namespaces, asker.signal);
  const found = lines.map(({ hit, isContext }) => ({
    ...logHitOf(hit._id, hit._source, keepSource),
    ...(isContext ? { isContext } : {}),
  }));
  return query.order === 'oldest' ? found : found.reverse();
}

async function fieldsOf(client: LogStoreClient, plan: SearchPlan, asker: Asker): Promise<LogResult['fields']> {
  for await (const page of scan(client, plan, { firstPage: FIELD_SAMPLE }, asker.signal)) {
    return { sampled: page.hits.length, fields: sampleFields(page.hits.map((hit) => hit._source)) };
  }
  return { sampled: 0, fields: [] };
}

/**
 * All hits of a query in pages, as they are found; a page without hits says that the search goes on. Throws before the first page what `search` would throw, if it is known
 * within a second; later troubles are told in the last page.
 */
export async function streamSearch(
  client: LogStoreClient,
  query: LogQuery,
  asker: Asker,
  clock: Clock,
): Promise<AsyncGenerator<LogPage>> {
  const plan = searchPlan(query, asker.namespaces, clock.now());
  const after = query.after === undefined ? undefined : decodeCursor(query.after);
  const firstPage = Math.min(FIRST_SCAN_PAGE, query.size ?? FIRST_SCAN_PAGE);
  const pages = scan(client, plan, { after, firstPage }, asker.signal);
  const first = pages.next();
  await within(first, PROGRESS_MS, clock);
  return pagesOf(first, pages, client, plan, query, asker, clock);
}

async function* pagesOf(
  first: Promise<IteratorResult<ScannedPage, unknown>>,
  pages: AsyncGenerator<ScannedPage>,
  client: LogStoreClient,
  plan: SearchPlan,
  query: LogQuery,
  asker: Asker,
  clock: Clock,
): AsyncGenerator<LogPage> {
  const endMs = clock.monotonicMs() + STREAM_BUDGET_MS;
  let room = Math.min(query.size ?? MAX_STREAMED_LINES, MAX_STREAMED_LINES);
  let saidMs = clock.monotonicMs();
  let next = query.after;
  try {
    for (let pending = first; ; pending = pages.next()) {
      let step = await within(pending, PROGRESS_MS, clock);
      for (; !step; step = await within(pending, PROGRESS_MS, clock)) yield { hits: [], isWaiting: true };
      if (step.done === true) return;
      const page = step.value;
      const taken = tieSafe(page.hits, room, next === query.after);
      const isCut = taken.length < page.hits.length;
      if (!isCut || taken.length > 0) next = cursorOf(page, isCut ? taken.at(-1)?.sort : page.after);
      room -= taken.length;
      const nowMs = clock.monotonicMs();
      const isOver = room <= 0 || isCut || nowMs >= endMs;
      if (taken.length > 0 || next === undefined || isOver || nowMs - saidMs >= PROGRESS_MS) {
        saidMs = nowMs;
        for (const hits of linesOfPage(taken)) {
          const isEnd = hits.at(-1) === taken.at(-1);
          const sort = hits.at(-1)?.sort;
          const cursor = isEnd ? next : sort && encodeCursor(sort);
          yield { hits: await shown(client, plan, hits, query, asker), next: cursor };
        }
      }
      if (isOver) return;
    }
  } catch (error) {
    asker.signal.throwIfAborted();
    yield { hits: [], next, problem: textOfError(error) };
  } finally {
    await pages.return(undefined);
  }
}

/** What `work` gives, or `undefined` when it takes longer. */
async function within<T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(limitMs, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/** A page in pieces that are short enough for one line of a stream; at least one, if only to say that there is nothing. */
function* linesOfPage(hits: readonly SearchHit[]): Generator<readonly SearchHit[]> {
  let rest = hits;
  do {
    let chars = 0;
    const count = rest.findIndex((hit, index) => index > 0 && (chars += messageOf(hit).length) > MAX_LINE_CHARS);
    const piece = tieSafe(rest, Math.min(count < 0 ? rest.length : count, MAX_LINE_HITS), true);
    yield piece;
    rest = rest.slice(piece.length);
  } while (rest.length > 0);
}

/** What a stream may be asked for: pages carry hits and nothing else. */
export function isStreamable(query: LogQuery): boolean {
  return aggregationsOf(query) === undefined && query.fields !== true && (query.size ?? 0) <= logQueryLimits.size;
}
