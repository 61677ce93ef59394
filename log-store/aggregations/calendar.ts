import { badOption, badRequest } from '../engine/store-error.ts';
import { addUnits, roundDown } from '../query/dates.ts';
import { startFromLocal, utc, zoneOffset, type ZoneOffset } from '../query/time-zone.ts';
import { textOf } from '../text-of.ts';

/** Where the bucket of a time begins, and where the next one does. */
export interface Interval {
  /** Fixed length in milliseconds; absent for days and longer by the calendar. */
  readonly ms?: number | undefined;
  readonly zone: ZoneOffset;
  floor(ms: number): number;
  next(startMs: number): number;
}

const fixedUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const calendarNames: ReadonlyMap<string, string> = new Map([
  ['second', 's'],
  ['1s', 's'],
  ['minute', 'm'],
  ['1m', 'm'],
  ['hour', 'h'],
  ['1h', 'h'],
  ['day', 'd'],
  ['1d', 'd'],
  ['week', 'w'],
  ['1w', 'w'],
  ['month', 'M'],
  ['1M', 'M'],
  ['quarter', 'q'],
  ['1q', 'q'],
  ['year', 'y'],
  ['1y', 'y'],
]);

export interface IntervalSpec {
  readonly fixed: unknown;
  readonly calendar: unknown;
  /** The old `interval`, which is either. */
  readonly legacy?: unknown;
  readonly zone?: unknown;
  readonly offset?: unknown;
}

/** `fixed_interval`, `calendar_interval` or the old `interval`, in a time zone and moved by `offset`. */
export function parseInterval(spec: IntervalSpec): Interval {
  const isCalendar = typeof spec.legacy === 'string' && calendarNames.has(spec.legacy);
  const fixed = spec.fixed ?? (isCalendar ? undefined : spec.legacy);
  const calendar = spec.calendar ?? (isCalendar ? spec.legacy : undefined);
  if (spec.fixed !== undefined && spec.calendar !== undefined) {
    throw badRequest('Cannot use [fixed_interval] with [calendar_interval] configuration option.');
  }
  if (fixed === undefined && calendar === undefined) {
    throw badRequest('Invalid interval specified, must be non-null and non-empty');
  }
  const offset = parseOffset(spec.offset);
  const zone = zoneOffset(spec.zone);
  return fixed === undefined ? calendarInterval(calendar, offset, zone) : fixedInterval(fixed, offset, zone);
}

function fixedInterval(text: unknown, offset: number, zone: ZoneOffset): Interval {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(textOf(text));
  const length = Number(match?.[1]) * (fixedUnits[match?.[2] ?? ''] ?? Number.NaN);
  if (!(length > 0)) {
    throw badOption(
      'date_histogram',
      'fixed_interval',
      `[${textOf(text)}] is not a whole number and one of ms, s, m, h, d`,
    );
  }
  const floor = (ms: number) => {
    const local = ms + zone(ms) - offset;
    return startFromLocal(Math.floor(local / length) * length, zone) + offset;
  };
  // Where clocks are moved, a bucket is cut short or begins later.
  const next = (start: number) => {
    const after = floor(start + length);
    const between = floor(after - 1);
    return between > start ? between : after > start ? after : start + length;
  };
  return { ms: length, zone, floor, next: zone === utc ? (start) => start + length : next };
}

function calendarInterval(name: unknown, offset: number, zone: ZoneOffset): Interval {
  const unit = calendarNames.get(textOf(name));
  if (!unit) {
    throw badOption(
      'date_histogram',
      'calendar_interval',
      `[${textOf(name)}] could not be parsed as a calendar interval`,
    );
  }
  const length = fixedUnits[unit];
  if (length !== undefined && length <= 3_600_000) {
    // Zones differ from UTC by whole minutes: only an hour's start depends on them.
    const floor = (ms: number) => {
      const shift = zone(ms) - offset;
      return Math.floor((ms + shift) / length) * length - shift;
    };
    return { ms: length, zone, floor, next: (start) => start + length };
  }
  return {
    zone,
    floor: (ms) => {
      const at = ms - offset;
      return startFromLocal(roundDown(at + zone(at), unit), zone) + offset;
    },
    next: (start) => {
      const at = start - offset;
      return startFromLocal(addUnits(at + zone(at), 1, unit), zone) + offset;
    },
  };
}

function parseOffset(offset: unknown): number {
  if (offset === undefined || offset === null) return 0;
  if (typeof offset === 'number') return offset;
  const match = /^([+-]?)(\d+)(ms|s|m|h|d)$/.exec(textOf(offset));
  if (!match)
    throw badRequest(`failed to parse setting [date_histogram.offset] with value [${textOf(offset)}] as a time value`);
  return Number(match[2]) * (fixedUnits[match[3] ?? ''] ?? 0) * (match[1] === '-' ? -1 : 1);
}
