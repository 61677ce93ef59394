import { compareNanoTime, formatNanoTime, nanosOf, type NanoTime } from '../../lib/nano-time.ts';
import { logFields } from '../../lib/log-record.ts';
import { badRequest, parsingError } from '../engine/store-error.ts';
import { formatDate } from '../mapping/date-format.ts';
import { compareTexts, ipKeysOf, notSortable, numbersOf, textsOf, timesOf } from '../mapping/doc-values.ts';
import type { Field, IndexMapping } from '../mapping/index-mapping.ts';
import { ipKey, ipText } from '../mapping/ip-address.ts';
import { parseDate } from '../query/dates.ts';
import type { DocView } from '../query/doc-view.ts';
import { textOf } from '../text-of.ts';

/** One sort key of a document; `undefined` when it has no value. Times compare to the nanosecond. */
export type SortKey = number | string | NanoTime | undefined;

type SortMode = 'min' | 'max' | 'sum' | 'avg' | 'median';

export interface SortField {
  readonly path: string;
  readonly descending: boolean;
  readonly missingFirst: boolean;
  /** Stands in for documents without a value, instead of putting them at an end. */
  readonly missing: string | number | undefined;
  /** Which of several values counts; by default the one that comes first in the order. */
  readonly mode: SortMode | undefined;
  /** Makes a field that no index has count as missing instead of an error. */
  readonly unmappedType: string | undefined;
  readonly format: string | undefined;
}

/** Tiebreak that `_shard_doc` and an unfinished sort end in: the order in which documents came. */
const DOC_ORDER = '_doc';
const modes: ReadonlySet<unknown> = new Set<SortMode>(['min', 'max', 'sum', 'avg', 'median']);

export function parseSort(sort: unknown): SortField[] {
  if (sort === undefined || sort === null) return [];
  return (Array.isArray(sort) ? sort : [sort]).flatMap((item: unknown) => {
    if (typeof item === 'string') return [field(item.split(':')[0] ?? item, { order: item.split(':')[1] })];
    if (typeof item !== 'object' || item === null) throw parsingError('[sort] is a list of fields');
    return Object.entries(item).map(([path, spec]) => {
      if (typeof spec === 'string') return field(path, { order: spec });
      return field(path, (spec ?? {}) as Readonly<Record<string, unknown>>);
    });
  });
}

function field(path: string, options: Readonly<Record<string, unknown>>): SortField {
  const { order, missing, mode, format, unmapped_type: unmappedType } = options;
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    throw badRequest(`unknown sort order [${textOf(order)}]`);
  if (mode !== undefined && !modes.has(mode)) throw badRequest(`Unknown SortMode [${textOf(mode)}]`);
  const isEnd = missing === undefined || missing === null || missing === '_first' || missing === '_last';
  return {
    path: path === '_shard_doc' ? DOC_ORDER : path,
    descending: order === undefined ? path === '_score' : order === 'desc',
    missingFirst: missing === '_first',
    missing: isEnd ? undefined : typeof missing === 'number' ? missing : textOf(missing),
    mode: mode as SortMode | undefined,
    unmappedType: typeof unmappedType === 'string' ? unmappedType : undefined,
    format: typeof format === 'string' ? format : undefined,
  };
}

const builtIn: ReadonlySet<string> = new Set([DOC_ORDER, '_score', '_id', '_index']);

/** Throws a 400 for a field that cannot be sorted by: words of text, or one that none of the indices has. */
export function checkSort(fields: readonly SortField[], mappings: readonly IndexMapping[]): void {
  for (const { path, unmappedType } of fields) {
    if (builtIn.has(path) || mappings.length === 0) continue;
    const found = mappings.flatMap((mapping) => mapping.field(path) ?? []);
    if (found.length === 0 && unmappedType === undefined) {
      throw badRequest(`No mapping found for [${path}] in order to sort on`, 'query_shard_exception');
    }
    if (found.some(({ type }) => type === 'text')) throw notSortable(path);
  }
}

/** The keys of a document, ending with the order of arrival so that no two are equal within an index. */
export function sortKeys(doc: DocView, fields: readonly SortField[], mapping: IndexMapping): SortKey[] {
  const keys = fields.map((sort) => keyOf(doc, sort, mapping));
  keys.push(doc.seq);
  return keys;
}

function keyOf(doc: DocView, sort: SortField, mapping: IndexMapping): SortKey {
  if (sort.path === DOC_ORDER) return doc.seq;
  if (sort.path === '_score') return 1;
  if (sort.path === '_id') return doc.id;
  if (sort.path === '_index') return doc.index;
  const found = mapping.field(sort.path);
  if (!found) return undefined;
  if (found.path === logFields.time && found.typeName === 'date_nanos' && (mapping.alwaysTimed || doc.timed))
    return doc;
  const keys = valuesOf(found, doc);
  if (keys.length === 0) return sort.missing === undefined ? undefined : standIn(sort.missing, found);
  return keys.length === 1 ? keys[0] : chosen(keys, sort);
}

