import type { Clock } from '../../lib/clock.ts';
import { logFields } from '../../lib/log-record.ts';
import { typedKeys } from '../aggregations/typed-keys.ts';
import { backingNameOf, type Engine } from '../engine/engine.ts';
import type { IndexStore } from '../engine/index-store.ts';
import { badRequest, ParsingError, parsingError, StoreError } from '../engine/store-error.ts';
import type { SearchOutcome } from '../search/execute.ts';
import { scanMatches } from '../search/scan.ts';
import type { Searchable, SearchClock } from '../search/searchable.ts';
import { SearchPool } from '../search/search-pool.ts';
import { Turns } from '../search/turns.ts';
import type { Principal } from '../security/principal.ts';
import type { Contexts } from './contexts.ts';
import { failureBody } from './error-body.ts';
import { shardFailure, withPosition } from './failures.ts';
import { allowedNames } from './access.ts';
import { limitedQuery } from './limited-query.ts';
import { flag, jsonBody, jsonObject, type ApiRequest, type ApiResponse } from './request.ts';
import { textOf } from '../text-of.ts';

/** Which documents a point in time or a scroll sees: those that came before it was made. */
interface Snapshot {
  readonly indices: readonly { readonly index: IndexStore; readonly beforeSeq: number }[];
}

interface Scroll extends Snapshot {
  readonly body: Record<string, unknown>;
  after: readonly unknown[] | undefined;
}

export interface SearchContexts {
  readonly points: Contexts<Snapshot>;
  readonly scrolls: Contexts<Scroll>;
}

interface SearchOptions {
  readonly ignoreUnavailable: boolean;
  readonly totalAsInt: boolean;
  /** Aggregations under names that say their types. */
  readonly typedKeys: boolean;
  /** What was found within `timeout` is better than nothing. */
  readonly allowPartial: boolean;
  readonly principal: Principal;
  readonly signal: AbortSignal;
}

/** Searches of one `_msearch`. */
const MAX_SEARCHES = 1_000;

type Body = Record<string, unknown>;

export class SearchApi {
  readonly #engine: Engine;
  readonly #contexts: SearchContexts;
  readonly #clock: SearchClock;
  readonly #pool: SearchPool;

