import { badRequest, unknownOption } from '../engine/store-error.ts';
import { compareTexts, notSortable, numbersOf, textsOf } from '../mapping/doc-values.ts';
import { formatDate } from '../mapping/date-format.ts';
import type { Field } from '../mapping/index-mapping.ts';
import { ipKey } from '../mapping/ip-address.ts';
import { parseDate } from '../query/dates.ts';
import type { DocView } from '../query/doc-view.ts';
import { textOf } from '../text-of.ts';
import type { AggregationContext } from './aggregator.ts';

export type Body = Readonly<Record<string, unknown>>;

export function fieldName(body: Body, name: string): string {
  const field = body['field'];
  if (body['script'] !== undefined) throw badRequest(`scripts are not supported, [${name}] needs a [field]`);
  if (typeof field !== 'string') throw badRequest(`Required one of fields [field, script], but none were specified.`);
  return field;
}

/** Refuses what the aggregation does not know, as a misspelt option would silently change the answer. */
export function onlyOptions(body: Body, kind: string, known: readonly string[]): void {
  for (const name of Object.keys(body)) {
    if (!known.includes(name)) throw unknownOption(kind, name);
  }
}

/** The field with that name in the index that is being read; words of text cannot be gathered. */
export function fieldFor(context: AggregationContext, path: string): Field | undefined {
  const field = context.mapping.field(path);
  if (field?.type === 'text') throw notSortable(path);
  return field;
}

/** Numbers of a field: dates in milliseconds, booleans as 0 and 1. `missing` stands in for documents without a value. */
export function numberReader(
  context: AggregationContext,
  path: string,
  missing?: unknown,
): (doc: DocView) => readonly number[] {
  const first = fieldFor(context, path);
  if (first && first.type !== 'number' && first.type !== 'date' && first.type !== 'boolean') {
    throw badRequest(`Field [${path}] of type [${first.typeName}] is not supported for aggregations on numbers`);
  }
  const fallback = missing === undefined || missing === null ? [] : [numberFrom(missing, first, context.nowMs)];
  return (doc) => {
    const field = context.mapping.field(path);
    const numbers = field ? numbersOf(field, doc) : [];
    return numbers.length === 0 ? fallback : numbers;
  };
}

function numberFrom(value: unknown, field: Field | undefined, nowMs: number): number {
  if (field?.type === 'date') return parseDate(value, nowMs, 'down', undefined, field.format).ms;
  if (typeof value === 'boolean') return Number(value);
  const number = Number(value);
  if (Number.isNaN(number)) throw badRequest(`For input string: "${String(value)}"`, 'number_format_exception');
  return number;
}

/** Values of a field as bucket keys, each once: texts of keywords, numbers of everything else. */
export function keyReader(
  context: AggregationContext,
  path: string,
  missing?: unknown,
): (doc: DocView) => readonly (string | number)[] {
  const first = fieldFor(context, path);
  const numeric = first && first.type !== 'keyword' && first.type !== 'ip' && first.type !== 'flattened';
  const fallback =
    missing === undefined || missing === null
      ? []
      : [numeric ? numberFrom(missing, first, context.nowMs) : textOf(missing)];
  return (doc) => {
    const keys = keysOf(context, path, doc);
    return keys.length === 0 ? fallback : keys;
  };
}

function keysOf(context: AggregationContext, path: string, doc: DocView): readonly (string | number)[] {
  if (path === '_index') return [doc.index];
  if (path === '_id') return [doc.id];
  const field = context.mapping.field(path);
  if (!field) return [];
  if (field.type === 'keyword' || field.type === 'ip' || field.type === 'flattened') return textsOf(field, doc);
  const numbers = numbersOf(field, doc);
  return numbers.length > 1 ? [...new Set(numbers)] : numbers;
}

/** How many values a document has: repeated numbers count, repeated keywords do not. */
export function valueCounter(context: AggregationContext, path: string): (doc: DocView) => number {
  fieldFor(context, path);
  return (doc) => {
    const field = context.mapping.field(path);
    if (!field || field.type === 'keyword' || field.type === 'ip' || field.type === 'flattened') {
      return keysOf(context, path, doc).length;
    }
    return numbersOf(field, doc).length;
  };
}

/** Order of bucket keys: numbers by value, addresses as addresses, texts by their bytes. */
export function compareKeys(a: string | number, b: string | number, isAddress = false): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a), String(b)];
  return isAddress ? compareTexts(ipKey(x) ?? x, ipKey(y) ?? y) : compareTexts(x, y);
}

/** How numbers of a field are shown as text beside the number itself; `undefined` when they are not. */
export function textShower(
  context: AggregationContext,
  path: string,
  format: unknown,
): ((value: number) => string) | undefined {
  const field = context.mapping.field(path);
  if (field?.type === 'date') {
    const pattern = typeof format === 'string' ? format : field.format;
    return (value) => formatDate(Math.floor(value), pattern);
  }
  if (field?.type === 'boolean') return (value) => (value === 0 ? 'false' : 'true');
  if (typeof format === 'string') return (value) => formatNumber(value, format);
  return undefined;
}

/** The common ones of Java's DecimalFormat patterns: `0.00`, `#,##0.0`, with text around. */
function formatNumber(value: number, pattern: string): string {
  const match = /^([^#0,.]*)([#0,]*)(?:\.([#0]*))?(.*)$/.exec(pattern);
  if (!match) throw badRequest(`Malformed pattern "${pattern}"`);
  const [, prefix = '', whole = '', fraction = '', suffix = ''] = match;
  const shown = value.toLocaleString('en-US', {
    useGrouping: whole.includes(','),
    minimumIntegerDigits: Math.max(1, whole.replaceAll(/[^0]/g, '').length),
    minimumFractionDigits: fraction.replaceAll(/[^0]/g, '').length,
    maximumFractionDigits: fraction.length,
    roundingMode: 'halfEven',
  });
  return prefix + shown + suffix;
}
