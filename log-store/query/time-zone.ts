import { badRequest } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';

/** How far local time is ahead of UTC at a moment, both in milliseconds. */
export type ZoneOffset = (utcMs: number) => number;

export const utc: ZoneOffset = () => 0;
const MAX_ZONES = 100;
/** Quarters of an hour whose offset is remembered per zone. */
const MAX_QUARTERS = 100_000;
const zones = new Map<string, ZoneOffset>();

/** The zone of a `time_zone`: an offset such as `+02:00` or a name such as `Europe/Berlin`. Throws a 400 for what is neither. */
export function zoneOffset(zone: unknown): ZoneOffset {
  if (zone === undefined || zone === null) return utc;
  const name = textOf(zone);
  if (/^(?:Z|UTC|GMT|Etc\/UTC)$/.test(name)) return utc;
  const fixed = /^([+-])(\d\d?)(?::?(\d\d))?$/.exec(name);
  if (fixed) {
    const minutes = (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * (fixed[1] === '-' ? -1 : 1);
    return () => minutes * 60_000;
  }
  let known = zones.get(name);
  if (!known) {
    if (zones.size >= MAX_ZONES) zones.clear();
    zones.set(name, (known = namedZone(name)));
  }
  return known;
}

/** The moment at which clocks of that zone show `localMs` (written as if it were UTC), the first of two. Times that the zone skips are as much later. */
export function fromLocal(localMs: number, zone: ZoneOffset): number {
  const guess = localMs - zone(localMs);
  const earlier = localMs - zone(guess - 3 * 3_600_000);
  return zone(earlier) === localMs - earlier ? earlier : localMs - zone(guess);
}

/** Like `fromLocal`, but for times that the zone skips the moment at which its clocks jump: where a bucket that would begin in between begins. */
export function startFromLocal(localMs: number, zone: ZoneOffset): number {
  const found = fromLocal(localMs, zone);
  if (found + zone(found) === localMs) return found;
  let before = found - 3 * 3_600_000;
  let after = found;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone(middle) === zone(before)) before = middle;
    else after = middle;
  }
  return after;
}

/** Offsets of named zones are asked of the runtime once per quarter of an hour of data. */
function namedZone(name: string): ZoneOffset {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (cause) {
    throw badRequest(`Unknown time-zone ID: ${name}: ${(cause as Error).message}`);
  }
  const known = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / 900_000);
    let offset = known.get(quarter);
    if (offset === undefined) {
      const shown = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';
      const match = /([+-])(\d\d):(\d\d)/.exec(shown);
      offset = match ? (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -60_000 : 60_000) : 0;
      if (known.size >= MAX_QUARTERS) known.clear();
      known.set(quarter, offset);
    }
    return offset;
  };
}
