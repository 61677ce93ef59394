import { badRequest } from '../engine/store-error.ts';

/**
 * Date patterns as mappings, ranges and aggregations give them (`yyyy-MM-dd HH:mm:ss||epoch_millis`): letters of java.time's DateTimeFormatter, text in single
 * quotes, and Elasticsearch's names for common ones.
 */

/** A moment taken apart; parts that the pattern does not have are absent. */
export interface DateParts {
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly hour?: number;
  readonly minute?: number;
  readonly second?: number;
  /** Nanoseconds within the second. */
  readonly nanos?: number;
  /** `Z`, `+02:00`… */
  readonly zone?: string;
}

type Named = 'iso' | 'epoch_millis' | 'epoch_second';

const isoNames =
  /^(?:strict_)?date_optional_time(?:_nanos)?$|^iso8601$|^(?:strict_)?date_time(?:_no_millis)?$|^rfc3339_lenient$/;
const namedPatterns: ReadonlyMap<string, string> = new Map([
  ['basic_date', 'yyyyMMdd'],
  ['basic_date_time', "yyyyMMdd'T'HHmmss.SSSXX"],
  ['basic_date_time_no_millis', "yyyyMMdd'T'HHmmssXX"],
  ['date', 'yyyy-MM-dd'],
  ['date_hour', "yyyy-MM-dd'T'HH"],
  ['date_hour_minute', "yyyy-MM-dd'T'HH:mm"],
  ['date_hour_minute_second', "yyyy-MM-dd'T'HH:mm:ss"],
  ['date_hour_minute_second_millis', "yyyy-MM-dd'T'HH:mm:ss.SSS"],
  ['date_hour_minute_second_fraction', "yyyy-MM-dd'T'HH:mm:ss.SSS"],
  ['hour_minute_second', 'HH:mm:ss'],
  ['hour_minute', 'HH:mm'],
  ['hour', 'HH'],
  ['time', 'HH:mm:ss.SSSXXX'],
  ['time_no_millis', 'HH:mm:ssXXX'],
  ['year_month_day', 'yyyy-MM-dd'],
  ['year_month', 'yyyy-MM'],
  ['year', 'yyyy'],
]);
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August'].concat([
  'September',
  'October',
  'November',
  'December',
]);
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A run of one pattern letter, or literal text. */
interface Piece {
  readonly letter: string;
  readonly length: number;
  readonly text: string;
}

type Format =
  | { readonly kind: Named }
  | { readonly kind: 'pattern'; readonly pieces: readonly Piece[]; readonly shape: RegExp };

const MAX_FORMATS = 200;
const MAX_PATTERN = 200;
const compiled = new Map<string, readonly Format[]>();

/** The alternatives of a format. Throws a 400 that names the pattern when it is not understood. */
function formatsOf(text: string): readonly Format[] {
  let formats = compiled.get(text);
  if (!formats) {
    if (text.length > MAX_PATTERN) throw badRequest('Invalid format: the pattern is too long');
    formats = text.split('||').map(formatOf);
    if (compiled.size >= MAX_FORMATS) compiled.clear();
    compiled.set(text, formats);
  }
  return formats;
}

function formatOf(text: string): Format {
  if (isoNames.test(text)) return { kind: 'iso' };
  if (text === 'epoch_millis' || text === 'epoch_second') return { kind: text };
  const pattern = namedPatterns.get(text.replace(/^strict_/, '')) ?? text;
  const pieces = piecesOf(pattern);
  const shape = new RegExp(`^${pieces.map(shapeOf).join('')}$`, 'i');
  return { kind: 'pattern', pieces, shape };
}

function piecesOf(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  for (const [whole, quoted, letters] of pattern.matchAll(/'((?:[^']|'')*)'|(([A-Za-z])\3*)|[^A-Za-z']+/g)) {
    if (letters !== undefined) pieces.push({ letter: letters.charAt(0), length: letters.length, text: letters });
    else
      pieces.push({ letter: '', length: 0, text: quoted === undefined ? whole : quoted.replaceAll("''", "'") || "'" });
  }
  for (const { letter } of pieces) {
    if (letter !== '' && !'yuYMdHhkaAmsSnZXxzVEeG'.includes(letter)) {
      throw badRequest(`Invalid format: [${pattern}]: Unknown pattern letter: ${letter}`);
    }
  }
  return pieces;
}

/** The part of a regular expression that takes a piece; every letter is one group. */
function shapeOf({ letter, length, text }: Piece): string {
  switch (letter) {
    case '':
      return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
    case 'y':
    case 'u':
    case 'Y':
      return length === 2 ? String.raw`(\d\d)` : String.raw`([+-]?\d{4,9})`;
    case 'M':
      if (length > 2) return '([A-Za-z]+)';
      return length === 2 ? String.raw`(\d\d)` : String.raw`(\d{1,2})`;
    case 'E':
    case 'e':
    case 'a':
    case 'G':
      return String.raw`([A-Za-z]+)`;
    case 'S':
    case 'n':
      return String.raw`(\d{1,9})`;
    case 'Z':
    case 'X':
    case 'x':
      return String.raw`(Z|[+-]\d\d:?(?:\d\d)?)`;
    case 'z':
    case 'V':
      return String.raw`(Z|UTC|GMT|[+-]\d\d:?\d\d)`;
    default:
      return length >= 2 ? String.raw`(\d\d)` : String.raw`(\d{1,2})`;
  }
}