  constructor(engine: Engine, contexts: SearchContexts, clock: Clock) {
    this.#engine = engine;
    this.#contexts = contexts;
    const turns = new Turns();
    this.#clock = {
      nowMs: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      yield: () => turns.next(),
    };
    this.#pool = new SearchPool({
      cache: engine.cache,
      clock,
      yield: () => turns.next(),
      damaged: (damage) => engine.quarantine(damage),
    });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async search(request: ApiRequest, target: string | undefined): Promise<ApiResponse> {
    const body = withUrlOptions(jsonBody(request), request.query);
    const scroll = request.query.get('scroll');
    return located(request.body, async () => {
      if (scroll !== null) return this.#openScroll(request, target, body, scroll);
      return { status: 200, body: await this.#run(target, body, searchOptions(request)) };
    });
  }

  async multiSearch(request: ApiRequest, target: string | undefined): Promise<ApiResponse> {
    const lines = request.body
      .toString()
      .split('\n')
      .filter((line) => line.trim() !== '');
    if (lines.length === 0 || lines.length % 2 !== 0)
      throw badRequest('_msearch takes pairs of lines: a header and a body');
    if (lines.length > MAX_SEARCHES * 2) throw badRequest(`_msearch takes at most ${MAX_SEARCHES} searches`);
    const responses: unknown[] = [];
    for (let n = 0; n < lines.length; n += 2) {
      try {
        const header = parseLine(lines[n]);
        const index = header['index'];
        const names = Array.isArray(index) ? index.join(',') : typeof index === 'string' ? index : target;
        const ignoreUnavailable = header['ignore_unavailable'] === true;
        const search = Buffer.from(lines[n + 1] ?? '');
        const { principal, signal } = request;
        const typedKeys = flag(request, 'typed_keys');
        const options = { ignoreUnavailable, totalAsInt: false, typedKeys, allowPartial: true, principal, signal };
        const run = () => {
          const allowed = allowedNames(this.#engine, request.principal, names, 'read');
          return this.#run(allowed, parseLine(lines[n + 1]), options);
        };
        responses.push({ ...(await located(search, run)), status: 200 });
      } catch (error) {
        // As upstream, one search that cannot be read refuses all of them.
        if (!(error instanceof StoreError) || unreadable.has(error.type)) throw error;
        responses.push(failureBody(error));
      }
    }
    return { status: 200, body: { took: 0, responses } };
  }

  async count(request: ApiRequest, target: string | undefined): Promise<ApiResponse> {
    const body = withUrlOptions(jsonBody(request), request.query);
    for (const key of Object.keys(body)) {
      if (key !== 'query')
        throw withPosition(parsingError(`request does not support [${key}]`, [key]), request.body.toString());
    }
    const counting = { query: body['query'], size: 0, track_total_hits: true };
    const result = await located(request.body, () => this.#run(target, counting, searchOptions(request)));
    const hits = result['hits'] as { total: { value: number } };
    return { status: 200, body: { count: hits.total.value, _shards: shards(1) } };
  }

  async deleteByQuery(request: ApiRequest, target: string): Promise<ApiResponse> {
    const body = withUrlOptions(jsonBody(request), request.query);
    const query = body['query'];
    if (query === undefined) throw parsingError('query is missing');
    const startMs = this.#clock.monotonicMs();
    let deleted = 0;
    for (const index of this.#engine.resolve(target)) {
      const seqs: number[] = [];
      const limited = limitedQuery(request.principal, [index.name], query);
      await scanMatches(this.#searchable(index), limited, this.#engine.cache, this.#clock, (doc) => seqs.push(doc.seq));
      await this.#engine.deleteDocs(index, seqs);
      deleted += seqs.length;
    }
    const took = Math.round(this.#clock.monotonicMs() - startMs);
    return {
      status: 200,
      body: {
        took,
        timed_out: false,
        total: deleted,
        deleted,
        batches: 1,
        version_conflicts: 0,
        noops: 0,
        retries: { bulk: 0, search: 0 },
        throttled_millis: 0,
        requests_per_second: -1,
        throttled_until_millis: 0,
        failures: [],
      },
    };
  }

  openPoint(request: ApiRequest, target: string): string {
    const snapshot = this.#snapshot(this.#engine.resolve(target, searchOptions(request)));
    return this.#contexts.points.open(snapshot, request.query.get('keep_alive') ?? '5m');
  }

  async nextScroll(request: ApiRequest, idInPath: string | undefined): Promise<ApiResponse> {
    const body = jsonBody(request);
    const id = idInPath ?? body['scroll_id'] ?? request.query.get('scroll_id');
    const scroll = this.#contexts.scrolls.use(id, body['scroll'] ?? request.query.get('scroll'));
    return { status: 200, body: await this.#scrollPage(textOf(id), scroll, searchOptions(request)) };
  }

  async #openScroll(
    request: ApiRequest,
    target: string | undefined,
    body: Body,
    keepAlive: string,
  ): Promise<ApiResponse> {
    const sort = body['sort'] ?? ['_doc'];
    const list: unknown[] = Array.isArray(sort) ? sort : [sort];
    const scroll: Scroll = {
      ...this.#snapshot(this.#engine.resolve(target, searchOptions(request))),
      body: { ...body, sort: [...list.filter((item) => item !== '_score'), '_shard_doc'] },
      after: undefined,
    };
    const id = this.#contexts.scrolls.open(scroll, keepAlive);
    return { status: 200, body: await this.#scrollPage(id, scroll, searchOptions(request)) };
  }

  async #scrollPage(id: string, scroll: Scroll, options: SearchOptions): Promise<Body> {
    const page = { ...scroll.body, ...(scroll.after ? { search_after: scroll.after } : {}) };
    const { result, lastSort } = await this.#execute(scroll, page, options);
    scroll.after = lastSort ?? scroll.after ?? undefined;
    return { _scroll_id: id, ...result };
  }

  async #run(target: string | undefined, body: Body, options: SearchOptions): Promise<Body> {
    const { pit, ...rest } = body;
    if (typeof pit === 'object' && pit !== null) {
      const { id, keep_alive: keepAlive } = pit as Body;
      const snapshot = this.#contexts.points.use(id, keepAlive);
      const sort = rest['sort'];
      const page = sort === undefined ? rest : { ...rest, sort: withTiebreak(sort, rest['search_after']) };
      const { result } = await this.#execute(snapshot, page, options);
      return { pit_id: id, ...result };
    }
    const snapshot = this.#snapshot(this.#engine.resolve(target, options));
    return (await this.#execute(snapshot, rest, options)).result;
  }

  async #execute(
    snapshot: Snapshot,
    given: Body,
    { totalAsInt, typedKeys: isTyped, allowPartial, principal, signal }: SearchOptions,
  ): Promise<{ result: Body; lastSort: readonly unknown[] | undefined }> {
    const startMs = this.#clock.monotonicMs();
    const indices = snapshot.indices.map(({ index, beforeSeq }) => this.#searchable(index, beforeSeq));
    checkSupported(given);
    // Here and nowhere else, so that no way of asking gets around it.
    const names = indices.map((index) => index.name);
    const body = { ...given, query: limitedQuery(principal, names, given['query']) };
    const outcome = await this.#answer(indices, body, signal).catch((error: unknown) => {
      const [first] = indices;
      const failed = error instanceof StoreError && !(error instanceof ParsingError) && !requestErrors.has(error.type);
      throw failed ? shardFailure(error, first?.shownName) : error;
    });
    if (outcome.timedOut && !allowPartial) throw new StoreError(504, 'timeout_exception', 'Time exceeded');
    const hits = { ...outcome.hits };
    if (totalAsInt) hits['total'] = (hits['total'] as { value: number } | undefined)?.value ?? -1;
    const mapping = snapshot.indices[0]?.index.mapping;
    const named = (results: Body) =>
      isTyped
        ? typedKeys(given['aggs'] ?? given['aggregations'], results, (field) => mapping?.field(field)?.typeName)
        : results;
    return {
      lastSort: outcome.lastSort,
      result: {
        took: Math.round(this.#clock.monotonicMs() - startMs),
        timed_out: outcome.timedOut,
        _shards: { ...shards(indices.length), skipped: 0 },
        hits,
        ...(outcome.aggregations ? { aggregations: named(outcome.aggregations) } : {}),
      },
    };
  }

  /** Aggregations are of what the query matches, hits and their number of what the `post_filter` leaves of that. */
  async #answer(indices: readonly Searchable[], body: Body, signal: AbortSignal): Promise<SearchOutcome> {
    const { aggs, aggregations, post_filter: postFilter, ...rest } = body;
    const gathered = aggs ?? aggregations;
    if (postFilter === undefined || gathered === undefined) return this.#pool.run(indices, body, signal);
    const counting = {
      query: rest['query'],
      size: 0,
      track_total_hits: false,
      aggs: gathered,
      timeout: rest['timeout'],
    };
    const [shown, counted] = await Promise.all([
      this.#pool.run(indices, { ...rest, post_filter: postFilter }, signal),
      this.#pool.run(indices, counting, signal),
    ]);
    return { ...shown, aggregations: counted.aggregations, timedOut: shown.timedOut || counted.timedOut };
  }

  #snapshot(indices: readonly IndexStore[]): Snapshot {
    return {
      indices: indices
        .map((index) => ({ index, beforeSeq: Infinity }))
        .map((item) => ({ ...item, beforeSeq: item.index.nextSeq })),
    };
  }

  #searchable(index: IndexStore, beforeSeq = index.nextSeq): Searchable {
    return {
      name: index.name,
      mapping: index.mapping,
      segments: [...index.segments],
      hot: index.hot.rows(),
      deleted: index.deleted,
      beforeSeq,
      defaultFields: defaultFieldsOf(index),
      shownName: backingNameOf(index),
    };
  }
}

