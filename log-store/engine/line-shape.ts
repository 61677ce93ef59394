import { logLevels } from '../../lib/log-record.ts';

/**
 * The shape in which the shipper writes a line of a container:
 *
 *     {"@timestamp":"TIME","stream":"STREAM","message":"MESSAGE","log":{"level":"LEVEL","offset":OFFSET TAIL
 *
 * (`level` may be missing; TAIL is the same for all lines of a container). Nothing but MESSAGE needs to be kept as bytes: the rest is numbers, and the document is
 * made again from them byte for byte.
 */
const parts = {
  time: Buffer.from('{"@timestamp":"'),
  stream: Buffer.from('","stream":"std'),
  out: Buffer.from('out'),
  err: Buffer.from('err'),
  message: Buffer.from('","message":"'),
  log: Buffer.from('","log":{'),
  level: Buffer.from('"level":"'),
  afterLevel: Buffer.from('",'),
  offset: Buffer.from('"offset":'),
} as const;
const levelNames: readonly string[] = ['', ...logLevels];
const levelBytes = levelNames.map((name) => Buffer.from(name));
const streamNames = ['stdout', 'stderr'] as const;

/** Offsets at and above this are left to the long way, so that sums and differences of positions stay exact. */
export const MAX_POSITION = 2 ** 50;

/** What a line's flags say: bit 0 stderr, bits 1–3 level, bits 4–7 digits of the fraction of a second, bit 8 that the message has escapes or is not ASCII. */
const LEVEL_SHIFT = 1;
const LEVEL_MASK = 7;
const DIGITS_SHIFT = 4;
const DIGITS_MASK = 15;
export const NOT_PLAIN = 1 << 8;

/** Number of different pairs of stream and level that `streamLevelOf` tells apart. */
export const STREAM_LEVELS = 16;

/** Stream and level of a line as one small number. */
export function streamLevelOf(flags: number): number {
  return flags & (STREAM_LEVELS - 1);
}

export function streamOf(flags: number): string {
  return streamNames[flags & 1] ?? '';
}

/** Empty when the line has no level. */
export function levelOf(flags: number): string {
  return levelNames[(flags >>> LEVEL_SHIFT) & LEVEL_MASK] ?? '';
}

/** Finds the parts of a line's document without making objects; the fields say where they are. */
export class LineScanner {
  ms = 0;
  subNs = 0;
  flags = 0;
  messageStart = 0;
  messageEnd = 0;
  offset = 0;
  tailStart = 0;

  /**
   * Reads up to the message. `false` when the bytes have another shape; then nothing of this object means anything.
   */
  begin(bytes: Uint8Array, start: number, end: number): boolean {
    if (!hasAt(bytes, start, end, parts.time)) return false;
    let at = this.#time(bytes, start + parts.time.length, end);
    if (at < 0 || !hasAt(bytes, at, end, parts.stream)) return false;
    at += parts.stream.length;
    if (hasAt(bytes, at, end, parts.err)) this.flags |= 1;
    else if (!hasAt(bytes, at, end, parts.out)) return false;
    at += parts.out.length;
    if (!hasAt(bytes, at, end, parts.message)) return false;
    this.messageStart = at + parts.message.length;
    return true;
  }

