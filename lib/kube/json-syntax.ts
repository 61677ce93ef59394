/*
 * What is wrong with a text that is no JSON, in the words of the API's clients' own decoder (Go's `encoding/json`), and what a decoder of objects does not see: members that
 * stand twice, and nesting without end. A text is looked at byte for byte; only the count is made of every body.
 */

/** Deeper JSON is refused, as by upstream's decoder. */
const MAX_DEPTH = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** What the bytes of a JSON text show without being parsed. */
export interface JsonShape {
  /** Members of all objects together; more than the parsed value has means that some stand twice. */
  readonly members: number;
  readonly depth: number;
}

/** Counts members and levels. For a text that is no JSON the figures mean nothing. */
export function jsonShape(bytes: Uint8Array): JsonShape {
  let members = 0;
  let level = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
        break;
      case COLON:
        members++;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++level > depth) depth = level;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        level--;
        break;
      default:
    }
  }
  return { members, depth };
}

/** Members of all objects of a parsed value together. */
export function memberCount(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) if (typeof item === 'object') count += memberCount(item);
    return count;
  }
  for (const name in value) {
    count++;
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof member === 'object') count += memberCount(member);
  }
  return count;
}

/** JSON that was parsed, with its bytes' shape. Throws a `JsonSyntaxError`. */
export function parseJson(bytes: Buffer): { readonly value: unknown; readonly shape: JsonShape } {
  const shape = jsonShape(bytes);
  const text = bytes.toString('utf8');
  // The parser's own stack is not asked how much it takes.
  if (shape.depth > MAX_DEPTH) throw new JsonSyntaxError(jsonSyntaxError(text) ?? 'exceeded max depth');
  try {
    return { value: JSON.parse(text), shape };
  } catch {
    throw new JsonSyntaxError(jsonSyntaxError(text) ?? 'invalid JSON');
  }
}

export class JsonSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonSyntaxError';
  }
}

