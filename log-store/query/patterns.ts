import { badRequest, StoreError } from '../engine/store-error.ts';
import {
  anyChar,
  inverted,
  RegularLanguage,
  TooComplexError,
  type CharSet,
  type Expression,
} from './regular-language.ts';

/** Longer patterns are refused, as Elasticsearch does (`index.max_regex_length`). */
const MAX_PATTERN_LENGTH = 1_000;
/** `a{1000}` at most. */
const MAX_REPEAT = 1_000;
const MAX_DEPTH = 100;

/** `*` any run, `?` any one character, `\` takes the next as it is; the whole text must match. */
export function wildcardTest(pattern: string, ignoreCase = false): (text: string) => boolean {
  bounded(pattern);
  const language = new RegularLanguage();
  const parts: Expression[] = [];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (char === '*') parts.push(language.everything);
    else if (char === '?') parts.push(language.chars(anyChar));
    else
      parts.push(
        language.text(char === '\\' && at + 1 < chars.length ? (chars[++at] ?? '') : char, casesOf(ignoreCase)),
      );
  }
  return tester(pattern, language, language.sequence(parts));
}

/**
 * Lucene's regular expressions, always about the whole text: `. * + ? {n,m} | ( ) [ ]` as everywhere; `@` any text, `#` none, `"…"` as it stands, `<1-9>` a
 * number of that range, `&` both. `~` is a character like others, as in Lucene 10. Throws a 400 that points at the character.
 */
export function regexpTest(pattern: string, ignoreCase = false): (text: string) => boolean {
  bounded(pattern);
  const language = new RegularLanguage();
  try {
    return tester(pattern, language, new RegexpParser(pattern, language, casesOf(ignoreCase)).parse());
  } catch (error) {
    if (error instanceof TooComplexError) throw tooComplex(pattern);
    throw error;
  }
}

function tester(pattern: string, language: RegularLanguage, start: Expression): (text: string) => boolean {
  return (text) => {
    try {
      return language.matches(start, text);
    } catch (error) {
      if (error instanceof TooComplexError) throw tooComplex(pattern);
      throw error;
    }
  };
}

function tooComplex(pattern: string): StoreError {
  return new StoreError(400, 'too_complex_to_determinize_exception', `the pattern [${pattern}] has too many states`);
}

function bounded(pattern: string): void {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw badRequest(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
}

type Cases = (code: number) => CharSet;

function casesOf(ignoreCase: boolean): Cases {
  if (!ignoreCase) return (code) => [code, code];
  return (code) => {
    const char = String.fromCodePoint(code);
    const both = [char.toLowerCase(), char.toUpperCase()].filter(
      (other) => other.codePointAt(0) !== undefined && String.fromCodePoint(other.codePointAt(0) ?? 0) === other,
    );
    return [code, ...both.map((other) => other.codePointAt(0) ?? code)].flatMap((one) => [one, one]);
  };
}

const digits: CharSet = [0x30, 0x39];
const positiveClasses: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: inverted(digits),
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
  s: [0x09, 0x0a, 0x0d, 0x0d, 0x20, 0x20],
};
const allClasses: Readonly<Record<string, CharSet>> = {
  ...positiveClasses,
  W: inverted(positiveClasses['w'] ?? []),
  S: inverted(positiveClasses['s'] ?? []),
};

class RegexpParser {
  readonly #chars: readonly string[];
  readonly #pattern: string;
  readonly #language: RegularLanguage;
  readonly #cases: Cases;
  #at = 0;
  #depth = 0;

  constructor(pattern: string, language: RegularLanguage, cases: Cases) {
    this.#pattern = pattern;
    this.#chars = Array.from(pattern);
    this.#language = language;
    this.#cases = cases;
  }

