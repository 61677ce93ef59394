import type { AggregationContext } from '../aggregations/aggregator.ts';
import type { SubAggregations } from '../aggregations/sub-aggregations.ts';
import type { BlockCache } from '../engine/block-cache.ts';
import { levelOf, streamLevelOf, STREAM_LEVELS, streamOf } from '../engine/line-shape.ts';
import type { RollupEntry } from '../engine/rollup.ts';
import type { Rows } from '../engine/rows.ts';
import type { Segment } from '../engine/segment.ts';
import { StoreError } from '../engine/store-error.ts';
import { logFields } from '../../lib/log-record.ts';
import { compileQuery } from '../query/compile.ts';
import type { CompiledQuery } from '../query/compiled.ts';
import { DocView } from '../query/doc-view.ts';
import type { Searchable, SearchClock } from './searchable.ts';
import { compareSortKeys, sortKeys, type SortField, type SortKey } from './sort.ts';
import { TopHits } from './top-hits.ts';

/** No search takes longer: it fails. Who would rather have a part says so by `timeout`. */
const MAX_SEARCH_MS = 300_000;
/** Work between two turns of the event loop. */
const SLICE_MS = 10;
const MINUTE_MS = 60_000;

/** What a scan gathers. */
export interface ScanRequest {
  /** Best documents kept. */
  readonly size: number;
  readonly fields: readonly SortField[];
  readonly after: readonly SortKey[] | undefined;
  /** Matches counted exactly; negative when the number is not asked for. */
  readonly limit: number;
  readonly aggregations: SubAggregations | undefined;
  readonly context: AggregationContext;
  /** Counts per minute, stream and level are enough for all aggregations. */
  readonly rollups: boolean;
  /** After so long what was found until then is the answer, marked `timed_out`. */
  readonly timeoutMs: number | undefined;
}

interface Work {
  readonly index: Searchable;
  readonly query: CompiledQuery;
  readonly segment: Segment;
  readonly n: number;
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
  const marks = matchesOf(index, rows, query);
  const doc = new DocView(index.name, rows, 0);
  for (let n = 0; n < rows.count; n++) {
    if (marks[n] === 0) continue;
    doc.moveTo(rows, n);
    each(doc);
  }
}

/** Marks the rows that match, are not deleted and came before the point in time. */
function matchesOf(index: Searchable, rows: Rows, query: CompiledQuery): Uint8Array {
  const marks = new Uint8Array(rows.count).fill(1);
  const { seq } = rows.columns;
  if (index.deleted.size > 0 || (seq[rows.count - 1] ?? 0) >= index.beforeSeq) {
    for (let n = 0; n < rows.count; n++) {
      const at = seq[n] ?? 0;
      if (at >= index.beforeSeq || index.deleted.has(at)) marks[n] = 0;
    }
  }
  query.select(index.name, rows, marks);
  return marks;
}

/** The state of one search while it goes through blocks, newest first or as its sort asks. */
export class Scan {
  readonly top: TopHits;
  timedOut = false;
  total = 0;
  readonly #request: ScanRequest;
  readonly #cache: BlockCache;
  readonly #clock: SearchClock;
  readonly #timeFirst: 'asc' | 'desc' | undefined;
  #opened = 0;

  constructor(request: ScanRequest, cache: BlockCache, clock: SearchClock) {
    const [first] = request.fields;
    this.top = new TopHits(request.size, request.fields);
    this.#request = request;
    this.#cache = cache;
    this.#clock = clock;
    this.#timeFirst = first?.path === logFields.time ? (first.descending ? 'desc' : 'asc') : undefined;
  }

  get totalShown(): { value: number; relation: 'eq' | 'gte' } | undefined {
    const { limit } = this.#request;
    if (limit < 0) return undefined;
    return this.total > limit ? { value: limit, relation: 'gte' } : { value: this.total, relation: 'eq' };
  }

