import { logFields } from '../../lib/log-record.ts';
import { parsingError } from '../engine/store-error.ts';
import { parseDate } from '../query/dates.ts';
import type { DocView } from '../query/doc-view.ts';
import type { AggregationContext } from './aggregator.ts';

export type Body = Readonly<Record<string, unknown>>;

export function fieldName(body: Body, name: string): string {
  const field = body['field'];
  if (typeof field !== 'string') throw parsingError(`[${name}] needs a [field]; scripts are not supported`);
  return field;
}

/** Numbers of a field: dates in milliseconds, booleans as 0 and 1. `missing` stands in for documents without a value. */
export function numbersOf(
  context: AggregationContext,
  path: string,
  missing?: unknown,
): (doc: DocView) => readonly number[] {
  if (path === logFields.time) return (doc) => [doc.ms];
  const fallback = missing === undefined ? [] : [Number(missing)];
  return (doc) => {
    const field = context.mapping.field(path);
    const values = field ? doc.values(field.sourcePath) : [];
    if (values.length === 0) return fallback;
    if (field?.type === 'date') return values.map((value) => parseDate(value, 0).ms);
    return values
      .map((value) => (typeof value === 'boolean' ? Number(value) : Number(value)))
      .filter((n) => !Number.isNaN(n));
  };
}

/** Whether numbers of this field are times, to be shown as text too. */
export function isDateField(context: AggregationContext, path: string): boolean {
  return path === logFields.time || context.mapping.field(path)?.type === 'date';
}

/** Values of a field as bucket keys. Words of a text field are not (as in Elasticsearch without fielddata): its whole value is. */
export function keysOf(
  context: AggregationContext,
  path: string,
): (doc: DocView) => readonly (string | number | boolean)[] {
  return (doc) => {
    if (path === '_index') return [doc.index];
    if (path === '_id') return [doc.id];
    const field = context.mapping.field(path);
    if (!field) return [];
    const keys = new Set<string | number | boolean>();
    for (const value of doc.values(field.sourcePath)) {
      if (field.type === 'date') keys.add(parseDate(value, 0).ms);
      else if (typeof value === 'number' || typeof value === 'boolean')
        keys.add(field.type === 'keyword' ? String(value) : value);
      else if (typeof value === 'string') keys.add(field.type === 'number' ? Number(value) : value);
    }
    return [...keys];
  };
}