/** Words without a field: what the index's settings say, else the message of logs, else every field. */
function defaultFieldsOf(index: IndexStore): readonly string[] {
  const settings = index.settings as {
    index?: { query?: { default_field?: unknown } };
    'index.query.default_field'?: unknown;
  };
  const spec = settings.index?.query?.default_field ?? settings['index.query.default_field'];
  if (Array.isArray(spec)) return spec.map(String);
  if (typeof spec === 'string' && spec !== '*') return [spec];
  if (index.mapping.field(logFields.message)?.type === 'text' && index.dataStream) return [logFields.message];
  return [...index.mapping.fields()].map((field) => field.path);
}

/** Errors about the request as a whole, not about what one index makes of it. */
const requestErrors: ReadonlySet<string> = new Set([
  'aggregation_initialization_exception',
  'too_many_buckets_exception',
]);

const unreadable: ReadonlySet<string> = new Set(['parsing_exception', 'x_content_parse_exception']);

/** Runs a search; errors about its body say at which line and column. */
async function located<T>(body: Buffer, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof StoreError ? withPosition(error, body.toString()) : error;
  }
}

/** Parts of a search that would change its answer and are not supported; empty ones, as Kibana sends them, change nothing. */
const unsupported = ['runtime_mappings', 'script_fields', 'collapse', 'suggest', 'rescore', 'indices_boost'];

