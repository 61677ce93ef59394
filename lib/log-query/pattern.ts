import { QueryError } from './query-error.ts';

/** A longer regular expression is a mistake. */
const MAX_LENGTH = 1000;
const MAX_DEPTH = 30;
const MAX_REPEAT = 1000;

/** One member of a class: a range of characters (often of one), or an escape such as `\d`. */
export type ClassItem = { readonly from: string; readonly to: string } | { readonly escape: string };

export type PatternNode =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'class'; readonly isNegated: boolean; readonly items: readonly ClassItem[] }
  /** `^`, `$`, `\b` or `\B`. */
  | { readonly kind: 'edge'; readonly source: string }
  | { readonly kind: 'group'; readonly branches: readonly PatternSequence[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number };

export type PatternSequence = readonly PatternNode[];

/** A regular expression as a tree: the part of JavaScript's syntax that can be matched in time linear in the line. */
export interface Pattern {
  readonly text: string;
  readonly branches: readonly PatternSequence[];
  /** `(?i)` at the beginning: letters match in either case (ASCII). */
  readonly ignoresCase: boolean;
}

/** Parses the pattern of a `grep` or `exclude`. Throws `QueryError` on `field` that points at the character. */
export function parsePattern(field: string, text: string): Pattern {
  if (text.length > MAX_LENGTH)
    throw new QueryError(field, text, MAX_LENGTH, `at most ${MAX_LENGTH} characters expected, this one is too many`);
  const ignoresCase = text.startsWith('(?i)');
  return { text, branches: new Parser(field, text, ignoresCase ? 4 : 0).parse(), ignoresCase };
}

class Parser {
  readonly #field: string;
  readonly #text: string;
  #at: number;
  #depth = 0;

  constructor(field: string, text: string, at: number) {
    this.#field = field;
    this.#text = text;
    this.#at = at;
  }

  parse(): readonly PatternSequence[] {
    const branches = this.#branches();
    if (this.#at < this.#text.length) this.#fail('"(" is missing before this ")"');
    return branches;
  }

  #branches(): readonly PatternSequence[] {
    if (++this.#depth > MAX_DEPTH)
      this.#fail(`at most ${MAX_DEPTH} groups inside one another expected, this one is too many`);
    const branches = [this.#sequence()];
    while (this.#take(/\|/y)) branches.push(this.#sequence());
    this.#depth--;
    return branches;
  }

  #sequence(): PatternSequence {
    const nodes: PatternNode[] = [];
    while (this.#at < this.#text.length && !/[|)]/.test(this.#char())) nodes.push(this.#repeated(this.#single()));
    return nodes;
  }

  #single(): PatternNode {
    const char = this.#char();
    if (/[*+?]/.test(char)) this.#fail('something to repeat expected');
    if (char === '(') return this.#group();
    if (char === '[') return this.#class();
    if (char === '\\') return this.#escape();
    this.#at++;
    if (char === '.') return { kind: 'any' };
    if (char === '^' || char === '$') return { kind: 'edge', source: char };
    return { kind: 'char', char };
  }

  #repeated(node: PatternNode): PatternNode {
    const at = this.#at;
    const found = this.#take(/(?:[*+?]|\{\d+(?:,\d*)?\})/y);
    if (found === undefined) return node;
    this.#take(/\?/y);
    if (node.kind === 'edge') this.#fail('something to repeat expected, not an edge', at);
    const [min, max] = boundsOf(found);
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
      this.#fail(`at most ${MAX_REPEAT} repetitions expected`, at);
    if (max < min) this.#fail('a second number that is not below the first expected', at);
    if (/[*+?]/.test(this.#char()) || this.#sees(/\{\d+(?:,\d*)?\}/y)) this.#fail('something to repeat expected');
    return { kind: 'repeat', node, min, max };
  }

  #group(): PatternNode {
    const start = this.#at;
    if (this.#sees(/\(\?<?[=!]/y)) this.#fail('no look-around expected: it cannot be matched in linear time');
    if (this.#take(/\(\?<[A-Za-z_]\w*>|\(\?:|\((?!\?)/y) === undefined)
      this.#fail('"(", "(?:" or "(?<name>" expected; "(?i)" stands only at the beginning');
    const branches = this.#branches();
    if (this.#take(/\)/y) === undefined) this.#fail('a closing ")" expected for the "("', start);
    return { kind: 'group', branches };
  }

  #class(): PatternNode {
    const start = this.#at++;
    const isNegated = this.#take(/\^/y) !== undefined;
    const items: ClassItem[] = [];
    while (this.#char() !== ']') {
      if (this.#at >= this.#text.length) this.#fail('a closing "]" expected for the "["', start);
      const at = this.#at;
      const from = this.#member();
      if (typeof from !== 'string' || !this.#sees(/-[^\]]/y)) {
        items.push(typeof from === 'string' ? { from, to: from } : from);
        continue;
      }
      this.#at++;
      const to = this.#member();
      if (typeof to !== 'string') this.#fail('a character expected as the end of the range', at);
      if (to < from) this.#fail('a range from lower to higher expected', at);
      items.push({ from, to });
    }
    this.#at++;
    return { kind: 'class', isNegated, items };
  }

  /** A character of a class, or an escape that stands for many. */
  #member(): string | { readonly escape: string } {
    const char = this.#char();
    if (char !== '\\') {
      this.#at++;
      return char;
    }
    const many = this.#take(/\\[dDwWsS]/y);
    if (many !== undefined) return { escape: many };
    if (this.#take(/\\b/y)) return '\b';
    return this.#escapedChar();
  }

  #escape(): PatternNode {
    const many = this.#take(/\\[dDwWsS]/y);
    if (many !== undefined) return { kind: 'class', isNegated: false, items: [{ escape: many }] };
    const edge = this.#take(/\\[bB]/y);
    if (edge !== undefined) return { kind: 'edge', source: edge };
    if (this.#sees(/\\(?:[1-9]|k<)/y))
      this.#fail('no reference to a group expected: it cannot be matched in linear time');
    return { kind: 'char', char: this.#escapedChar() };
  }

  #escapedChar(): string {
    const code = this.#take(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/y);
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code.slice(2), 16));
    const named = this.#take(/\\[nrtfv0]/y);
    if (named !== undefined) return namedChars[named[1] ?? ''] ?? '';
    const plain = this.#take(/\\[^A-Za-z0-9]/sy);
    if (plain === undefined) this.#fail('a character that can be escaped expected after the backslash');
    return plain.slice(1);
  }

  #char(): string {
    return this.#text[this.#at] ?? '';
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(problem: string, at = this.#at): never {
    throw new QueryError(this.#field, this.#text, at, problem);
  }
}

const namedChars: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', '0': '\0' };

function boundsOf(quantifier: string): readonly [min: number, max: number] {
  switch (quantifier) {
    case '*':
      return [0, Infinity];
    case '+':
      return [1, Infinity];
    case '?':
      return [0, 1];
    default: {
      const [low = '', high] = quantifier.slice(1, -1).split(',');
      return [Number(low), high === undefined ? Number(low) : high === '' ? Infinity : Number(high)];
    }
  }
}
