import { Rows, type Columns } from '../engine/rows.ts';
import type { Damage, Segment, SharedSegment } from '../engine/segment.ts';
import { StoreError } from '../engine/store-error.ts';
import type { TailPool } from '../engine/tail.ts';
import { IndexMapping, type MappingBody } from '../mapping/index-mapping.ts';
import type { SearchOutcome } from './execute.ts';
import type { Searchable } from './searchable.ts';

/** How a search goes to another thread and comes back. Columns and messages of hot documents are in shared memory: nothing large is copied. */
export interface SearchRequest {
  readonly id: number;
  readonly indices: readonly SharedIndex[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
}

/** What the search thread is told: to search, or that nobody waits for an answer any more. */
export type SearchOrder = SearchRequest | { readonly cancelled: number };

/** An answer, or a damaged block that was found on the way. */
export type SearchReply =
  | { readonly id: number; readonly outcome: SearchOutcome }
  | { readonly id: number; readonly failure: SharedFailure }
  | { readonly damage: Damage };

interface SharedIndex {
  readonly name: string;
  readonly shownName: string;
  readonly mapping: MappingBody;
  readonly alwaysTimed: boolean;
  readonly defaultFields: readonly string[];
  readonly beforeSeq: number;
  readonly deleted: Float64Array;
  readonly segments: readonly SharedSegment[];
  readonly hot: SharedRows;
}

interface SharedRows {
  readonly count: number;
  readonly columns: Columns;
  readonly tails: readonly Uint8Array[];
  readonly prefixes: readonly string[];
  readonly payload: Uint8Array;
  readonly ids: Uint8Array;
}

/** What a client is told, or `undefined` for a fault of ours. */
interface SharedFailure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly answer: { readonly status: number; readonly type: string; readonly extra: StoreError['extra'] } | undefined;
}

export function shareIndex(index: Searchable): SharedIndex {
  const { name, shownName, defaultFields, beforeSeq, hot } = index;
  return {
    name,
    shownName,
    mapping: index.mapping.toBody(),
    alwaysTimed: index.mapping.alwaysTimed,
    defaultFields,
    beforeSeq,
    deleted: Float64Array.from(index.deleted),
    segments: index.segments.filter((segment) => !segment.removed).map((segment) => segment.share()),
    hot: {
      count: hot.count,
      columns: hot.columns,
      tails: hot.tails.map((tail) => tail.bytes),
      prefixes: hot.prefixes,
      payload: hot.payload,
      ids: hot.ids,
    },
  };
}

/** The inverse, with segments that `open` knows already or opens. */
export function openIndex(
  shared: SharedIndex,
  pool: TailPool,
  open: (segment: SharedSegment) => Segment | undefined,
): Searchable {
  const { name, shownName, defaultFields, beforeSeq, hot } = shared;
  const payload = Buffer.from(hot.payload.buffer, hot.payload.byteOffset, hot.payload.byteLength);
  const ids = Buffer.from(hot.ids.buffer, hot.ids.byteOffset, hot.ids.byteLength);
  const mapping = new IndexMapping(shared.mapping);
  mapping.alwaysTimed = shared.alwaysTimed;
  const tails = hot.tails.map((bytes) => pool.of(Buffer.from(bytes)));
  return {
    name,
    shownName,
    mapping,
    defaultFields,
    beforeSeq,
    deleted: new Set(shared.deleted),
    segments: shared.segments.flatMap((segment) => open(segment) ?? []),
    hot: new Rows(hot.count, hot.columns, tails, hot.prefixes, payload.length + ids.length, () => ({ payload, ids })),
  };
}

export function shareFailure(error: unknown): SharedFailure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof StoreError)) return { message, stack, answer: undefined };
  return { message, stack, answer: { status: error.status, type: error.type, extra: error.extra } };
}

export function openFailure({ message, stack, answer }: SharedFailure): Error {
  if (answer) return new StoreError(answer.status, answer.type, message, answer.extra);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

const RAW = 'rawJSON';

/**
 * Numbers with more digits than a double holds are `JSON.rawJSON` objects, which threads cannot send: they go as plain objects with the same property, and
 * `reviveNumbers` makes them again.
 */
export function plainNumbers(value: unknown): unknown {
  return mapObjects(value, (object) => (isRaw(object) ? { [RAW]: String(object[RAW]) } : undefined));
}

export function reviveNumbers(value: unknown): unknown {
  return mapObjects(value, (object) => {
    const text = object[RAW];
    return typeof text === 'string' && Object.keys(object).length === 1 ? rawNumber(text) : undefined;
  });
}

interface RawJson {
  isRawJSON(value: unknown): boolean;
  rawJSON(text: string): unknown;
}

function isRaw(value: unknown): boolean {
  return (JSON as unknown as RawJson).isRawJSON(value);
}

function rawNumber(text: string): unknown {
  return (JSON as unknown as RawJson).rawJSON(text);
}

/** A copy with some objects replaced; what has none in it is left as it is. */
function mapObjects(value: unknown, replace: (object: Readonly<Record<string, unknown>>) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => mapObjects(item, replace));
  const object = value as Readonly<Record<string, unknown>>;
  const replaced = replace(object);
  if (replaced !== undefined) return replaced;
  return Object.fromEntries(Object.entries(object).map(([name, item]) => [name, mapObjects(item, replace)]));
}