  /** Reads on behind the message, which ends with the quote at `messageEnd`. */
  finish(bytes: Uint8Array, messageEnd: number, end: number): boolean {
    this.messageEnd = messageEnd;
    let at = messageEnd;
    if (!hasAt(bytes, at, end, parts.log)) return false;
    at += parts.log.length;
    if (hasAt(bytes, at, end, parts.level)) {
      at += parts.level.length;
      const level = levelBytes.findIndex(
        (name, n) => n > 0 && hasAt(bytes, at, end, name) && hasAt(bytes, at + name.length, end, parts.afterLevel),
      );
      if (level < 0) return false;
      this.flags |= level << LEVEL_SHIFT;
      at += (levelBytes[level]?.length ?? 0) + parts.afterLevel.length;
    }
    if (!hasAt(bytes, at, end, parts.offset)) return false;
    at += parts.offset.length;
    const first = at;
    let offset = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      offset = offset * 10 + digit;
    }
    const leadingZero = bytes[first] === 48 && at > first + 1;
    if (at === first || at - first > 16 || leadingZero || offset >= MAX_POSITION) return false;
    const next = bytes[at];
    // A comma or a closing brace: anything else would go on with the number.
    if (next !== 44 && next !== 125) return false;
    this.offset = offset;
    this.tailStart = at;
    return true;
  }

  /** RFC 3339 in UTC, at most nine digits of fraction; returns the position of the closing quote or -1. */
  #time(bytes: Uint8Array, at: number, end: number): number {
    if (at + 21 > end) return -1;
    const year = digitsAt(bytes, at, 4);
    const month = digitsAt(bytes, at + 5, 2);
    const day = digitsAt(bytes, at + 8, 2);
    const hour = digitsAt(bytes, at + 11, 2);
    const minute = digitsAt(bytes, at + 14, 2);
    const second = digitsAt(bytes, at + 17, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23) return -1;
    if (minute < 0 || minute > 59 || second < 0 || second > 59 || day > daysOf(year, month)) return -1;
    if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45 || bytes[at + 10] !== 84) return -1;
    if (bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return -1;
    let next = at + 19;
    let digits = 0;
    let nanos = 0;
    if (bytes[next] === 46) {
      for (next++; next < end && digits < 10; next++, digits++) {
        const digit = (bytes[next] ?? 0) - 48;
        if (digit < 0 || digit > 9) break;
        nanos = nanos * 10 + digit;
      }
      if (digits < 1 || digits > 9) return -1;
      for (let n = digits; n < 9; n++) nanos *= 10;
    }
    // `Z"`
    if (bytes[next] !== 90 || bytes[next + 1] !== 34) return -1;
    const seconds = ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    const millis = Math.floor(nanos / 1_000_000);
    this.ms = seconds * 1_000 + millis;
    this.subNs = nanos - millis * 1_000_000;
    this.flags = digits << DIGITS_SHIFT;
    return next + 1;
  }
}

/** The document of a line, byte for byte as it came. */
export function renderLine(
  ms: number,
  subNs: number,
  flags: number,
  message: Uint8Array,
  offset: number,
  tail: Uint8Array,
): Buffer {
  const level = (flags >>> LEVEL_SHIFT) & LEVEL_MASK;
  const head = `{"@timestamp":"${timeText(ms, subNs, flags)}","stream":"${streamOf(flags)}","message":"`;
  const end = level > 0 ? `","log":{"level":"${levelOf(flags)}","offset":${offset}` : `","log":{"offset":${offset}`;
  const bytes = Buffer.allocUnsafe(head.length + message.length + end.length + tail.length);
  let at = bytes.write(head, 'latin1');
  bytes.set(message, at);
  at += message.length;
  at += bytes.write(end, at, 'latin1');
  bytes.set(tail, at);
  return bytes;
}

/** The line's time as it was written. */
export function timeText(ms: number, subNs: number, flags: number): string {
  const digits = (flags >>> DIGITS_SHIFT) & DIGITS_MASK;
  const text = new Date(ms).toISOString();
  if (digits === 0) return `${text.slice(0, 19)}Z`;
  return `${text.slice(0, 20)}${(text.slice(20, 23) + String(subNs).padStart(6, '0')).slice(0, digits)}Z`;
}

function hasAt(bytes: Uint8Array, at: number, end: number, part: Uint8Array): boolean {
  const length = part.length;
  if (at + length > end) return false;
  for (let n = 0; n < length; n++) if (bytes[at + n] !== part[n]) return false;
  return true;
}

/** A number of exactly `count` digits; -1 when there is anything else. */
function digitsAt(bytes: Uint8Array, at: number, count: number): number {
  let number = 0;
  for (let n = at; n < at + count; n++) {
    const digit = (bytes[n] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; years count from March, so that the leap day is the last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}