/** The first thing that is wrong with a text that should be JSON; `undefined` when nothing is. */
export function jsonSyntaxError(text: string): string | undefined {
  try {
    new Checker(text).check();
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

type Frame = 'object' | 'list';

/** A state machine over characters, with a stack of its own: nesting must not be the stack of the machine. */
class Checker {
  readonly #text: string;
  readonly #frames: Frame[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): void {
    let needsValue = true;
    for (;;) {
      if (needsValue) needsValue = this.#beginValue();
      else {
        this.#spaces();
        const frame = this.#frames.at(-1);
        if (frame === undefined) {
          if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
          return;
        }
        needsValue = frame === 'object' ? this.#afterMember() : this.#afterItem();
      }
    }
  }

  /** True when a value has to follow, false when one has ended. */
  #beginValue(): boolean {
    this.#spaces();
    const first = this.#text.charAt(this.#at);
    switch (first) {
      case '{':
        return this.#beginObject();
      case '[':
        this.#push('list');
        this.#at++;
        this.#spaces();
        if (this.#text.charAt(this.#at) !== ']') return true;
        this.#at++;
        this.#frames.pop();
        return false;
      case '"':
        this.#string();
        return false;
      case 't':
        this.#literal('true');
        return false;
      case 'f':
        this.#literal('false');
        return false;
      case 'n':
        this.#literal('null');
        return false;
      default:
        if (first !== '-' && !isDigit(first)) throw this.#unexpected('looking for beginning of value');
        this.#number();
        return false;
    }
  }

  #beginObject(): boolean {
    this.#push('object');
    this.#at++;
    this.#spaces();
    if (this.#text.charAt(this.#at) === '}') {
      this.#at++;
      this.#frames.pop();
      return false;
    }
    this.#member();
    return true;
  }

  #member(): void {
    this.#spaces();
    if (this.#text.charAt(this.#at) !== '"') throw this.#unexpected('looking for beginning of object key string');
    this.#string();
    this.#spaces();
    if (this.#text.charAt(this.#at) !== ':') throw this.#unexpected('after object key');
    this.#at++;
  }

  #afterMember(): boolean {
    const next = this.#text.charAt(this.#at);
    if (next === ',') {
      this.#at++;
      this.#member();
      return true;
    }
    if (next !== '}') throw this.#unexpected('after object key:value pair');
    this.#at++;
    this.#frames.pop();
    return false;
  }

  #afterItem(): boolean {
    const next = this.#text.charAt(this.#at);
    if (next === ',') {
      this.#at++;
      return true;
    }
    if (next !== ']') throw this.#unexpected('after array element');
    this.#at++;
    this.#frames.pop();
    return false;
  }

  #push(frame: Frame): void {
    if (this.#frames.length >= MAX_DEPTH) throw this.#unexpected('exceeded max depth');
    this.#frames.push(frame);
  }

  #string(): void {
    for (this.#at++; ; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '"') break;
      if (character === '\\') {
        this.#at++;
        const escaped = this.#text.charAt(this.#at);
        if (escaped === 'u') this.#hexadecimal();
        else if (escaped === '' || !'bfnrt\\/"'.includes(escaped)) throw this.#unexpected('in string escape code');
      } else if (character === '' || character < ' ') throw this.#unexpected('in string literal');
    }
    this.#at++;
  }

  #hexadecimal(): void {
    for (let digit = 0; digit < 4; digit++) {
      this.#at++;
      if (!/^[0-9a-fA-F]$/.test(this.#text.charAt(this.#at)))
        throw this.#unexpected(String.raw`in \u hexadecimal character escape`);
    }
  }

  #literal(word: string): void {
    for (const letter of word) {
      if (this.#text.charAt(this.#at) !== letter)
        throw this.#unexpected(`in literal ${word} (expecting ${quotedCharacter(letter)})`);
      this.#at++;
    }
  }

  #number(): void {
    if (this.#text.charAt(this.#at) === '-') {
      this.#at++;
      if (!isDigit(this.#text.charAt(this.#at))) throw this.#unexpected('in numeric literal');
    }
    if (this.#text.charAt(this.#at) === '0') this.#at++;
    else this.#digits();
    if (this.#text.charAt(this.#at) === '.') {
      this.#at++;
      if (!isDigit(this.#text.charAt(this.#at))) throw this.#unexpected('after decimal point in numeric literal');
      this.#digits();
    }
    if (/^[eE]$/.test(this.#text.charAt(this.#at))) {
      this.#at++;
      if (/^[+-]$/.test(this.#text.charAt(this.#at))) this.#at++;
      if (!isDigit(this.#text.charAt(this.#at))) throw this.#unexpected('in exponent of numeric literal');
      this.#digits();
    }
  }

  #digits(): void {
    while (isDigit(this.#text.charAt(this.#at))) this.#at++;
  }

  #spaces(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text.charAt(this.#at))) this.#at++;
  }

  #unexpected(where: string): JsonSyntaxError {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return new JsonSyntaxError('unexpected end of JSON input');
    return new JsonSyntaxError(`invalid character ${quotedByte(point)} ${where}`);
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character !== '';
}

/** The decoder looks at bytes: of a character beyond ASCII it names the first byte. */
function quotedByte(point: number): string {
  const first = point < 0x80 ? point : (Buffer.from(String.fromCodePoint(point))[0] ?? 0);
  return quotedCharacter(String.fromCharCode(first));
}

function quotedCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  const escapes: Readonly<Record<string, string>> = {
    '\n': 'n',
    '\r': 'r',
    '\t': 't',
    '\f': 'f',
    '\b': 'b',
    '\v': 'v',
    '\\': '\\',
    '\u0007': 'a',
  };
  const escape = escapes[character];
  if (escape !== undefined) return `'\\${escape}'`;
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code >= 0x80 && code < 0xa1) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${character}'`;
}
