import { parseNanoTime, type NanoTime } from '../../lib/nano-time.ts';
import { badRequest } from '../engine/store-error.ts';
import { parseFormatted, type DateParts } from '../mapping/date-format.ts';
import { fromLocal, utc, zoneOffset, type ZoneOffset } from './time-zone.ts';

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  H: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const partial =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?)?)?T?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** What a missing part means: the first or the last moment it allows (`lte: 2026-01-02` is the whole day). */
export type Rounding = 'down' | 'up';

/** The instant that a date, a number of milliseconds or date math (`now-15m/m`, `2026-01-01||+1d`) stands for. Throws a 400 that names the text. */
export function parseDate(
  value: unknown,
  nowMs: number,
  rounding: Rounding = 'down',
  zone?: string,
  format?: string,
): NanoTime {
  if (typeof value !== 'string' && typeof value !== 'number') throw badDate(value, format);
  const text = String(value).trim();
  const offset = zone === undefined ? utc : zoneOffset(zone);
  const isNow = text.startsWith('now');
  const [written, math] = isNow ? ['', text.slice(3)] : splitMath(text);
  const base = isNow ? { ms: nowMs, subNs: 0 } : parseText(written, rounding, offset, format);
  if (!base) throw badDate(value, format);
  return math === '' ? base : applyMath(base, math, rounding, offset, value);
}

function splitMath(text: string): [string, string] {
  const at = text.indexOf('||');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 2)];
}

function parseText(
  text: string,
  rounding: Rounding,
  zone: ZoneOffset,
  format: string | undefined,
): NanoTime | undefined {
  if (format !== undefined) {
    const formatted = parseFormatted(text, format);
    if (formatted === undefined) return undefined;
    if (typeof formatted === 'number') return fromNumber(formatted);
    if (formatted !== 'iso') return fromParts(formatted, rounding, zone);
  } else if (/^-?\d+(?:\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)) return fromNumber(Number(text), text);
  const whole = parseNanoTime(text);
  if (whole) return whole;
  const match = partial.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, ownZone] = match;
  const number = (part: string | undefined) => (part === undefined ? undefined : Number(part));
  const parts = {
    year: Number(year),
    month: number(month),
    day: number(day),
    hour: number(hour),
    minute: number(minute),
    second: number(second),
    nanos: fraction === undefined ? undefined : Number(fraction.padEnd(9, '0')),
    zone: ownZone,
  };
  return fromParts(parts, rounding, zone);
}

function fromNumber(value: number, text?: string): NanoTime {
  // Sort values of `date_nanos` fields come back as nanoseconds.
  if (Math.abs(value) < 1e15) {
    const ms = Math.floor(value);
    return { ms, subNs: Math.round((value - ms) * 1e6) };
  }
  const nanos = BigInt(text ?? Math.round(value));
  return { ms: Number(nanos / 1_000_000n), subNs: Number(nanos % 1_000_000n) };
}

function fromParts(parts: DateParts, rounding: Rounding, zone: ZoneOffset): NanoTime | undefined {
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const shown = new Date(local);
  // Numbers beyond their range (month 13, 30 February) would roll over to the next.
  if (shown.getUTCMonth() !== month - 1 || shown.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const own = parts.zone === undefined ? zone : zoneOffset(parts.zone);
  if (parts.nanos !== undefined) {
    return { ms: fromLocal(local, own) + Math.floor(parts.nanos / 1e6), subNs: parts.nanos % 1e6 };
  }
  if (rounding === 'down') return { ms: fromLocal(local, own), subNs: 0 };
  // Only the time of day is filled up: what a date without a day means is its first day.
  const unit =
    parts.second !== undefined ? 's' : parts.minute !== undefined ? 'm' : parts.hour !== undefined ? 'h' : 'd';
  return { ms: fromLocal(addUnits(local, 1, unit), own) - 1, subNs: 999_999 };
}

function applyMath(base: NanoTime, math: string, rounding: Rounding, zone: ZoneOffset, whole: unknown): NanoTime {
  let { ms, subNs } = base;
  let rest = math;
  while (rest !== '') {
    const match = /^([+-])(\d+)?([yMwdhHms])|^\/([yMwdhHms])/.exec(rest);
    if (!match) throw badDate(whole);
    rest = rest.slice(match[0].length);
    const local = ms + zone(ms);
    const fixed = unitMs[match[3] ?? ''];
    if (match[4]) {
      const start = roundDown(local, match[4]);
      subNs = rounding === 'up' ? 999_999 : 0;
      ms = rounding === 'up' ? fromLocal(addUnits(start, 1, match[4]), zone) - 1 : fromLocal(start, zone);
    } else if (fixed !== undefined && fixed <= 3_600_000)
      ms += Number(match[2] ?? 1) * (match[1] === '-' ? -fixed : fixed);
    else ms = fromLocal(addUnits(local, Number(match[2] ?? 1) * (match[1] === '-' ? -1 : 1), match[3] ?? 'd'), zone);
  }
  return { ms, subNs };
}

/** Adds calendar units; a day that the month does not have becomes its last. */
export function addUnits(ms: number, amount: number, unit: string): number {
  const fixed = unitMs[unit];
  if (fixed !== undefined) return ms + amount * fixed;
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  if (unit === 'M') date.setUTCMonth(date.getUTCMonth() + amount);
  else if (unit === 'q') date.setUTCMonth(date.getUTCMonth() + 3 * amount);
  else date.setUTCFullYear(date.getUTCFullYear() + amount);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

/** The start of the calendar unit (UTC; weeks begin on Monday) that `ms` is in. */
export function roundDown(ms: number, unit: string): number {
  if (unit === 'w') return Math.floor((ms - 4 * 86_400_000) / 604_800_000) * 604_800_000 + 4 * 86_400_000;
  const fixed = unitMs[unit];
  if (fixed !== undefined) return Math.floor(ms / fixed) * fixed;
  const date = new Date(ms);
  if (unit === 'q') return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / 3) * 3);
  return unit === 'M' ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) : Date.UTC(date.getUTCFullYear(), 0);
}

function badDate(value: unknown, format = 'strict_date_optional_time||epoch_millis'): Error {
  return badRequest(`failed to parse date field [${String(value)}] with format [${format}]`, 'parse_exception');
}