function valuesOf(found: Field, doc: DocView): readonly SortKey[] {
  if (found.type === 'date') return timesOf(found, doc);
  if (found.type === 'number' || found.type === 'boolean') return numbersOf(found, doc);
  // Addresses are keys that compare as addresses do, shown as text again.
  return found.type === 'ip' ? ipKeysOf(found, doc) : textsOf(found, doc);
}

function standIn(missing: string | number, found: Field): SortKey {
  if (found.type === 'date') return parseDate(missing, 0, 'down', undefined, found.format);
  if (found.type === 'ip') return ipKey(String(missing));
  return found.type === 'number' || found.type === 'boolean' ? Number(missing) : String(missing);
}

/** One of several values, or a figure of all. */
function chosen(keys: readonly SortKey[], { mode, descending }: SortField): SortKey {
  if (mode === 'sum' || mode === 'avg' || mode === 'median') {
    const numbers = keys.map(Number);
    const sum = numbers.reduce((total, number) => total + number, 0);
    if (mode !== 'median') return mode === 'sum' ? sum : sum / numbers.length;
    const half = Math.floor(numbers.length / 2);
    return numbers.length % 2 === 1 ? numbers[half] : ((numbers[half - 1] ?? 0) + (numbers[half] ?? 0)) / 2;
  }
  const greatest = mode === undefined ? descending : mode === 'max';
  return keys.reduce((best, key) => (compareKey(key, best) < 0 !== greatest ? key : best));
}

function compareKey(a: SortKey, b: SortKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
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
    const found = mapping.field(sort.path);
    if (key === undefined) return shownMissing(sort, found);
    if (typeof key === 'number' && found?.typeName === 'float') return shortestFloat(key);
    if (typeof key !== 'object') return found?.type === 'ip' && typeof key === 'string' ? ipText(key) : key;
    if (sort.format === 'epoch_millis') return String(key.ms);
    if (sort.format !== undefined) {
      return sort.format.includes('nanos') ? withNanos(key) : formatDate(key.ms, sort.format, 0, key.subNs);
    }
    return found?.typeName === 'date_nanos' ? rawNumber(nanosOf(key)) : key.ms;
  });
}

/** A float of 32 bits with as few digits as tell it from its neighbours. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The greatest and least values of Java's types stand for "no value" in numbers and dates, as Elasticsearch shows them. */
const ends: Readonly<Record<'long' | 'integer' | 'double', readonly [unknown, unknown]>> = {
  long: [rawNumber(-(2n ** 63n)), rawNumber(2n ** 63n - 1n)],
  integer: [-(2 ** 31), 2 ** 31 - 1],
  double: ['-Infinity', 'Infinity'],
};

function shownMissing(sort: SortField, found: Field | undefined): unknown {
  const width = widthOf(found?.typeName ?? sort.unmappedType ?? '');
  return width === undefined ? null : ends[width][sort.descending === sort.missingFirst ? 1 : 0];
}

function widthOf(typeName: string): 'long' | 'integer' | 'double' | undefined {
  if (/^(?:long|unsigned_long|date|date_nanos)$/.test(typeName)) return 'long';
  if (/^(?:integer|short|byte|boolean)$/.test(typeName)) return 'integer';
  return /^(?:double|float|half_float|scaled_float)$/.test(typeName) ? 'double' : undefined;
}

function isShownMissing(value: unknown, typeName: string): boolean {
  const width = widthOf(typeName);
  if (width === 'long') return Math.abs(Number(value)) >= 2 ** 63;
  if (width === 'integer') return Number(value) === 2 ** 31 - 1 || Number(value) === -(2 ** 31);
  return width === 'double' && (value === 'Infinity' || value === '-Infinity');
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
    const found = mapping.field(sort.path);
    if (isShownMissing(value, found?.typeName ?? sort.unmappedType ?? '')) return undefined;
    if (sort.path === logFields.time || found?.type === 'date') {
      return parseDate(
        value,
        0,
        'down',
        undefined,
        typeof value === 'string' ? (sort.format ?? found?.format) : undefined,
      );
    }
    if (sort.path === DOC_ORDER || sort.path === '_score' || found?.type === 'number' || found?.type === 'boolean') {
      const number = value === true ? 1 : Number(value);
      if (Number.isNaN(number)) throw badRequest(`Failed to parse search_after value for field [${sort.path}].`);
      return found?.typeName === 'float' ? Math.fround(number) : number;
    }
    if (found?.type === 'ip') return ipKey(textOf(value));
    return typeof value === 'number' ? value : textOf(value);
  });
}
