import { QueryError } from './query-error.ts';
import type { Bound, QueryNode } from './syntax-tree.ts';

/** Nesting deeper than this is refused, so that no query exhausts the stack. */
const MAX_DEPTH = 50;
/** A longer query is a mistake. */
const MAX_LENGTH = 4096;

/**
 * Parses the query language: Lucene's query string with what people expect of it. Words, `"phrases"~2`, `field:value`, `field:(a OR b)`, `AND OR NOT` and `&& || ! + -`,
 * ranges `[a TO b}` and `>=a`, wildcards, `word~1`, `/regular expressions/`, `_exists_:field`, `*`. Words side by side must all match, and AND binds stronger than OR.
 * An empty text matches everything. Throws `QueryError`.
 */
export function parseQuery(text: string): QueryNode {
  if (text.length > MAX_LENGTH)
    throw new QueryError('query', text, MAX_LENGTH, `at most ${MAX_LENGTH} characters expected, this one is too many`);
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): QueryNode {
    this.#skipSpace();
    if (this.#atEnd()) return { kind: 'all' };
    const node = this.#either(undefined);
    if (!this.#atEnd()) this.#fail('"(" is missing before this ")"');
    return node;
  }

  /** `a OR b`. */
  #either(field: string | undefined): QueryNode {
    if (++this.#depth > MAX_DEPTH)
      this.#fail(`at most ${MAX_DEPTH} levels of parentheses expected, this one is too many`);
    const nodes = [this.#both(field)];
    while (this.#take(/(?:OR(?![^\s()])|\|\|)/y)) nodes.push(this.#both(field));
    this.#depth--;
    return joined('or', nodes);
  }

  /** `a AND b`, `a b`. */
  #both(field: string | undefined): QueryNode {
    const nodes = [this.#negated(field)];
    for (;;) {
      this.#skipSpace();
      if (this.#take(/(?:AND(?![^\s()])|&&)/y)) {
        nodes.push(this.#negated(field));
        continue;
      }
      if (this.#atEnd() || this.#char() === ')' || this.#sees(/(?:OR(?![^\s()])|\|\|)/y)) break;
      nodes.push(this.#negated(field));
    }
    return joined('and', nodes);
  }

  #negated(field: string | undefined): QueryNode {
    this.#skipSpace();
    if (this.#take(/(?:NOT(?![^\s()])|[!-](?=\S))/y)) {
      if (++this.#depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} negations expected, this one is too many`);
      const node = this.#negated(field);
      this.#depth--;
      return { kind: 'not', node };
    }
    this.#take(/\+(?=\S)/y);
    return this.#clause(field);
  }

  #clause(outer: string | undefined): QueryNode {
    if (this.#atEnd()) this.#fail('a word expected');
    const word = /(?:AND|OR|&&|\|\|)(?![^\s()])/y;
    word.lastIndex = this.#at;
    const operator = word.exec(this.#text)?.[0];
    if (operator !== undefined) this.#fail(`a word expected before ${operator}`);
    if (this.#take(/\*:\*/y)) return { kind: 'all' };
    const field = this.#fieldName() ?? outer;
    return this.#value(field);
  }

  /** `name:`, if that is what stands here. */
  #fieldName(): string | undefined {
    const start = this.#at;
    const name = /((?:\\.|[^\s\\():"])+):/y;
    name.lastIndex = start;
    const found = name.exec(this.#text);
    if (!found?.[1]) return undefined;
    const field = unescape(found[1]);
    if (!/^[A-Za-z_@][\w.@/-]*$/.test(field)) {
      this.#fail(`a field's name expected before ":"; text with a colon is put in quotation marks`);
    }
    this.#at += found[0].length;
    if (this.#atEnd() || /[\s)]/.test(this.#char()))
      this.#fail(`a value for "${field}" expected; text with a colon is put in quotation marks`);
    if (this.#text.startsWith('//', this.#at)) this.#fail('a value expected; an address is put in quotation marks');
    return field;
  }

  #value(field: string | undefined): QueryNode {
    switch (this.#char()) {
      case '(':
        return this.#group(field);
      case ')':
        return this.#fail('a word expected');
      case '"':
        return this.#phrase(field);
      case '[':
      case '{':
        return this.#range(field);
      case '/':
        return this.#regexp(field) ?? this.#word(field);
      case '>':
      case '<':
        return field === undefined ? this.#word(field) : this.#comparison(field);
      default:
        return this.#word(field);
    }
  }

  #group(field: string | undefined): QueryNode {
    this.#at++;
    const node = this.#either(field);
    this.#skipSpace();
    if (this.#char() !== ')') this.#fail('")" expected');
    this.#at++;
    this.#take(/\^\d+(?:\.\d+)?/y);
    return node;
  }

  #phrase(field: string | undefined): QueryNode {
    const at = this.#at;
    const text = this.#quoted();
    const slop = Number(this.#take(/~\d{1,4}/y)?.slice(1) ?? 0);
    this.#take(/\^\d+(?:\.\d+)?/y);
    return { kind: 'phrase', field, text, slop, at };
  }

  #quoted(): string {
    const found = this.#take(/"(?:\\.|[^"\\])*"/sy);
    if (found === undefined) this.#fail('a closing quotation mark expected for the one');
    return unescape(found.slice(1, -1));
  }

  /** `/…/` when its end can be told from a path's slash: blank, parenthesis or nothing follows. */
  #regexp(field: string | undefined): QueryNode | undefined {
    const at = this.#at;
    const found = this.#take(/\/((?:\\.|[^\\])+?)\/(?=[\s)]|$)/sy);
    if (found === undefined) return undefined;
    return { kind: 'regexp', field, pattern: found.slice(1, -1).replaceAll('\\/', '/'), at: at + 1 };
  }

  #range(field: string | undefined): QueryNode {
    const at = this.#at;
    if (field === undefined)
      this.#fail('a field expected before a range; text with a bracket is put in quotation marks');
    const opens = this.#char();
    this.#at++;
    const from = this.#bound(opens === '[');
    if (this.#take(/\s+TO(?=\s)/y) === undefined) this.#fail('" TO " expected');
    const to = this.#bound(true);
    this.#skipSpace();
    const closes = this.#char();
    if (closes !== ']' && closes !== '}') this.#fail('"]" or "}" expected');
    this.#at++;
    return { kind: 'range', field, from, to: to && { ...to, isInclusive: closes === ']' }, at };
  }

  /** A bound of a range; `undefined` for `*`, an open end. */
  #bound(isInclusive: boolean): Bound | undefined {
    this.#skipSpace();
    const at = this.#at;
    const text = this.#char() === '"' ? this.#quoted() : unescape(this.#take(/(?:\\.|[^\s\]}"\\])+/y) ?? '');
    if (text === '') this.#fail('a value or * expected');
    return text === '*' ? undefined : { text, at, isInclusive };
  }

  #comparison(field: string): QueryNode {
    const at = this.#at;
    const operator = this.#take(/[<>]=?/y) ?? '';
    this.#skipSpace();
    const valueAt = this.#at;
    const text = this.#char() === '"' ? this.#quoted() : unescape(this.#take(/(?:\\.|[^\s()"\\])+/y) ?? '');
    if (text === '') this.#fail('a value expected');
    const bound = { text, at: valueAt, isInclusive: operator.endsWith('=') };
    return { kind: 'range', field, ...(operator.startsWith('>') ? { from: bound } : { to: bound }), at };
  }

  #word(field: string | undefined): QueryNode {
    const at = this.#at;
    // Behind a field's name a colon is a character like others (times, IPv6 addresses); a bare word has none.
    const raw = this.#take(/(?:\\.|[^\s()"\\])+/y);
    if (raw === undefined) {
      if (this.#char() === '\\') this.#fail('a character expected after the backslash', this.#text.length);
      this.#fail('a word expected');
    }
    const value = raw.replace(/\^\d+(?:\.\d+)?$/, '');
    const fuzzy = /^(.*[^\\])~([0-2]?)$/s.exec(value);
    if (fuzzy?.[1]) {
      return { kind: 'fuzzy', field, text: unescape(fuzzy[1]), edits: fuzzy[2] ? Number(fuzzy[2]) : 2, at };
    }
    if (field === '_exists_') return { kind: 'exists', field: unescape(value), at };
    if (value === '*') return field === undefined ? { kind: 'all' } : { kind: 'exists', field, at };
    if (/(?:^|[^\\])(?:\\\\)*[*?]/.test(value)) return { kind: 'wildcard', field, pattern: value, at };
    return { kind: 'word', field, text: unescape(value), at };
  }

  #char(): string {
    return this.#text[this.#at] ?? '';
  }

  #atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #skipSpace(): void {
    this.#take(/\s+/y);
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  /** What `pattern` (sticky) matches here, and goes on behind it. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(problem: string, at = this.#at): never {
    throw new QueryError('query', this.#text, at, problem);
  }
}

function joined(kind: 'and' | 'or', nodes: readonly QueryNode[]): QueryNode {
  const [only] = nodes;
  return nodes.length === 1 && only ? only : { kind, nodes };
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}
