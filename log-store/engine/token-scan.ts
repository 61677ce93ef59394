import { tokensOf } from '../query/analyze.ts';
import { bloomAdd } from './bloom.ts';

/** The analyzer of `query/analyze.ts` over the bytes of a JSON string, for what most log lines are: ASCII with at most simple escapes. */

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const EXTEND = 3;
const MID_LETTER = 4;
const MID_NUM_LET = 5;
const MID_NUM = 6;
const QUOTE = 7;
const BACKSLASH = 8;
/** Bytes of characters beyond ASCII. */
const WIDE = 9;
/** Control characters, which JSON strings do not hold. */
const CONTROL = 10;

/** Longer tokens are cut into pieces by the analyzer; here they are left to it. */
const MAX_TOKEN_LENGTH = 255;

const classes = new Uint8Array(256);
const lower = new Uint8Array(256);
for (let code = 0; code < 256; code++) {
  const char = String.fromCharCode(code);
  lower[code] = code < 128 ? char.toLowerCase().charCodeAt(0) : code;
  if (code >= 128) classes[code] = WIDE;
  else if (code < 32) classes[code] = CONTROL;
  else if (/[A-Za-z]/.test(char)) classes[code] = LETTER;
  else if (/[0-9]/.test(char)) classes[code] = DIGIT;
  else if (char === '_') classes[code] = EXTEND;
  else if (char === ':') classes[code] = MID_LETTER;
  else if (char === '.' || char === "'") classes[code] = MID_NUM_LET;
  else if (char === ',' || char === ';') classes[code] = MID_NUM;
  else if (char === '"') classes[code] = QUOTE;
  else if (char === '\\') classes[code] = BACKSLASH;
}
const escapable = new Uint8Array(256);
for (const char of '"\\/bfnrt') escapable[char.charCodeAt(0)] = 1;

/** What `scanMessage` found beside the end. */
export interface MessageScan {
  /** ASCII without any escape: its bytes are its text. */
  plain: boolean;
  /** All its tokens are in the bloom; otherwise the analyzer has to see the text. */
  tokenized: boolean;
}

/**
 * Goes through a JSON string once: returns the position of its closing quote, or -1 when it is not a valid one, and adds the hash of each token (`hashText`
 * seeded with `seed`) to the bloom.
 */
export function scanMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: number,
  bloom: Uint8Array,
  scan: MessageScan,
): number {
  scan.plain = true;
  scan.tokenized = true;
  let at = start;
  while (at < end) {
    const first = classes[bytes[at] ?? 0] ?? OTHER;
    if (first !== LETTER && first !== DIGIT && first !== EXTEND) {
      if (first === QUOTE) return at;
      if (first === BACKSLASH) {
        const length = escapeLength(bytes, at, end);
        if (length === 0) return -1;
        scan.plain = false;
        if (length > 2) scan.tokenized = false;
        at += length;
        continue;
      }
      if (first === CONTROL) return -1;
      if (first === WIDE) scan.plain = scan.tokenized = false;
      at++;
      continue;
    }
    const begun = at;
    let last = first;
    let hasWord = first !== EXTEND;
    let hash = Math.imul(seed ^ (lower[bytes[at] ?? 0] ?? 0), 0x01000193);
    at++;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      const next = classes[byte] ?? OTHER;
      if (next === LETTER || next === DIGIT || next === EXTEND) {
        last = next;
        if (next !== EXTEND) hasWord = true;
        hash = Math.imul(hash ^ (lower[byte] ?? 0), 0x01000193);
        at++;
        continue;
      }
      if (!joins(last, next, classes[bytes[at + 1] ?? 0] ?? OTHER)) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
      last = classes[bytes[at + 1] ?? 0] ?? OTHER;
      hash = Math.imul(hash ^ (lower[bytes[at + 1] ?? 0] ?? 0), 0x01000193);
      at += 2;
    }
    if (at - begun > MAX_TOKEN_LENGTH) scan.plain = scan.tokenized = false;
    if (!hasWord) continue;
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 12;
    bloomAdd(bloom, hash >>> 0);
  }
  return -1;
}

/** Whether a character of class `middle` between two others makes one token of them. */
function joins(before: number, middle: number, after: number): boolean {
  if (middle === MID_NUM_LET) return (before === LETTER || before === DIGIT) && after === before;
  if (middle === MID_LETTER) return before === LETTER && after === LETTER;
  return middle === MID_NUM && before === DIGIT && after === DIGIT;
}

/** 0 when it is none. */
function escapeLength(bytes: Uint8Array, at: number, end: number): number {
  const kind = bytes[at + 1] ?? 0;
  if (escapable[kind] === 1) return 2;
  if (kind !== 117 || at + 6 > end) return 0;
  for (let n = at + 2; n < at + 6; n++) if (!isHex(bytes[n] ?? 0)) return 0;
  return 6;
}

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/** A word to look for. `bytes` is there when it is a single token of ASCII characters, so that it can be looked for in bytes. */
export class TokenTest {
  readonly text: string;
  readonly bytes: Uint8Array | undefined;

  constructor(text: string) {
    this.text = text;
    const tokens = tokensOf(text);
    const simple = tokens.length === 1 && tokens[0] === text && text.length <= MAX_TOKEN_LENGTH;
    // eslint-disable-next-line no-control-regex
    this.bytes = simple && /^[\x20-\x7e]+$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
  }
}

/** Whether plain text (see `MessageScan`) has the token, in any case of letters. */
export function hasToken(bytes: Uint8Array, start: number, end: number, token: Uint8Array): boolean {
  const length = token.length;
  const first = token[0] ?? 0;
  const isLetter = first >= 97 && first <= 122;
  const other = isLetter ? first - 32 : first;
  const last = end - length;
  for (let at = start; at <= last; at++) {
    const byte = bytes[at];
    if (byte !== first && byte !== other) continue;
    let n = 1;
    while (n < length && lower[bytes[at + n] ?? 0] === token[n]) n++;
    if (n === length && standsAlone(bytes, start, end, at, at + length)) return true;
  }
  return false;
}

/** Whether the analyzer would begin a token at `from` and end it at `to`. */
function standsAlone(bytes: Uint8Array, start: number, end: number, from: number, to: number): boolean {
  const classAt = (at: number) => (at < start || at >= end ? OTHER : (classes[bytes[at] ?? 0] ?? OTHER));
  const before = classAt(from - 1);
  if (before === LETTER || before === DIGIT || before === EXTEND) return false;
  const after = classAt(to);
  if (after === LETTER || after === DIGIT || after === EXTEND) return false;
  return !joins(classAt(from - 2), before, classAt(from)) && !joins(classAt(to - 1), after, classAt(to + 1));
}