function checkSupported(body: Body): void {
  for (const name of unsupported) {
    const value = body[name];
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    if (value !== undefined && value !== null && !isEmpty) throw badRequest(`[${name}] is not supported by this store`);
  }
  for (const name of ['size', 'from']) {
    const value = body[name];
    if (value !== undefined && value !== null && Number(value) < 0) {
      throw badRequest(`[${name}] parameter cannot be negative, found [${textOf(value)}]`);
    }
  }
}

function withTiebreak(sort: unknown, after: unknown): unknown {
  const list: unknown[] = Array.isArray(sort) ? sort : [sort];
  const names = JSON.stringify(list);
  if (names.includes('_shard_doc') || (Array.isArray(after) && after.length === list.length)) return list;
  return [...list, '_shard_doc'];
}

function withUrlOptions(body: Body, query: URLSearchParams): Body {
  const merged = { ...body };
  const q = query.get('q');
  if (q !== null)
    merged['query'] = {
      query_string: {
        query: q,
        default_operator: query.get('default_operator') ?? 'OR',
        ...(query.get('df') ? { default_field: query.get('df') } : {}),
      },
    };
  for (const name of ['size', 'from', 'track_total_hits', 'timeout'] as const) {
    const value = query.get(name);
    if (value !== null) merged[name] = value;
  }
  const sort = query.get('sort');
  if (sort !== null) merged['sort'] = sort.split(',');
  const source = query.get('_source');
  if (source !== null) merged['_source'] = source;
  const includes = query.get('_source_includes');
  const excludes = query.get('_source_excludes');
  if (includes !== null || excludes !== null)
    merged['_source'] = { includes: includes ?? [], excludes: excludes ?? [] };
  return merged;
}

function searchOptions(request: ApiRequest): SearchOptions {
  return {
    principal: request.principal,
    signal: request.signal,
    allowPartial: request.query.get('allow_partial_search_results') !== 'false',
    ignoreUnavailable: flag(request, 'ignore_unavailable'),
    totalAsInt: flag(request, 'rest_total_hits_as_int'),
    typedKeys: flag(request, 'typed_keys'),
  };
}

function parseLine(line = '{}'): Body {
  return jsonObject(line, 'a line of _msearch');
}

export function shards(count: number): { total: number; successful: number; failed: number } {
  return { total: count, successful: count, failed: 0 };
}
