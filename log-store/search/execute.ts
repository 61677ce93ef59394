import type { AggregationContext } from '../aggregations/aggregator.ts';
import { compileAggregations } from '../aggregations/compile.ts';
import { SubAggregations } from '../aggregations/sub-aggregations.ts';
import type { BlockCache } from '../engine/block-cache.ts';
import type { RollupEntry } from '../engine/rollup.ts';
import type { Segment } from '../engine/segment.ts';
import { STREAM_LEVELS, levelOf, streamLevelOf, streamOf } from '../engine/line-shape.ts';
import type { Rows } from '../engine/rows.ts';
import { badRequest, parsingError, StoreError, within } from '../engine/store-error.ts';
import { logFields } from '../../lib/log-record.ts';
import { IndexMapping } from '../mapping/index-mapping.ts';
import { compileQuery } from '../query/compile.ts';
import type { CompiledQuery } from '../query/compiled.ts';
import { DocView } from '../query/doc-view.ts';
import { highlight, parseHighlight, wordsOfQuery } from './highlight.ts';
import {
  checkSort,
  compareSortKeys,
  parseSearchAfter,
  parseSort,
  renderSortKeys,
  sortKeys,
  type SortField,
  type SortKey,
} from './sort.ts';
import { parseSourceFilter } from './source-filter.ts';
import { TopHits, type TopHit } from './top-hits.ts';

/** `from` + `size` at most, as Elasticsearch's `index.max_result_window`. */
const MAX_RESULT_WINDOW = 10_000;
const DEFAULT_TRACKED_HITS = 10_000;
/** How long one search may take; then what was found so far is answered with `timed_out`. */
const SEARCH_TIMEOUT_MS = 30_000;
/** Work between two turns of the event loop. */
const SLICE_MS = 10;

/** What a search reads of an index. */
export interface Searchable {
  readonly name: string;
  readonly mapping: IndexMapping;
  readonly segments: readonly Segment[];
  /** Documents that are in no segment yet. */
  readonly hot: Rows;
  readonly deleted: ReadonlySet<number>;
  /** Documents from this sequence number on came after the point in time that is searched. */
  readonly beforeSeq: number;
  readonly defaultFields: readonly string[];
  /** The name that hits show. */
  readonly shownName: string;
}

export interface SearchClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Lets other work run. */
  yield(): Promise<void>;
}

const MINUTE_MS = 60_000;
const emptyMapping = new IndexMapping();

type Body = Readonly<Record<string, unknown>>;

/** A search's answer without the frame (`took`, `_shards`). */
export interface SearchOutcome {
  readonly timedOut: boolean;
  readonly hits: Record<string, unknown>;
  readonly aggregations: Record<string, unknown> | undefined;
  /** Sequence numbers of the matches, when asked for (`delete_by_query`). */
  readonly lastSort: readonly unknown[] | undefined;
}

const knownKeys = new Set(
  `query sort size from search_after _source fields docvalue_fields stored_fields script_fields runtime_mappings track_total_hits track_scores
  aggs aggregations highlight pit timeout terminate_after min_score post_filter version seq_no_primary_term explain profile stats indices_boost collapse suggest`.split(
    /\s+/,
  ),
);

