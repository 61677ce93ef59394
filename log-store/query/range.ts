import { compareNanoTime, type NanoTime } from '../../lib/nano-time.ts';
import { logFields } from '../../lib/log-record.ts';
import { badRequest } from '../engine/store-error.ts';
import { compareTexts, ipKeysOf, isWholeNumber, numbersOf, textsOf, timesOf } from '../mapping/doc-values.ts';
import type { Field } from '../mapping/index-mapping.ts';
import { ipKey } from '../mapping/ip-address.ts';
import { textOf } from '../text-of.ts';
import { byTest, matchNone, onField, type CompiledQuery } from './compiled.ts';
import { byTime } from './select.ts';
import { parseDate } from './dates.ts';
import { searchable, type QueryContext } from './query-context.ts';

/** Ends of a range; an end that is absent or null is open. */
export interface RangeBounds {
  readonly gt?: unknown;
  readonly gte?: unknown;
  readonly lt?: unknown;
  readonly lte?: unknown;
  readonly timeZone?: string | undefined;
  readonly format?: string | undefined;
}

export function rangeQuery(context: QueryContext, path: string, bounds: RangeBounds): CompiledQuery {
  const field = searchable(context, path);
  if (!field) return matchNone;
  switch (field.type) {
    case 'date':
      return dateRange(context, field, bounds);
    case 'number':
    case 'boolean': {
      const test = between(
        bounds,
        (value) => numberOf(field, value),
        (a, b) => a - b,
      );
      return onField(field, (doc) => numbersOf(field, doc).some(test));
    }
    case 'ip': {
      const test = between(bounds, addressOf, compareTexts);
      return onField(field, (doc) => ipKeysOf(field, doc).some(test));
    }
    case 'text': {
      const test = between(bounds, textOf, compareTexts);
      return byTest((doc) => doc.tokens(field.sourcePath).some((tokens) => tokens.some(test)));
    }
    case 'keyword':
    case 'flattened': {
      const test = between(bounds, textOf, compareTexts);
      return onField(field, (doc) => textsOf(field, doc).some(test));
    }
    case 'object':
      return matchNone;
  }
}

function between<T>(
  bounds: RangeBounds,
  parse: (value: unknown) => T,
  compare: (a: T, b: T) => number,
): (value: T) => boolean {
  const end = (value: unknown) => (value === undefined || value === null ? undefined : parse(value));
  const [gt, gte, lt, lte] = [end(bounds.gt), end(bounds.gte), end(bounds.lt), end(bounds.lte)];
  return (value) =>
    (gt === undefined || compare(value, gt) > 0) &&
    (gte === undefined || compare(value, gte) >= 0) &&
    (lt === undefined || compare(value, lt) < 0) &&
    (lte === undefined || compare(value, lte) <= 0);
}

function numberOf(field: Field, value: unknown): number {
  if (field.type === 'boolean') return String(value) === 'true' ? 1 : 0;
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw badRequest(`For input string: "${textOf(value)}"`, 'number_format_exception');
  if (isWholeNumber(field)) return number;
  return field.typeName === 'float' || field.typeName === 'half_float' ? Math.fround(number) : number;
}

function addressOf(value: unknown): string {
  const key = ipKey(String(value));
  if (key === undefined) throw badRequest(`'${String(value)}' is not an IP string literal.`);
  return key;
}

function dateRange(context: QueryContext, field: Field, bounds: RangeBounds): CompiledQuery {
  const format = bounds.format ?? field.format;
  const at = (value: unknown, rounding: 'up' | 'down') =>
    value === undefined || value === null
      ? undefined
      : parseDate(value, context.nowMs, rounding, bounds.timeZone, format);
  const gte = at(bounds.gte, 'down');
  const gt = at(bounds.gt, 'up');
  const lte = at(bounds.lte, 'up');
  const lt = at(bounds.lt, 'down');
  const compare = field.typeName === 'date_nanos' ? compareNanoTime : (a: NanoTime, b: NanoTime) => a.ms - b.ms;
  const test = (time: NanoTime) =>
    (!gte || compare(time, gte) >= 0) &&
    (!gt || compare(time, gt) > 0) &&
    (!lte || compare(time, lte) <= 0) &&
    (!lt || compare(time, lt) < 0);
  if (field.path !== logFields.time) return onField(field, (doc) => timesOf(field, doc).some(test));
  const always = context.mapping.alwaysTimed;
  const fromMs = Math.max(gte?.ms ?? -Infinity, gt?.ms ?? -Infinity);
  const toMs = Math.min(lte?.ms ?? Infinity, lt?.ms ?? Infinity);
  return {
    matches: always ? test : (doc) => test(doc) && doc.timed,
    select: byTime(fromMs, toMs, test, (doc) => always || doc.timed),
    terms: [],
    fromMs,
    toMs,
    rollup: always ? () => true : undefined,
  };
}
