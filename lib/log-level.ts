import { levelNames, numberLevels } from './log-level-names.ts';
import type { LogLevel } from './log-record.ts';

/** How far into a line a level is looked for: behind a timestamp, a logger's name, the first fields. */
export const LEVEL_WINDOW = 160;

/**
 * The level of a line, told from its first bytes: an upper-case word (`ERROR`, `[WARN]`), the value of `level`, `lvl` or `severity` (JSON, also escaped; logfmt),
 * a lower-case word in brackets, or klog's `E0102 `. Prose such as "no error found" has none.
 */
export function levelOf(bytes: Uint8Array, start: number, end: number): LogLevel | undefined {
  const limit = Math.min(end, start + LEVEL_WINDOW);
  if (isKlog(bytes, start, limit)) return klogLevels[bytes[start] ?? 0];
  let before = SPACE;
  for (let at = start; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    const kind = kinds[byte] ?? 0;
    if (kind !== 0 && (kinds[before] ?? 0) === 0 && before !== BACKSLASH) {
      const wordEnd = endOfWord(bytes, at, limit);
      const length = wordEnd - at;
      if (kind === UPPER && length >= 3 && length <= 11) {
        const level = wordLevel(bytes, at, length);
        if (level !== undefined && isUpper(bytes, at, wordEnd)) return level;
      } else if (kind === LOWER && length >= 3 && length <= 8) {
        if (before === BRACKET && bytes[wordEnd] === BRACKET_END) {
          const level = wordLevel(bytes, at, length);
          if (level !== undefined) return level;
        } else if (isLevelKey(bytes, at, length)) {
          const level = valueLevel(bytes, wordEnd, Math.min(end, wordEnd + 24));
          if (level !== undefined) return level;
        }
      }
      at = wordEnd - 1;
      before = bytes[at] ?? 0;
      continue;
    }
    before = byte;
  }
  return undefined;
}

const SPACE = 0x20;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const LOWER = 1;
const UPPER = 2;
/** Letters, digits and `_` make words; only words that begin with a letter can be levels or keys. */
const kinds = new Uint8Array(256);
for (let code = 0x61; code <= 0x7a; code++) kinds[code] = LOWER;
for (let code = 0x41; code <= 0x5a; code++) kinds[code] = UPPER;
for (let code = 0x30; code <= 0x39; code++) kinds[code] = 3;
kinds[0x5f] = 3;

/** Words by first letter and length, so that most words are dismissed after one look. */
const byShape = new Map<number, { readonly bytes: Uint8Array; readonly level: LogLevel }[]>();
for (const [word, level] of Object.entries(levelNames)) {
  const shape = (word.charCodeAt(0) << 4) | Math.min(word.length, 15);
  byShape.set(shape, [...(byShape.get(shape) ?? []), { bytes: Buffer.from(word), level }]);
}
const klogLevels: Readonly<Record<number, LogLevel>> = { 0x49: 'info', 0x57: 'warn', 0x45: 'error', 0x46: 'fatal' };

function isKlog(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 6 || klogLevels[bytes[start] ?? 0] === undefined || bytes[start + 5] !== SPACE) return false;
  for (let n = 1; n <= 4; n++) if (!isDigit(bytes[start + n])) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function endOfWord(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && kinds[bytes[at] ?? 0] !== 0) at++;
  return at;
}

function isUpper(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (kinds[bytes[at] ?? 0] !== UPPER) return false;
  return true;
}

/** The level that a word of this length names, in any case. */
function wordLevel(bytes: Uint8Array, start: number, length: number): LogLevel | undefined {
  const candidates = byShape.get((((bytes[start] ?? 0) | 0x20) << 4) | Math.min(length, 15));
  if (!candidates) return undefined;
  for (const { bytes: word, level } of candidates) {
    if (word.length !== length) continue;
    let n = 0;
    while (n < length && ((bytes[start + n] ?? 0) | 0x20) === word[n]) n++;
    if (n === length) return level;
  }
  return undefined;
}

const levelKeys = ['level', 'lvl', 'severity', 'loglevel'].map((key) => Buffer.from(key));

function isLevelKey(bytes: Uint8Array, start: number, length: number): boolean {
  return levelKeys.some((key) => key.length === length && key.every((byte, n) => bytes[start + n] === byte));
}

/** The level behind `level=`, `"level":"` or, inside Docker's escaping, `\"level\":\"`. */
function valueLevel(bytes: Uint8Array, start: number, end: number): LogLevel | undefined {
  let at = start;
  let separators = 0;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x3d || byte === 0x3a) separators++;
    else if (byte !== 0x22 && byte !== BACKSLASH && byte !== SPACE) break;
    at++;
  }
  if (separators !== 1) return undefined;
  const wordEnd = endOfWord(bytes, at, end);
  if (isDigit(bytes[at])) return numberLevels[Buffer.from(bytes.subarray(at, wordEnd)).toString('latin1')];
  return wordLevel(bytes, at, wordEnd - at);
}
