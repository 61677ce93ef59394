import { compareNanoTime, formatNanoTime, nanosOf, type NanoTime } from '../../lib/nano-time.ts';
import { logFields } from '../../lib/log-record.ts';
import { badRequest, parsingError } from '../engine/store-error.ts';
import type { IndexMapping } from '../mapping/index-mapping.ts';
import { parseDate } from '../query/dates.ts';
import type { DocView } from '../query/doc-view.ts';
import { textOf } from '../text-of.ts';

/** One sort key of a document; `undefined` when it has no value. Times compare to the nanosecond. */
export type SortKey = number | string | NanoTime | undefined;

export interface SortField {
  readonly path: string;
  readonly descending: boolean;
  readonly missingFirst: boolean;
  readonly format: string | undefined;
}

/** Tiebreak that `_shard_doc` and an unfinished sort end in: the order in which documents came. */
const DOC_ORDER = '_doc';

export function parseSort(sort: unknown): SortField[] {
  if (sort === undefined || sort === null) return [];
  return (Array.isArray(sort) ? sort : [sort]).flatMap((item: unknown) => {
    if (typeof item === 'string') return [field(item.split(':')[0] ?? item, item.split(':')[1])];
    if (typeof item !== 'object' || item === null) throw parsingError('[sort] is a list of fields');
    return Object.entries(item).map(([path, spec]) => {
      if (typeof spec === 'string') return field(path, spec);
      const options = (spec ?? {}) as Readonly<Record<string, unknown>>;
      return field(path, options['order'], options['missing'], options['format']);
    });
  });
}

function field(path: string, order?: unknown, missing?: unknown, format?: unknown): SortField {
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    throw badRequest(`unknown sort order [${textOf(order)}]`);
  return {
    path: path === '_shard_doc' ? DOC_ORDER : path,
    descending: order === undefined ? path === '_score' : order === 'desc',
    missingFirst: missing === '_first',
    format: typeof format === 'string' ? format : undefined,
  };
}

/** The keys of a document, ending with the order of arrival so that no two are equal within an index. */
export function sortKeys(doc: DocView, fields: readonly SortField[], mapping: IndexMapping): SortKey[] {
  const keys = fields.map((sort) => keyOf(doc, sort, mapping));
  keys.push(doc.seq);
  return keys;
}

function keyOf(doc: DocView, sort: SortField, mapping: IndexMapping): SortKey {
  if (sort.path === logFields.time) return doc;
  if (sort.path === DOC_ORDER) return doc.seq;
  if (sort.path === '_score') return 1;
  if (sort.path === '_id') return doc.id;
  if (sort.path === '_index') return doc.index;
  const field = mapping.field(sort.path);
  if (!field) return undefined;
  const values = doc.values(field.sourcePath);
  if (values.length === 0) return undefined;
  const keys = values.map((value): SortKey => {
    if (field.type === 'number') return Number(value);
    if (field.type === 'boolean') return String(value) === 'true' ? 1 : 0;
    if (field.type === 'date') return parseDate(value, 0);
    return String(value);
  });
  return keys.reduce((best, key) => (compareKey(key, best) < 0 !== sort.descending ? key : best));
}

function compareKey(a: SortKey, b: SortKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'object' && typeof b === 'object') return compareNanoTime(a, b);
  return 0;
}

/** Negative when `a` comes first. */
export function compareSortKeys(a: readonly SortKey[], b: readonly SortKey[], fields: readonly SortField[]): number {
  for (let n = 0; n < fields.length; n++) {
    const sort = fields[n];
    const x = a[n];
    const y = b[n];
    if (!sort) break;
    if (x === undefined || y === undefined) {
      if (x === y) continue;
      return (x === undefined) === sort.missingFirst ? -1 : 1;
    }
    const order = compareKey(x, y);
    if (order !== 0) return sort.descending ? -order : order;
  }
  const last = fields.length;
  const x = a[last];
  const y = b[last];
  // A search_after without the tiebreak ends behind all documents with equal keys.
  if (x === undefined || y === undefined) return 0;
  return compareKey(x, y);
}

/** What the response's `sort` shows, to be given back in `search_after`. */
export function renderSortKeys(
  keys: readonly SortKey[],
  fields: readonly SortField[],
  mapping: IndexMapping,
): unknown[] {
  return fields.map((sort, n) => {
    const key = keys[n];
    if (key === undefined) return null;
    if (typeof key !== 'object') return key;
    if (sort.format === 'epoch_millis') return String(key.ms);
    if (sort.format !== undefined)
      return sort.format.includes('nanos') ? withNanos(key) : new Date(key.ms).toISOString();
    return mapping.field(sort.path)?.typeName === 'date_nanos' ? rawNumber(nanosOf(key)) : key.ms;
  });
}

/** Nanoseconds since the epoch need 61 bits: as a JavaScript number they would be rounded, so the digits go out as they are. */
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value.toString());
}

function withNanos(time: NanoTime): string {
  return formatNanoTime({ ms: time.ms, subNs: time.subNs });
}

/** The keys of a `search_after`. */
export function parseSearchAfter(values: unknown, fields: readonly SortField[], mapping: IndexMapping): SortKey[] {
  if (!Array.isArray(values)) throw parsingError('[search_after] is a list of values');
  if (values.length !== fields.length) {
    throw badRequest(`search_after has ${values.length} value(s) but sort has ${fields.length}.`);
  }
  return fields.map((sort, n) => {
    const value: unknown = values[n];
    if (value === null || value === undefined) return undefined;
    if (sort.path === logFields.time || mapping.field(sort.path)?.type === 'date') return parseDate(value, 0);
    const type = mapping.field(sort.path)?.type;
    if (sort.path === DOC_ORDER || sort.path === '_score' || type === 'number' || type === 'boolean')
      return Number(value);
    return typeof value === 'number' ? value : textOf(value);
  });
}
