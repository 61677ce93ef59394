import { parseNanoTime, type NanoTime } from '../../lib/nano-time.ts';
import { badRequest } from '../engine/store-error.ts';

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  H: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const partial =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** What a missing part means: the first or the last moment it allows (`lte: 2026-01-02` is the whole day). */
export type Rounding = 'down' | 'up';

/** The instant that a date, a number of milliseconds or date math (`now-15m/m`, `2026-01-01||+1d`) stands for. Throws a 400 that names the text. */
export function parseDate(value: unknown, nowMs: number, rounding: Rounding = 'down', zone = 'Z'): NanoTime {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') throw badDate(value);
  const text = value.trim();
  if (/^-?\d{6,}$/.test(text)) return fromNumber(Number(text), text);
  const split = text.startsWith('now') ? ['now', text.slice(3)] : text.split('||');
  const base = split[0] === 'now' ? { ms: nowMs, subNs: 0 } : parsePartial(split[0] ?? '', rounding, zone);
  const math = split[1] ?? '';
  if (!base) throw badDate(value);
  return math === '' ? base : { ...applyMath(base, math, rounding, value) };
}

function fromNumber(value: number, text?: string): NanoTime {
  // Sort values of `date_nanos` fields come back as nanoseconds.
  if (Math.abs(value) < 1e15) return { ms: Math.floor(value), subNs: 0 };
  const nanos = BigInt(text ?? Math.round(value));
  return { ms: Number(nanos / 1_000_000n), subNs: Number(nanos % 1_000_000n) };
}

function parsePartial(text: string, rounding: Rounding, zone: string): NanoTime | undefined {
  const whole = parseNanoTime(text);
  if (whole) return whole;
  const match = partial.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, ownZone] = match;
  const start = Date.parse(
    `${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}${ownZone ?? zone}`,
  );
  if (Number.isNaN(start)) return undefined;
  if (fraction !== undefined) {
    const nanos = Number(fraction.padEnd(9, '0'));
    return { ms: start + Math.floor(nanos / 1_000_000), subNs: nanos % 1_000_000 };
  }
  if (rounding === 'down') return { ms: start, subNs: 0 };
  const unit = second ? 's' : minute ? 'm' : hour ? 'h' : day ? 'd' : month ? 'M' : 'y';
  return { ms: addUnits(start, 1, unit) - 1, subNs: 999_999 };
}

function applyMath(base: NanoTime, math: string, rounding: Rounding, whole: unknown): NanoTime {
  let { ms, subNs } = base;
  let rest = math;
  while (rest !== '') {
    const match = /^([+-])(\d+)?([yMwdhHms])|^\/([yMwdhHms])/.exec(rest);
    if (!match) throw badDate(whole);
    rest = rest.slice(match[0].length);
    if (match[4]) {
      const start = roundDown(ms, match[4]);
      subNs = rounding === 'up' ? 999_999 : 0;
      ms = rounding === 'up' ? addUnits(start, 1, match[4]) - 1 : start;
    } else ms = addUnits(ms, Number(match[2] ?? 1) * (match[1] === '-' ? -1 : 1), match[3] ?? 'd');
  }
  return { ms, subNs };
}

function addUnits(ms: number, amount: number, unit: string): number {
  const fixed = unitMs[unit];
  if (fixed !== undefined) return ms + amount * fixed;
  const date = new Date(ms);
  if (unit === 'M') date.setUTCMonth(date.getUTCMonth() + amount);
  else date.setUTCFullYear(date.getUTCFullYear() + amount);
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

function badDate(value: unknown): Error {
  return badRequest(`failed to parse date field [${String(value)}]`, 'parse_exception');
}
