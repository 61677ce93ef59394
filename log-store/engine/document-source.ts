import { parseNanoTime, type NanoTime } from '../../lib/nano-time.ts';
import { badRequest } from './store-error.ts';

/** The document as an object; throws a 400 when it is none. */
export function parseObject(source: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(source.toString());
  } catch (error) {
    throw badRequest(`failed to parse: ${(error as Error).message}`, 'document_parsing_exception');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw badRequest('failed to parse: a document is a JSON object', 'document_parsing_exception');
  }
  return parsed as Record<string, unknown>;
}

/** The time that a field's value means; `undefined` when it is none. */
export function timeOf(value: unknown): NanoTime | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return { ms: Math.floor(value), subNs: 0 };
  if (typeof value !== 'string') return undefined;
  const parsed = parseNanoTime(value);
  if (parsed) return parsed;
  const ms = /^\d{10,16}$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isNaN(ms) ? undefined : { ms, subNs: 0 };
}

/** A document may come over several lines when it is not part of a bulk; it is kept as it came otherwise. */
export function oneLine(source: Buffer): Buffer {
  return source.includes(10) ? Buffer.from(JSON.stringify(JSON.parse(source.toString()))) : source;
}

/** What an `_update` body makes of the existing document; `undefined` when there is none and none is to be made. */
export function mergeUpdate(body: Buffer, existing: Buffer | undefined): Buffer | undefined {
  const update = parseObject(body);
  const doc = update['doc'];
  if (!existing) {
    const upsert = update['upsert'] ?? (update['doc_as_upsert'] === true ? doc : undefined);
    return upsert === undefined ? undefined : Buffer.from(JSON.stringify(upsert));
  }
  if (typeof doc !== 'object' || doc === null) throw badRequest('update needs [doc]; scripts are not supported');
  return Buffer.from(JSON.stringify(deepMerge(parseObject(existing), doc as Record<string, unknown>)));
}

function deepMerge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    const both = isPlainObject(old) && isPlainObject(value);
    merged[key] = both ? deepMerge(old, value) : value;
  }
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
