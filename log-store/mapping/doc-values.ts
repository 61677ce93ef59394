import { logFields } from '../../lib/log-record.ts';
import type { NanoTime } from '../../lib/nano-time.ts';
import { badRequest, type StoreError } from '../engine/store-error.ts';
import type { DocView } from '../query/doc-view.ts';
import { parseDate } from '../query/dates.ts';
import type { Field } from './index-mapping.ts';
import { ipKey } from './ip-address.ts';

/** Values of a field as the index knows them, not as the document writes them: numbers cut to their type, dates as times, over-long keywords left out. */

const none: readonly never[] = [];

/** A number as a field of that type keeps it; `undefined` for what is none. */
export function coerceNumber(field: Field, value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) return undefined;
  switch (field.typeName) {
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
    case 'unsigned_long':
      return Math.trunc(number);
    case 'float':
    case 'half_float':
      return Math.fround(number);
    case 'scaled_float':
      return Math.round(number * field.scalingFactor) / field.scalingFactor;
    default:
      return number;
  }
}

export function isWholeNumber(field: Field): boolean {
  return /^(?:long|integer|short|byte|unsigned_long)$/.test(field.typeName);
}

export function booleanOf(value: unknown): boolean {
  return value === true || value === 'true';
}

/** Raw values with the field's stand-in for `null`. */
function rawValues(field: Field, doc: DocView): readonly unknown[] {
  return field.nullValue === undefined ? doc.values(field.sourcePath) : doc.valuesOr(field.sourcePath, field.nullValue);
}

/** Times of a date field; what cannot be read as a date is left out. */
export function timesOf(field: Field, doc: DocView): readonly NanoTime[] {
  if (field.sourcePath === logFields.time && doc.timed) {
    return [field.typeName === 'date_nanos' ? doc : { ms: doc.ms, subNs: 0 }];
  }
  const times: NanoTime[] = [];
  for (const value of rawValues(field, doc)) {
    try {
      const time = parseDate(value, 0, 'down', undefined, field.format);
      times.push(field.typeName === 'date_nanos' ? time : { ms: time.ms, subNs: 0 });
    } catch {
      // Refused at ingest in an index of Elasticsearch; here it is only not found.
    }
  }
  return times;
}

/** Numbers of a number, date (milliseconds) or boolean (0 and 1) field, ascending, repetitions kept. */
export function numbersOf(field: Field, doc: DocView): readonly number[] {
  if (field.type === 'date') {
    if (field.sourcePath === logFields.time && doc.timed) return [doc.ms];
    return ascending(timesOf(field, doc).map((time) => time.ms));
  }
  const raw = rawValues(field, doc);
  if (raw.length === 0) return none;
  if (field.type === 'boolean') return ascending(raw.map((value) => (booleanOf(value) ? 1 : 0)));
  const numbers: number[] = [];
  for (const value of raw) {
    const number = coerceNumber(field, value);
    if (number !== undefined) numbers.push(number);
  }
  return ascending(numbers);
}

function ascending(numbers: number[]): number[] {
  return numbers.length > 1 ? numbers.sort((a, b) => a - b) : numbers;
}

/** Texts of a keyword, ip or flattened field, each once. */
export function textsOf(field: Field, doc: DocView): readonly string[] {
  const raw = rawValues(field, doc);
  const [only] = raw;
  if (raw.length === 0) return none;
  if (raw.length === 1 && typeof only === 'string') return only.length <= field.ignoreAbove ? [only] : none;
  const texts = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) {
      for (const inner of Object.values(value)) add(inner);
      return;
    }
    const text = String(value);
    if (text.length <= field.ignoreAbove) texts.add(text);
  };
  for (const value of raw) add(value);
  return [...texts];
}

/** Addresses of an ip field as keys that compare as addresses do. */
export function ipKeysOf(field: Field, doc: DocView): readonly string[] {
  return rawValues(field, doc).flatMap((value) => ipKey(String(value)) ?? []);
}

/** Whether the index knows any value of the field. */
export function hasValue(field: Field, doc: DocView): boolean {
  switch (field.type) {
    case 'date':
      return field.sourcePath === logFields.time ? doc.timed : rawValues(field, doc).length > 0;
    case 'keyword':
      return textsOf(field, doc).length > 0;
    case 'text':
      return doc.values(field.sourcePath).length > 0;
    default:
      return rawValues(field, doc).length > 0;
  }
}

export function notSortable(path: string): StoreError {
  return badRequest(
    `Text fields are not kept in a way that aggregations and sorting need: use a keyword field instead of [${path}], such as [${path}.keyword]`,
  );
}

/** Orders texts as their UTF-8 bytes are ordered, as Lucene does: JavaScript's own order differs beyond the basic plane. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let n = 0; n < length; n++) {
    const x = a.charCodeAt(n);
    const y = b.charCodeAt(n);
    if (x !== y) return isSurrogate(x) !== isSurrogate(y) ? (isSurrogate(x) ? 1 : -1) : x - y;
  }
  return a.length - b.length;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}