/** Runs one search over some indices, newest blocks first. */
export async function executeSearch(
  indices: readonly Searchable[],
  body: Body,
  cache: BlockCache,
  clock: SearchClock,
): Promise<SearchOutcome> {
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
  const renderer = new HitRenderer(body, byName);
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
  const run = new Run(
    size + from,
    fields,
    after,
    totalLimit(body['track_total_hits']),
    aggregations,
    context,
    cache,
    clock,
  );
  const rollups = [...plans.values()].every((plan) => plan.acceptsRollups);
  await run.over(indices, queries, rollups);
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

/** The documents that match, for `delete_by_query` and `_count`-like work: calls `each` for every one. */
export async function scanMatches(
  index: Searchable,
  query: unknown,
  cache: BlockCache,
  clock: SearchClock,
  each: (doc: DocView) => void,
): Promise<void> {
  const compiled = compileQuery(query, {
    mapping: index.mapping,
    nowMs: clock.nowMs(),
    defaultFields: index.defaultFields,
  });
  for (const segment of index.segments) {
    for (const n of segment.candidates(compiled.terms, compiled.fromMs, compiled.toMs)) {
      const rows = cache.block(segment, n);
      if (rows) scanRows(index, rows, compiled, each);
      await clock.yield();
    }
  }
  scanRows(index, index.hot, compiled, each);
}

function scanRows(index: Searchable, rows: Rows, query: CompiledQuery, each: (doc: DocView) => void): void {
  const doc = new DocView(index.name, rows, 0);
  for (let n = 0; n < rows.count; n++) {
    if (!isVisible(index, rows, n)) continue;
    doc.moveTo(rows, n);
    if (query.matches(doc)) each(doc);
  }
}

/** Whether a row is not deleted and came before the point in time. */
function isVisible(index: Searchable, rows: Rows, n: number): boolean {
  const seq = rows.columns.seq[n] ?? 0;
  return seq < index.beforeSeq && !(index.deleted.size > 0 && index.deleted.has(seq));
}

class Run {
  readonly top: TopHits;
  timedOut = false;
  total = 0;
  readonly #fields: readonly SortField[];
  readonly #after: readonly SortKey[] | undefined;
  readonly #limit: number;
  readonly #aggregations: SubAggregations | undefined;
  readonly #context: AggregationContext;
  readonly #cache: BlockCache;
  readonly #clock: SearchClock;
  readonly #timeFirst: 'asc' | 'desc' | undefined;

  constructor(
    size: number,
    fields: readonly SortField[],
    after: readonly SortKey[] | undefined,
    limit: number,
    aggregations: SubAggregations | undefined,
    context: AggregationContext,
    cache: BlockCache,
    clock: SearchClock,
  ) {
    this.top = new TopHits(size, fields);
    this.#fields = fields;
    this.#after = after;
    this.#limit = limit;
    this.#aggregations = aggregations;
    this.#context = context;
    this.#cache = cache;
    this.#clock = clock;
    this.#timeFirst = fields[0]?.path === logFields.time ? (fields[0].descending ? 'desc' : 'asc') : undefined;
  }

  get totalShown(): { value: number; relation: 'eq' | 'gte' } | undefined {
    if (this.#limit < 0) return undefined;
    return this.total > this.#limit ? { value: this.#limit, relation: 'gte' } : { value: this.total, relation: 'eq' };
  }

  async over(
    indices: readonly Searchable[],
    queries: ReadonlyMap<string, CompiledQuery>,
    rollups: boolean,
  ): Promise<void> {
    const work: { index: Searchable; query: CompiledQuery; segment: Segment; n: number }[] = [];
    for (const index of indices) {
      const query = queries.get(index.name);
      if (!query) continue;
      this.#context.mapping = index.mapping;
      this.#rows(index, query, index.hot, rollups);
      for (const segment of index.segments) {
        for (const n of segment.candidates(query.terms, query.fromMs, query.toMs))
          work.push({ index, query, segment, n });
      }
    }
    const edge = (item: (typeof work)[number]) => {
      const block = item.segment.blocks[item.n];
      return this.#timeFirst === 'asc' ? (block?.minMs ?? 0) : -(block?.maxMs ?? 0);
    };
    work.sort((a, b) => edge(a) - edge(b));
    const startMs = this.#clock.monotonicMs();
    let sliceMs = startMs;
    for (const item of work) {
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - sliceMs > SLICE_MS) {
        if (nowMs - startMs > SEARCH_TIMEOUT_MS) {
          this.timedOut = true;
          return;
        }
        await this.#clock.yield();
        sliceMs = this.#clock.monotonicMs();
      }
      this.#context.mapping = item.index.mapping;
      this.#block(item.index, item.query, item.segment, item.n, rollups);
    }
  }

  #block(index: Searchable, query: CompiledQuery, segment: Segment, n: number, rollups: boolean): void {
    const ref = segment.blocks[n];
    if (!ref) return;
    const hitsWanted = this.#mayImprove(ref.minMs, ref.maxMs);
    const countWanted = this.#limit >= 0 && this.total <= this.#limit;
    if (!hitsWanted && !countWanted && !this.#aggregations) return;
    const inside = ref.minMs > query.fromMs && ref.maxMs < query.toMs;
    const whole = inside && ref.maxSeq < index.beforeSeq && !hasDeleted(index.deleted, ref.minSeq, ref.maxSeq);
    if (!hitsWanted && rollups && whole && query.rollup && ref.rollups) {
      for (const entry of ref.rollups) if (query.rollup(entry)) this.#count(entry);
      return;
    }
    const rows = this.#cache.block(segment, n);
    if (rows) this.#rows(index, query, rows, rollups);
  }

  #rows(index: Searchable, query: CompiledQuery, rows: Rows, rollups: boolean): void {
    const { ms, flags } = rows.columns;
    const cursor = new DocView(index.name, rows, 0);
    const counts = this.#aggregations && rollups ? new Map<number, number>() : undefined;
    // Newest first, so that few documents enter the best only to leave them again.
    const backwards = this.#timeFirst !== 'asc';
    for (let at = 0; at < rows.count; at++) {
      const n = backwards ? rows.count - 1 - at : at;
      if (!isVisible(index, rows, n)) continue;
      cursor.moveTo(rows, n);
      if (!query.matches(cursor)) continue;
      this.total++;
      const time = ms[n] ?? 0;
      if (counts && rows.isLine(n)) {
        const key = Math.floor(time / MINUTE_MS) * STREAM_LEVELS + streamLevelOf(flags[n] ?? 0);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      } else this.#aggregations?.collect(new DocView(index.name, rows, n));
      if (this.#mayImprove(time, time)) this.#offer(cursor, index);
    }
    for (const [key, count] of counts ?? []) {
      const code = key % STREAM_LEVELS;
      const minute = (key - code) / STREAM_LEVELS;
      this.#aggregations?.collectRollup({ minute, stream: streamOf(code), level: levelOf(code), count });
    }
  }

  #count(entry: RollupEntry): void {
    this.total += entry.count;
    this.#aggregations?.collectRollup(entry);
  }

  /** Whether documents between these times can still be among the best. */
  #mayImprove(minMs: number, maxMs: number): boolean {
    const after = this.#after?.[0];
    if (this.#timeFirst && typeof after === 'object') {
      if (this.#timeFirst === 'desc' ? minMs > after.ms : maxMs < after.ms) return false;
    }
    const worst = this.top.worst;
    if (!worst) return !this.top.full;
    if (!this.#timeFirst) return true;
    const key = worst.keys[0];
    if (typeof key !== 'object') return true;
    return this.#timeFirst === 'desc' ? maxMs >= key.ms : minMs <= key.ms;
  }

  #offer(doc: DocView, index: Searchable): void {
    const keys = sortKeys(doc, this.#fields, index.mapping);
    if (this.#after && compareSortKeys(keys, this.#after, this.#fields) <= 0) return;
    this.top.offer(doc, keys);
  }
}

class HitRenderer {
  readonly #body: Body;
  readonly #indices: ReadonlyMap<string, Searchable>;
  readonly #highlight: ReturnType<typeof parseHighlight>;
  readonly #words: { field: string; test: (word: string) => boolean }[] = [];

  constructor(body: Body, indices: ReadonlyMap<string, Searchable>) {
    this.#body = body;
    this.#indices = indices;
    this.#highlight = parseHighlight(body['highlight']);
    if (this.#highlight) wordsOfQuery(body['query'], (field, test) => this.#words.push({ field, test }));
  }

  render(
    hit: TopHit,
    fields: readonly SortField[],
    filter: ReturnType<typeof parseSourceFilter>,
  ): Record<string, unknown> {
    const index = this.#indices.get(hit.doc.index);
    const mapping = index?.mapping ?? emptyMapping;
    const rendered: Record<string, unknown> = {
      _index: index?.shownName ?? hit.doc.index,
      _id: hit.doc.id,
      _score: fields.length > 0 ? null : 1,
    };
    if (filter !== 'none') rendered['_source'] = filter === 'whole' ? hit.doc.source : filter(hit.doc.source);
    const wanted = this.#body['fields'] ?? this.#body['docvalue_fields'];
    if (Array.isArray(wanted)) rendered['fields'] = fieldsOf(hit.doc, wanted, mapping);
    if (this.#body['seq_no_primary_term'] === true) Object.assign(rendered, { _seq_no: hit.doc.seq, _primary_term: 1 });
    if (this.#body['version'] === true) rendered['_version'] = 1;
    if (this.#highlight) {
      const found = highlight(hit.doc, this.#highlight, this.#words, mapping);
      if (Object.keys(found).length > 0) rendered['highlight'] = found;
    }
    if (fields.length > 0) rendered['sort'] = renderSortKeys(hit.keys, fields, mapping);
    return rendered;
  }
}

function fieldsOf(doc: DocView, wanted: readonly unknown[], mapping: IndexMapping): Record<string, readonly unknown[]> {
  const found: Record<string, readonly unknown[]> = {};
  for (const item of wanted) {
    const pattern = typeof item === 'string' ? item : String((item as Body | null)?.['field']);
    const all = pattern.includes('*') ? [...mapping.fields()] : [mapping.field(pattern)];
    for (const field of all) {
      if (
        !field ||
        (pattern.includes('*') &&
          !new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(field.path))
      )
        continue;
      const values = doc.values(field.sourcePath);
      if (values.length > 0) found[field.path] = values;
    }
  }
  return found;
}

function hasDeleted(deleted: ReadonlySet<number>, minSeq: number, maxSeq: number): boolean {
  for (const seq of deleted) if (seq >= minSeq && seq <= maxSeq) return true;
  return false;
}

function withPostFilter(body: Body): unknown {
  if (body['post_filter'] === undefined) return body['query'];
  return { bool: { filter: [body['query'] ?? { match_all: {} }, body['post_filter']] } };
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
