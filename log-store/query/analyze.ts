/**
 * Splits text into tokens as Lucene's standard analyzer does (Unicode word boundaries, lower case): letters and digits join, `_` joins, `.`, `'` and `:` join
 * letters, `.`, `'`, `,` and `;` join digits. Han and Hiragana characters stand alone. Source: UAX #29, rules WB5–WB13.
 */

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const EXTEND = 3;
const MID_LETTER = 4;
const MID_NUM_LET = 5;
const MID_NUM = 6;
const IDEOGRAPH = 7;

/** Longer tokens are cut into pieces of this length, as the standard analyzer does. */
const MAX_TOKEN_LENGTH = 255;

const asciiClass = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/[A-Za-z]/.test(char)) asciiClass[code] = LETTER;
  else if (/[0-9]/.test(char)) asciiClass[code] = DIGIT;
  else if (char === '_') asciiClass[code] = EXTEND;
  else if (char === ':') asciiClass[code] = MID_LETTER;
  else if (char === '.' || char === "'") asciiClass[code] = MID_NUM_LET;
  else if (char === ',' || char === ';') asciiClass[code] = MID_NUM;
}

function classOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) return asciiClass[code] ?? OTHER;
  return classOfUnicode(text, at, code);
}

function classOfUnicode(text: string, at: number, code: number): number {
  if (code === 0x2019 || code === 0x2018 || code === 0xff0e) return MID_NUM_LET;
  if (code === 0x00b7 || code === 0xff1a) return MID_LETTER;
  const point = code >= 0xd800 && code <= 0xdbff ? String.fromCodePoint(text.codePointAt(at) ?? code) : text[at];
  if (point === undefined) return OTHER;
  // A low surrogate continues the character that its high surrogate began.
  if (code >= 0xdc00 && code <= 0xdfff) return at > 0 ? classOf(text, at - 1) : OTHER;
  if (/[\p{Script=Han}\p{Script=Hiragana}]/u.test(point)) return IDEOGRAPH;
  if (/\p{Nd}/u.test(point)) return DIGIT;
  if (/[\p{L}\p{M}\p{Nl}]/u.test(point)) return LETTER;
  return OTHER;
}

export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Calls `emit` with the bounds of each token, in order. Nothing is allocated for the tokens themselves. */
export function scanTokens(text: string, emit: (start: number, end: number) => void): void {
  const length = text.length;
  let at = 0;
  while (at < length) {
    const first = classOf(text, at);
    if (first === IDEOGRAPH) {
      const end = at + (text.charCodeAt(at) >= 0xd800 && text.charCodeAt(at) <= 0xdbff ? 2 : 1);
      emit(at, end);
      at = end;
      continue;
    }
    if (first !== LETTER && first !== DIGIT && first !== EXTEND) {
      at++;
      continue;
    }
    const start = at;
    let last = first;
    let hasWord = first !== EXTEND;
    at++;
    while (at < length) {
      const next = classOf(text, at);
      if (next === LETTER || next === DIGIT || next === EXTEND) {
        last = next;
        if (next !== EXTEND) hasWord = true;
        at++;
        continue;
      }
      if (at + 1 >= length) break;
      const joinsLetters = (next === MID_LETTER || next === MID_NUM_LET) && last === LETTER;
      const joinsDigits = (next === MID_NUM || next === MID_NUM_LET) && last === DIGIT;
      if (!joinsLetters && !joinsDigits) break;
      const after = classOf(text, at + 1);
      if (joinsLetters && after === LETTER) last = LETTER;
      else if (joinsDigits && after === DIGIT) last = DIGIT;
      else break;
      at += 2;
    }
    if (!hasWord) continue;
    for (let from = start; from < at; from += MAX_TOKEN_LENGTH) emit(from, Math.min(from + MAX_TOKEN_LENGTH, at));
  }
}

/** The tokens of a text, in lower case and in order. */
export function tokensOf(text: string): string[] {
  const lower = text.toLowerCase();
  const tokens: string[] = [];
  scanTokens(lower, (start, end) => tokens.push(lower.slice(start, end)));
  return tokens;
}

/** Tokens with where they stand in the original text, for highlighting. */
export function tokensWithBounds(text: string): Token[] {
  const tokens: Token[] = [];
  scanTokens(text, (start, end) => tokens.push({ text: text.slice(start, end).toLowerCase(), start, end }));
  return tokens;
}