/** What `text` says in one of the format's alternatives: parts, milliseconds, `'iso'` when the usual way of writing dates may be tried, or `undefined`. */
export function parseFormatted(text: string, format: string): DateParts | number | 'iso' | undefined {
  let iso = false;
  for (const candidate of formatsOf(format)) {
    if (candidate.kind === 'iso') iso = true;
    else if (candidate.kind === 'pattern') {
      const match = candidate.shape.exec(text);
      if (match) return partsOf(candidate.pieces, match.slice(1));
    } else if (/^-?\d+(?:\.\d+)?$/.test(text) && !(iso && /^\d{4}$/.test(text))) {
      return candidate.kind === 'epoch_millis' ? Number(text) : Number(text) * 1_000;
    }
  }
  return iso ? 'iso' : undefined;
}

function partsOf(pieces: readonly Piece[], groups: readonly string[]): DateParts {
  const parts: { -readonly [Name in keyof DateParts]: DateParts[Name] } = {};
  let afternoon: boolean | undefined;
  let at = 0;
  for (const { letter, length } of pieces) {
    if (letter === '') continue;
    const text = groups[at++] ?? '';
    if ('yuY'.includes(letter)) parts.year = length === 2 ? 2_000 + Number(text) : Number(text);
    else if (letter === 'M') {
      parts.month =
        length > 2
          ? months.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase().slice(0, 3))) + 1
          : Number(text);
    } else if (letter === 'd') parts.day = Number(text);
    else if (letter === 'H' || letter === 'h' || letter === 'k') parts.hour = Number(text);
    else if (letter === 'a') afternoon = text.toLowerCase() === 'pm';
    else if (letter === 'm') parts.minute = Number(text);
    else if (letter === 's') parts.second = Number(text);
    else if (letter === 'S') parts.nanos = Number(text.padEnd(9, '0'));
    else if (letter === 'n') parts.nanos = Number(text);
    else if ('ZXxzV'.includes(letter)) parts.zone = /^(?:UTC|GMT|Z)$/i.test(text) ? 'Z' : text;
  }
  if (afternoon !== undefined && parts.hour !== undefined) parts.hour = (parts.hour % 12) + (afternoon ? 12 : 0);
  return parts;
}

/** A moment in the format's first alternative, in the time zone that is `zoneMs` ahead of UTC. */
export function formatDate(ms: number, format: string | undefined, zoneMs = 0, subNs = 0): string {
  const first = format === undefined ? undefined : formatsOf(format)[0];
  if (first?.kind === 'epoch_millis') return String(ms);
  if (first?.kind === 'epoch_second')
    return String(Math.floor(ms / 1_000)) + (ms % 1_000 === 0 ? '' : `.${ms % 1_000}`);
  if (first?.kind === 'pattern')
    return first.pieces.map((piece) => shownPiece(piece, ms + zoneMs, zoneMs, subNs)).join('');
  return isoText(ms, zoneMs, subNs);
}

/** ISO 8601 with milliseconds, or nanoseconds when there are any. */
function isoText(ms: number, zoneMs: number, subNs: number): string {
  const text = new Date(Math.floor(ms) + zoneMs).toISOString().replace(/^\+0+/, '+');
  const fraction = subNs === 0 ? '' : String(subNs).padStart(6, '0');
  return text.slice(0, -1) + fraction + zoneText(zoneMs, true);
}

function zoneText(zoneMs: number, colon: boolean, zero = 'Z'): string {
  if (zoneMs === 0) return zero;
  const minutes = Math.abs(zoneMs) / 60_000;
  return `${zoneMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon ? ':' : ''}${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function shownPiece({ letter, length, text }: Piece, localMs: number, zoneMs: number, subNs: number): string {
  const date = new Date(localMs);
  const number = (value: number) => String(value).padStart(length, '0');
  switch (letter) {
    case '':
      return text;
    case 'y':
    case 'u':
    case 'Y':
      return length === 2 ? two(date.getUTCFullYear() % 100) : number(date.getUTCFullYear());
    case 'M': {
      const name = months[date.getUTCMonth()] ?? '';
      return length <= 2 ? number(date.getUTCMonth() + 1) : length === 3 ? name.slice(0, 3) : name;
    }
    case 'd':
      return number(date.getUTCDate());
    case 'H':
      return number(date.getUTCHours());
    case 'k':
      return number(date.getUTCHours() || 24);
    case 'h':
      return number(date.getUTCHours() % 12 || 12);
    case 'a':
      return date.getUTCHours() < 12 ? 'AM' : 'PM';
    case 'm':
      return number(date.getUTCMinutes());
    case 's':
      return number(date.getUTCSeconds());
    case 'S':
      return (String(date.getUTCMilliseconds()).padStart(3, '0') + String(subNs).padStart(6, '0')).slice(0, length);
    case 'n':
      return number(date.getUTCMilliseconds() * 1_000_000 + subNs);
    case 'E': {
      const name = days[date.getUTCDay()] ?? '';
      return length > 3 ? name : name.slice(0, 3);
    }
    case 'e':
      return number(date.getUTCDay() || 7);
    case 'Z':
      return zoneText(zoneMs, length > 3, length > 3 ? 'Z' : '+0000');
    case 'x':
      return zoneText(zoneMs, length > 2, length > 2 ? '+00:00' : '+0000');
    case 'G':
      return 'AD';
    default:
      return zoneText(zoneMs, length > 2 || 'zV'.includes(letter));
  }
}
