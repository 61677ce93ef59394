import type { AggregationContext } from '../aggregations/aggregator.ts';
import { compileAggregations } from '../aggregations/compile.ts';
import { SubAggregations } from '../aggregations/sub-aggregations.ts';
import type { BlockCache } from '../engine/block-cache.ts';
import { badRequest, parsingError, StoreError, within } from '../engine/store-error.ts';
import { IndexMapping } from '../mapping/index-mapping.ts';
import { compileQuery } from '../query/compile.ts';
import type { CompiledQuery } from '../query/compiled.ts';
import { HitRenderer } from './hit-renderer.ts';
import { Scan } from './scan.ts';
import type { Searchable, SearchClock } from './searchable.ts';
import { checkSort, parseSearchAfter, parseSort, sortKeys } from './sort.ts';
import { parseSourceFilter } from './source-filter.ts';
import { timeValueMs } from '../time-value.ts';

/** `from` + `size` at most, as Elasticsearch's `index.max_result_window`. */
const MAX_RESULT_WINDOW = 10_000;
const DEFAULT_TRACKED_HITS = 10_000;

const emptyMapping = new IndexMapping();

type Body = Readonly<Record<string, unknown>>;

/** A search's answer without the frame (`took`, `_shards`). */
export interface SearchOutcome {
  readonly timedOut: boolean;
  readonly hits: Record<string, unknown>;
  readonly aggregations: Record<string, unknown> | undefined;
  /** Sort keys of the last hit, to go on behind it. */
  readonly lastSort: readonly unknown[] | undefined;
}

const knownKeys = new Set(
  `query sort size from search_after _source fields docvalue_fields stored_fields script_fields runtime_mappings track_total_hits track_scores
  aggs aggregations highlight pit timeout terminate_after min_score post_filter version seq_no_primary_term explain profile stats indices_boost collapse suggest`.split(
    /\s+/,
  ),
);

/** Runs one search over some indices, newest blocks first. `undefined` when it would have to open more than `maxBlocks`. */
export async function executeSearch(
  indices: readonly Searchable[],
  body: Body,
  cache: BlockCache,
  clock: SearchClock,
  maxBlocks = Infinity,
): Promise<SearchOutcome | undefined> {
  for (const key of Object.keys(body)) if (!knownKeys.has(key)) throw parsingError(`Unknown key in [${key}].`, [key]);
  const nowMs = clock.nowMs();
  const size = integer(body['size'], 10, 'size');
  const from = integer(body['from'], 0, 'from');
  if (from + size > MAX_RESULT_WINDOW) {
    throw badRequest(
      `Result window is too large, from + size must be less than or equal to: [${MAX_RESULT_WINDOW}] but was [${from + size}]`,
    );
  }
  const fields = parseSort(body['sort']);
  checkSort(
    fields,
    indices.map((index) => index.mapping),
  );
  const byName = new Map(indices.map((index) => [index.name, index]));
  const queries = new Map<string, CompiledQuery>();
  const compileFor = (index: Searchable, query: unknown): CompiledQuery =>
    compileQuery(query, { mapping: index.mapping, nowMs, defaultFields: index.defaultFields });
  for (const index of indices) {
    queries.set(
      index.name,
      within('query', () => compileFor(index, withPostFilter(body))),
    );
  }
  // A query that is wrong is wrong even where there is nothing to search.
  if (indices.length === 0) compileQuery(withPostFilter(body), { mapping: emptyMapping, nowMs, defaultFields: [] });
  const [firstIndex] = indices;
  const after =
    body['search_after'] === undefined || !firstIndex
      ? undefined
      : parseSearchAfter(body['search_after'], fields, firstIndex.mapping);
  const renderer = new HitRenderer(body, byName, queries);
  const context: AggregationContext = {
    mapping: firstIndex?.mapping ?? emptyMapping,
    nowMs,
    compile: (query) => {
      const perIndex = new Map(indices.map((index) => [index.name, compileFor(index, query).matches]));
      return (doc) => perIndex.get(doc.index)?.(doc) ?? false;
    },
    sortKeysOf: (doc, sort) => sortKeys(doc, sort, byName.get(doc.index)?.mapping ?? emptyMapping),
    renderHit: (hit, sort, source) => renderer.render(hit, sort, parseSourceFilter(source)),
  };
  const aggregationsKey = body['aggs'] === undefined ? 'aggregations' : 'aggs';
  const plans = within(aggregationsKey, () => compileAggregations(body[aggregationsKey], context));
  const aggregations = plans.size > 0 ? new SubAggregations(plans) : undefined;
  const rollups = [...plans.values()].every((plan) => plan.acceptsRollups);
  const limit = totalLimit(body['track_total_hits']);
  const timeoutMs = timeoutOf(body['timeout']);
  const request = { size: size + from, fields, after, limit, aggregations, context, rollups, timeoutMs };
  const run = new Scan(request, cache, clock);
  if (!(await run.over(indices, queries, maxBlocks))) return undefined;
  const top = run.top.sorted().slice(from);
  const sourceFilter = parseSourceFilter(body['_source']);
  const hits = top.map((hit) => renderer.render(hit, fields, sourceFilter));
  const total = run.totalShown;
  return {
    timedOut: run.timedOut,
    hits: {
      ...(total ? { total } : {}),
      max_score: fields.length > 0 || hits.length === 0 ? null : 1,
      hits,
    },
    aggregations: aggregations?.result(),
    lastSort: hits.at(-1)?.['sort'] as readonly unknown[] | undefined,
  };
}

function withPostFilter(body: Body): unknown {
  if (body['post_filter'] === undefined) return body['query'];
  return { bool: { filter: [body['query'] ?? { match_all: {} }, body['post_filter']] } };
}

/** `-1` is no timeout, as none at all. */
function timeoutOf(spec: unknown): number | undefined {
  return spec === undefined || spec === null || spec === -1 || spec === '-1' ? undefined : timeValueMs(spec, 'timeout');
}

function totalLimit(spec: unknown): number {
  if (spec === false || spec === 'false') return -1;
  if (spec === true || spec === 'true') return Number.MAX_SAFE_INTEGER;
  if (spec === undefined || spec === null) return DEFAULT_TRACKED_HITS;
  return integer(spec, DEFAULT_TRACKED_HITS, 'track_total_hits');
}

function integer(value: unknown, fallback: number, name: string): number {
  if (value === undefined || value === null) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new StoreError(400, 'illegal_argument_exception', `[${name}] must be a whole number that is not negative`);
  return number;
}