  /** Goes through the indices. `false` when more than `maxBlocks` would have to be opened: then nothing of this object means anything. */
  async over(
    indices: readonly Searchable[],
    queries: ReadonlyMap<string, CompiledQuery>,
    maxBlocks: number,
  ): Promise<boolean> {
    const { context, rollups, aggregations, timeoutMs = Infinity } = this.#request;
    const work: Work[] = [];
    for (const index of indices) {
      const query = queries.get(index.name);
      if (!query) continue;
      for (const segment of index.segments) {
        for (const n of segment.candidates(query.terms, query.fromMs, query.toMs))
          work.push({ index, query, segment, n });
      }
      const opensAll = aggregations !== undefined && !(rollups && query.rollup);
      if (opensAll && work.length > maxBlocks) return false;
    }
    for (const index of indices) {
      context.mapping = index.mapping;
      const query = queries.get(index.name);
      if (query) this.#rows(index, query, index.hot);
    }
    work.sort((a, b) => this.#edge(a) - this.#edge(b));
    const startMs = this.#clock.monotonicMs();
    let sliceMs = startMs;
    for (const item of work) {
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - sliceMs > SLICE_MS) {
        if (nowMs - startMs >= timeoutMs) {
          this.timedOut = true;
          return true;
        }
        if (nowMs - startMs > MAX_SEARCH_MS) throw tooLong();
        await this.#clock.yield();
        sliceMs = this.#clock.monotonicMs();
      }
      context.mapping = item.index.mapping;
      this.#block(item);
      if (this.#opened > maxBlocks) return false;
    }
    return true;
  }

  /** Blocks are taken in the order of this. */
  #edge({ segment, n }: Work): number {
    const block = segment.blocks[n];
    return this.#timeFirst === 'asc' ? (block?.minMs ?? 0) : -(block?.maxMs ?? 0);
  }

  #block({ index, query, segment, n }: Work): void {
    const { limit, aggregations, rollups } = this.#request;
    const ref = segment.blocks[n];
    if (!ref) return;
    const hitsWanted = this.#mayImprove(ref.minMs, ref.maxMs);
    const countWanted = limit >= 0 && this.total <= limit;
    if (!hitsWanted && !countWanted && !aggregations) return;
    const inside = ref.minMs > query.fromMs && ref.maxMs < query.toMs;
    const whole = inside && ref.maxSeq < index.beforeSeq && !hasDeleted(index.deleted, ref.minSeq, ref.maxSeq);
    if (!hitsWanted && rollups && whole && query.rollup && ref.rollups) {
      for (const entry of ref.rollups) if (query.rollup(entry)) this.#count(entry);
      return;
    }
    this.#opened++;
    const rows = this.#cache.block(segment, n);
    if (rows) this.#rows(index, query, rows);
  }

  #rows(index: Searchable, query: CompiledQuery, rows: Rows): void {
    const { aggregations, rollups } = this.#request;
    const { ms, flags } = rows.columns;
    const marks = matchesOf(index, rows, query);
    const cursor = new DocView(index.name, rows, 0);
    const counts = aggregations && rollups ? new Map<number, number>() : undefined;
    // Newest first, so that few documents enter the best only to leave them again.
    const backwards = this.#timeFirst !== 'asc';
    for (let at = 0; at < rows.count; at++) {
      const n = backwards ? rows.count - 1 - at : at;
      if (marks[n] === 0) continue;
      this.total++;
      const time = ms[n] ?? 0;
      if (counts && rows.isLine(n)) {
        const key = Math.floor(time / MINUTE_MS) * STREAM_LEVELS + streamLevelOf(flags[n] ?? 0);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      } else aggregations?.collect(new DocView(index.name, rows, n));
      if (this.#mayImprove(time, time)) {
        cursor.moveTo(rows, n);
        this.#offer(cursor, index);
      }
    }
    for (const [key, count] of counts ?? []) {
      const code = key % STREAM_LEVELS;
      const minute = (key - code) / STREAM_LEVELS;
      aggregations?.collectRollup({ minute, stream: streamOf(code), level: levelOf(code), count });
    }
  }

  #count(entry: RollupEntry): void {
    this.total += entry.count;
    this.#request.aggregations?.collectRollup(entry);
  }

  /** Whether documents between these times can still be among the best. */
  #mayImprove(minMs: number, maxMs: number): boolean {
    const after = this.#request.after?.[0];
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
    const { fields, after } = this.#request;
    const keys = sortKeys(doc, fields, index.mapping);
    if (after && compareSortKeys(keys, after, fields) <= 0) return;
    this.top.offer(doc, keys);
  }
}

function tooLong(): StoreError {
  return new StoreError(
    503,
    'search_phase_execution_exception',
    `the search takes longer than ${MAX_SEARCH_MS / 1_000} s: ask for a shorter time or fewer indices, or give a [timeout] to have what is found until then`,
  );
}

function hasDeleted(deleted: ReadonlySet<number>, minSeq: number, maxSeq: number): boolean {
  for (const seq of deleted) if (seq >= minSeq && seq <= maxSeq) return true;
  return false;
}
