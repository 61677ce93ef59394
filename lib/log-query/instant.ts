import { QueryError } from './query-error.ts';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * RFC 3339 in UTC of a time (`2026-01-31`, `2026-01-31T10:00`, `2026-01-31T10:00:00.123456789+02:00`; without a zone it is UTC) or of a duration before `nowMs`
 * (`10m`, `1h30m`). Nanoseconds are kept. Throws `QueryError` on the field.
 */
export function parseInstant(field: string, text: string, nowMs: number): string {
  if (/^\d{4}-/.test(text)) return parseTime(field, text);
  return new Date(nowMs - parseAgo(field, text)).toISOString();
}

/** Milliseconds of `1h30m`. */
function parseAgo(field: string, text: string): number {
  const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)?/y;
  let sum = 0;
  let at = 0;
  do {
    part.lastIndex = at;
    const [whole = '', amount, unit] = part.exec(text) ?? [];
    if (amount === undefined) {
      throw new QueryError(
        field,
        text,
        at,
        at === 0 ? 'a duration such as 10m or a time such as 2026-01-31T10:00:00Z expected' : 'a number expected',
      );
    }
    if (unit === undefined) throw new QueryError(field, text, at + whole.length, 'a unit (ms, s, m, h, d) expected');
    sum += Number(amount) * (unitMs[unit] ?? 0);
    at += whole.length;
  } while (at < text.length);
  if (!Number.isSafeInteger(Math.round(sum)) || sum > 100 * 365 * 86_400_000)
    throw new QueryError(field, text, 0, 'a duration of at most a hundred years expected');
  return Math.round(sum);
}

interface Part {
  readonly name: string;
  readonly pattern: RegExp;
  readonly max?: number;
  readonly min?: number;
}

/** A time piece by piece, so that an error can point at the piece. From `hour` on, the rest may be missing. */
const dateParts: readonly Part[] = [
  { name: 'a year of 4 digits', pattern: /\d{4}/y },
  { name: '"-"', pattern: /-/y },
  { name: 'a month from 01 to 12', pattern: /\d\d/y, min: 1, max: 12 },
  { name: '"-"', pattern: /-/y },
  { name: 'a day from 01 to 31', pattern: /\d\d/y, min: 1, max: 31 },
];
const clockParts: readonly Part[] = [
  { name: '"T"', pattern: /[T ]/iy },
  { name: 'an hour from 00 to 23', pattern: /\d\d/y, max: 23 },
  { name: '":"', pattern: /:/y },
  { name: 'a minute from 00 to 59', pattern: /\d\d/y, max: 59 },
];

function parseTime(field: string, text: string): string {
  const fail = (at: number, problem: string): never => {
    throw new QueryError(field, text, at, `${problem} expected`);
  };
  let at = 0;
  const take = (parts: readonly Part[]): string => {
    let taken = '';
    for (const { name, pattern, min = 0, max = Infinity } of parts) {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0] ?? fail(at, name);
      if (/\d/.test(found) && (Number(found) < min || Number(found) > max)) fail(at, name);
      taken += found;
      at += found.length;
    }
    return taken;
  };
  const date = take(dateParts);
  if (new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) fail(8, 'a day that the month has');
  if (at === text.length) return `${date}T00:00:00.000Z`;
  const clock = take(clockParts).slice(1);
  const [seconds = '', fraction = ''] =
    /(?::([0-5]\d))(?:[.,](\d{1,9}))?/.exec(matchHere(/:[0-5]\d(?:[.,]\d{1,9})?/y, text, at))?.slice(1) ?? [];
  at += seconds === '' ? 0 : 3 + (fraction === '' ? 0 : fraction.length + 1);
  const zone = matchHere(/Z|[+-](?:[01]\d|2[0-3]):[0-5]\d/iy, text, at);
  at += zone.length;
  if (at < text.length) fail(at, zone === '' ? 'seconds, "Z" or an offset such as +02:00' : 'the end');
  const whole = new Date(`${date}T${clock}:${seconds || '00'}${zone === '' ? 'Z' : zone.toUpperCase()}`);
  return `${whole.toISOString().slice(0, 19)}.${(fraction || '0').padEnd(3, '0')}Z`;
}

function matchHere(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Throws `QueryError` when the range ends before it begins. Both in RFC 3339, UTC; equal ends are an empty range and a mistake as well. */
export function checkRange(since: string | undefined, until: string | undefined): void {
  if (since === undefined || until === undefined) return;
  if (Date.parse(until) > Date.parse(since) || (Date.parse(until) === Date.parse(since) && until > since)) return;
  throw new QueryError('until', until, 0, `a time after since (${since}) expected, not ${until},`);
}