  parse(): Expression {
    if (this.#chars.length === 0) return this.#language.empty;
    const expression = this.#choice();
    if (this.#at < this.#chars.length) this.#fail('end of pattern expected');
    return expression;
  }

  #choice(): Expression {
    if (++this.#depth > MAX_DEPTH) this.#fail('too many nested parentheses');
    const parts = [this.#both()];
    while (this.#take('|')) parts.push(this.#both());
    this.#depth--;
    return this.#language.choice(parts);
  }

  #both(): Expression {
    const parts = [this.#sequence()];
    while (this.#take('&')) parts.push(this.#sequence());
    return this.#language.all(parts);
  }

  #sequence(): Expression {
    const parts = [this.#repeated()];
    while (this.#at < this.#chars.length && !')|&'.includes(this.#peek())) parts.push(this.#repeated());
    return this.#language.sequence(parts);
  }

  #repeated(): Expression {
    let expression = this.#single();
    for (;;) {
      if (this.#take('?')) expression = this.#language.choice([expression, this.#language.empty]);
      else if (this.#take('*')) expression = this.#language.star(expression);
      else if (this.#take('+')) expression = this.#language.repeat(expression, 1, Infinity);
      else if (this.#take('{')) {
        const least = this.#number();
        const most = this.#take(',') ? (this.#peek() === '}' ? Infinity : this.#number()) : least;
        if (!this.#take('}')) this.#fail("expected '}'");
        if (most < least) this.#fail('the second count is less than the first');
        expression = this.#language.repeat(expression, least, most);
      } else return expression;
    }
  }

  #single(): Expression {
    const language = this.#language;
    if (this.#at >= this.#chars.length) this.#fail('unexpected end of pattern');
    if (this.#take('.')) return language.chars(anyChar);
    if (this.#take('#')) return language.none;
    if (this.#take('@')) return language.everything;
    if (this.#take('[')) return this.#set();
    if (this.#take('(')) {
      if (this.#take(')')) return language.empty;
      const expression = this.#choice();
      if (!this.#take(')')) this.#fail("expected ')'");
      return expression;
    }
    if (this.#take('"')) return language.text(this.#until('"'), this.#cases);
    if (this.#take('<')) return this.#interval(this.#until('>'));
    const named = this.#namedClass();
    if (named) return language.chars(named);
    return language.chars(this.#cases(this.#literal()));
  }

  #set(): Expression {
    const negated = this.#take('^');
    const set: number[] = [];
    do {
      const named = this.#namedClass();
      if (named) {
        set.push(...named);
        continue;
      }
      const from = this.#literal();
      const to = this.#peek() === '-' && this.#chars[this.#at + 1] !== ']' && this.#take('-') ? this.#literal() : from;
      if (to < from) this.#fail('the range of characters is upside down');
      set.push(from, to);
      if (from === to) set.push(...this.#cases(from));
    } while (this.#at < this.#chars.length && this.#peek() !== ']');
    if (!this.#take(']')) this.#fail("expected ']'");
    return this.#language.chars(negated ? inverted(set) : set);
  }

  /** Numbers of that range; when both ends have as many digits, numbers have so too, with zeros in front. */
  #interval(text: string): Expression {
    const match = /^(\d{1,9})-(\d{1,9})$/.exec(text);
    if (!match?.[1] || !match[2]) this.#fail(`<${text}> is no range of numbers`);
    const [low, high] = [Number(match[1]), Number(match[2])].sort((a, b) => a - b) as [number, number];
    if (high - low > MAX_REPEAT) throw badRequest(`the range <${text}> in a regular expression is too wide`);
    const width = match[1].length === match[2].length ? match[1].length : 0;
    const numbers = Array.from({ length: high - low + 1 }, (_, n) => String(low + n).padStart(width, '0'));
    return this.#language.choice(numbers.map((number) => this.#language.text(number, this.#cases)));
  }

  #namedClass(): CharSet | undefined {
    if (this.#peek() !== '\\') return undefined;
    const name = this.#chars[this.#at + 1] ?? '';
    const set = Object.hasOwn(allClasses, name) ? allClasses[name] : undefined;
    if (set) this.#at += 2;
    return set;
  }

  #literal(): number {
    this.#take('\\');
    const char = this.#chars[this.#at];
    if (char === undefined) this.#fail('unexpected end of pattern');
    this.#at++;
    return char.codePointAt(0) ?? 0;
  }

  #until(end: string): string {
    const from = this.#at;
    while (this.#at < this.#chars.length && this.#peek() !== end) this.#at++;
    if (!this.#take(end)) this.#fail(`expected '${end}'`);
    return this.#chars.slice(from, this.#at - 1).join('');
  }

  #number(): number {
    let text = '';
    while (/^\d$/.test(this.#peek())) text += this.#chars[this.#at++];
    if (text === '') this.#fail('integer expected');
    if (Number(text) > MAX_REPEAT) this.#fail(`a count is at most ${MAX_REPEAT}`);
    return Number(text);
  }

  #peek(): string {
    return this.#chars[this.#at] ?? '';
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #fail(what: string): never {
    throw badRequest(`regular expression [${this.#pattern}] is not valid: ${what} at character ${this.#at + 1}`);
  }
}
