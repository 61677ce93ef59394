import { badRequest } from '../engine/store-error.ts';
import { roundDown } from '../query/dates.ts';
import { textOf } from '../text-of.ts';

/** Where the bucket of a time begins, and where the next one does. */
export interface Interval {
  /** Fixed length in milliseconds; absent for months, quarters and years. */
  readonly ms?: number | undefined;
  floor(ms: number): number;
  /** The start of a bucket as text, in the interval's time zone. */
  show(startMs: number): string;
  next(startMs: number): number;
}

const fixedUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const calendarNames: Readonly<Record<string, string>> = {
  second: 's',
  '1s': 's',
  minute: 'm',
  '1m': 'm',
  hour: 'h',
  '1h': 'h',
  day: 'd',
  '1d': 'd',
  week: 'w',
  '1w': 'w',
  month: 'M',
  '1M': 'M',
  quarter: 'q',
  '1q': 'q',
  year: 'y',
  '1y': 'y',
};

/** `fixed_interval`, `calendar_interval` or the old `interval`, in a time zone and moved by `offset`. */
export function parseInterval(spec: {
  readonly fixed?: unknown;
  readonly calendar?: unknown;
  readonly zone?: unknown;
  readonly offset?: unknown;
}): Interval {
  const offset = parseOffset(spec.offset);
  const zone = zoneOffset(spec.zone);
  if (spec.fixed !== undefined) {
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(textOf(spec.fixed));
    const length = Number(match?.[1]) * (fixedUnits[match?.[2] ?? ''] ?? Number.NaN);
    if (!(length > 0))
      throw badRequest(`failed to parse setting [date_histogram.fixedInterval] with value [${textOf(spec.fixed)}]`);
    return fixed(length, offset, zone);
  }
  const unit = calendarNames[String(spec.calendar)];
  if (!unit)
    throw badRequest(`The supplied interval [${String(spec.calendar)}] could not be parsed as a calendar interval.`);
  const length = unit === 'w' ? undefined : fixedUnits[unit];
  if (length !== undefined && length <= 3_600_000) return fixed(length, offset, zone);
  const floor = (ms: number) => {
    const shift = zone(ms) - offset;
    return fromLocal(roundDown(ms + shift, unit), zone) + offset;
  };
  return {
    floor,
    show: (start) => showInZone(start, zone(start)),
    next: (start) => {
      const local = start + zone(start) - offset;
      return fromLocal(nextLocal(local, unit), zone) + offset;
    },
  };
}

function fixed(length: number, offset: number, zone: (ms: number) => number): Interval {
  return {
    ms: length,
    show: (start) => showInZone(start, zone(start)),
    floor: (ms) => {
      const shift = zone(ms) - offset;
      return Math.floor((ms + shift) / length) * length - shift;
    },
    next: (start) => start + length,
  };
}

function showInZone(ms: number, offsetMs: number): string {
  if (offsetMs === 0) return new Date(ms).toISOString();
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const suffix = `${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
  return new Date(ms + offsetMs).toISOString().replace('Z', suffix);
}

function nextLocal(local: number, unit: string): number {
  const length = fixedUnits[unit];
  if (length !== undefined) return local + length;
  const date = new Date(local);
  if (unit === 'y') return Date.UTC(date.getUTCFullYear() + 1, 0);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + (unit === 'q' ? 3 : 1));
}

function fromLocal(local: number, zone: (ms: number) => number): number {
  return local - zone(local - zone(local));
}

function parseOffset(offset: unknown): number {
  if (offset === undefined || offset === null) return 0;
  const match = /^([+-]?)(\d+)(ms|s|m|h|d)$/.exec(textOf(offset));
  if (!match) throw badRequest(`offset [${textOf(offset)}] could not be parsed`);
  return Number(match[2]) * (fixedUnits[match[3] ?? ''] ?? 0) * (match[1] === '-' ? -1 : 1);
}

/** How far local time is ahead of UTC at a moment. Named zones are asked of the runtime once an hour of data. */
function zoneOffset(zone: unknown): (ms: number) => number {
  if (zone === undefined || zone === null || zone === 'Z' || zone === 'UTC') return () => 0;
  const fixedZone = /^([+-])(\d\d):?(\d\d)$/.exec(textOf(zone));
  if (fixedZone) {
    const minutes = (Number(fixedZone[2]) * 60 + Number(fixedZone[3])) * (fixedZone[1] === '-' ? -1 : 1);
    return () => minutes * 60_000;
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: textOf(zone), timeZoneName: 'longOffset' });
  } catch (cause) {
    throw badRequest(`unknown time zone [${textOf(zone)}]: ${(cause as Error).message}`);
  }
  const known = new Map<number, number>();
  return (ms) => {
    const hour = Math.floor(ms / 3_600_000);
    let offset = known.get(hour);
    if (offset === undefined) {
      const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';
      const match = /([+-])(\d\d):(\d\d)/.exec(name);
      offset = match ? (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -60_000 : 60_000) : 0;
      known.set(hour, offset);
    }
    return offset;
  };
}
