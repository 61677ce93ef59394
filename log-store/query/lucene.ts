import { StoreError } from '../engine/store-error.ts';

/** A parsed query string. Fields are as written; a word without a field has none. */
export type LuceneNode =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'term';
      readonly field: string | undefined;
      readonly text: string;
      readonly fuzzy?: number | undefined;
    }
  | { readonly kind: 'wildcard'; readonly field: string | undefined; readonly pattern: string }
  | { readonly kind: 'phrase'; readonly field: string | undefined; readonly text: string; readonly slop: number }
  | { readonly kind: 'regexp'; readonly field: string | undefined; readonly pattern: string }
  | { readonly kind: 'exists'; readonly field: string }
  | {
      readonly kind: 'range';
      readonly field: string | undefined;
      readonly gt?: string;
      readonly gte?: string;
      readonly lt?: string;
      readonly lte?: string;
    }
  | { readonly kind: 'bool'; readonly clauses: readonly LuceneClause[] };

export interface LuceneClause {
  readonly occur: 'must' | 'should' | 'not';
  readonly node: LuceneNode;
}

/** Parentheses deeper than this are refused, so that no query exhausts the stack. */
const MAX_DEPTH = 50;
const MAX_LENGTH = 32 * 1024;
const special = new Set(' \t\r\n+-!(){}[]^"~*?:\\/'.split(''));

/**
 * Parses Lucene's classic query syntax: words, `"phrases"~slop`, `field:value`, `field:(a b)`, AND OR NOT && || ! + -, ranges `[a TO b}` and `>=a`, wildcards,
 * `/regular expressions/`, `word~1`, `_exists_:field`, `*:*`, boosts (read and ignored). Throws a 400 that points at the character.
 */
export function parseLucene(text: string, defaultOperator: 'or' | 'and' = 'or'): LuceneNode {
  if (text.length > MAX_LENGTH) throw new StoreError(400, 'query_shard_exception', 'the query string is too long');
  const parser = new Parser(text, defaultOperator);
  return parser.parseAll();
}

class Parser {
  readonly #text: string;
  readonly #defaultOperator: 'or' | 'and';
  #at = 0;
  #depth = 0;

  constructor(text: string, defaultOperator: 'or' | 'and') {
    this.#text = text;
    this.#defaultOperator = defaultOperator;
  }

  parseAll(): LuceneNode {
    const node = this.#clauses(undefined);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail(`unexpected ${JSON.stringify(this.#text[this.#at])}`);
    return node;
  }

  /** A run of clauses up to `)` or the end. AND binds its two neighbours as must, OR leaves them as should, as Lucene's classic parser does. */
  #clauses(field: string | undefined): LuceneNode {
    if (++this.#depth > MAX_DEPTH) this.#fail('too many nested parentheses');
    const clauses: { occur: 'must' | 'should' | 'not'; node: LuceneNode }[] = [];
    let conjunction: 'and' | 'or' | undefined;
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#text.length || this.#text[this.#at] === ')') break;
      if (clauses.length > 0) {
        const word = this.#takeConjunction();
        if (word) {
          conjunction = word;
          continue;
        }
      }
      const modifier = this.#takeModifier();
      const node = this.#clause(field);
      const previous = clauses.at(-1);
      if (previous && previous.occur !== 'not') {
        if (conjunction === 'and') previous.occur = 'must';
        else if (conjunction === 'or' && this.#defaultOperator === 'and') previous.occur = 'should';
      }
      const required =
        this.#defaultOperator === 'and' ? modifier === undefined && conjunction !== 'or' : conjunction === 'and';
      clauses.push({ occur: modifier ?? (required ? 'must' : 'should'), node });
      conjunction = undefined;
    }
    if (conjunction) this.#fail(`a word is missing after ${conjunction.toUpperCase()}`);
    this.#depth--;
    const [only] = clauses;
    if (clauses.length === 1 && only && only.occur !== 'not') return only.node;
    return { kind: 'bool', clauses };
  }

  #takeConjunction(): 'and' | 'or' | undefined {
    const match = /(?:AND(?=[\s(])|&&)|(?:OR(?=[\s(])|\|\|)/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text)?.[0];
    if (!found) {
      if (/(?:AND|OR)$/y.test(this.#text.slice(this.#at)))
        this.#fail(`a word is missing after ${this.#text.slice(this.#at)}`);
      return undefined;
    }
    this.#at += found.length;
    return found === 'AND' || found === '&&' ? 'and' : 'or';
  }

  #takeModifier(): 'must' | 'not' | undefined {
    const char = this.#text[this.#at];
    if (char === '+') {
      this.#at++;
      return 'must';
    }
    if (char === '-' || char === '!') {
      this.#at++;
      return 'not';
    }
    const match = /NOT(?=[\s(])\s*/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text)?.[0];
    if (!found) return undefined;
    this.#at += found.length;
    return 'not';
  }

  #clause(outer: string | undefined): LuceneNode {
    this.#skipSpace();
    let field = outer;
    const name = /((?:\\.|[^\s+\-!(){}[\]^"~?:\\/])(?:\\.|[^\s!(){}[\]^"~?:\\/])*):/y;
    name.lastIndex = this.#at;
    const found = name.exec(this.#text);
    if (found?.[1]) {
      field = unescape(found[1]);
      this.#at += found[0].length;
      this.#skipSpace();
      if (field === '*' && this.#text[this.#at] === '*') {
        this.#at++;
        return { kind: 'all' };
      }
    }
    const node = this.#value(field);
    this.#skipBoost();
    return field === '_exists_' && node.kind === 'term' ? { kind: 'exists', field: node.text } : node;
  }

  #value(field: string | undefined): LuceneNode {
    const char = this.#text[this.#at];
    switch (char) {
      case '(': {
        this.#at++;
        const node = this.#clauses(field);
        if (this.#text[this.#at] !== ')') this.#fail('")" is missing');
        this.#at++;
        return node;
      }
      case '"':
        return this.#phrase(field);
      case '/':
        return this.#regexp(field);
      case '[':
      case '{':
        return this.#range(field);
      case '>':
      case '<':
        return this.#comparison(field);
      default:
        return this.#word(field);
    }
  }

  #phrase(field: string | undefined): LuceneNode {
    const start = this.#at;
    const text = this.#quoted('"');
    if (text === undefined) {
      this.#at = start;
      this.#fail('the closing quotation mark is missing');
    }
    const slop = /~(\d{1,4})/y;
    slop.lastIndex = this.#at;
    const found = slop.exec(this.#text);
    if (found) this.#at += found[0].length;
    return { kind: 'phrase', field, text: unescape(text), slop: Number(found?.[1] ?? 0) };
  }

  #regexp(field: string | undefined): LuceneNode {
    const start = this.#at;
    const pattern = this.#quoted('/');
    if (pattern === undefined) {
      this.#at = start;
      this.#fail('the closing "/" is missing');
    }
    return { kind: 'regexp', field, pattern: pattern.replaceAll('\\/', '/') };
  }

  #quoted(quote: string): string | undefined {
    let at = this.#at + 1;
    while (at < this.#text.length && this.#text[at] !== quote) at += this.#text[at] === '\\' ? 2 : 1;
    if (at >= this.#text.length) return undefined;
    const inner = this.#text.slice(this.#at + 1, at);
    this.#at = at + 1;
    return inner;
  }

  #range(field: string | undefined): LuceneNode {
    const start = this.#at;
    const match = /([[{])\s*("(?:\\.|[^"])*"|\S+)\s+TO\s+("(?:\\.|[^"])*"|[^\s\]}]+)\s*([\]}])/y;
    match.lastIndex = start;
    const found = match.exec(this.#text);
    if (!found?.[2] || !found[3]) this.#fail('a range is written [from TO to] or {from TO to}');
    this.#at += found[0].length;
    const low = unquote(found[2]);
    const high = unquote(found[3]);
    return {
      kind: 'range',
      field,
      ...(low === '*' ? {} : found[1] === '[' ? { gte: low } : { gt: low }),
      ...(high === '*' ? {} : found[4] === ']' ? { lte: high } : { lt: high }),
    };
  }

  #comparison(field: string | undefined): LuceneNode {
    const match = /(>=|<=|>|<)\s*("(?:\\.|[^"])*"|[^\s()]+)/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text);
    if (!found?.[2]) this.#fail('a value is missing after the comparison');
    this.#at += found[0].length;
    const value = unquote(found[2]);
    const bound = found[1] === '>=' ? 'gte' : found[1] === '>' ? 'gt' : found[1] === '<=' ? 'lte' : 'lt';
    return { kind: 'range', field, [bound]: value };
  }

  #word(field: string | undefined): LuceneNode {
    let raw = '';
    let wild = false;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? '';
      if (char === '\\') {
        if (this.#at + 1 >= this.#text.length) this.#fail('a character is missing after "\\"');
        raw += char + (this.#text[this.#at + 1] ?? '');
        this.#at += 2;
        continue;
      }
      if (char === '*' || char === '?') wild = true;
      else if (special.has(char) && !((char === '-' || char === '+' || char === '/') && raw !== '')) break;
      raw += char;
      this.#at++;
    }
    if (raw === '')
      this.#fail(
        this.#at < this.#text.length ? `unexpected ${JSON.stringify(this.#text[this.#at])}` : 'a word is missing',
      );
    const fuzzy = /~(\d(?:\.\d+)?)?/y;
    fuzzy.lastIndex = this.#at;
    const found = fuzzy.exec(this.#text);
    if (found) this.#at += found[0].length;
    if (wild) return raw === '*' && field === undefined ? { kind: 'all' } : { kind: 'wildcard', field, pattern: raw };
    const edits = found ? Math.min(2, Math.floor(Number(found[1] ?? 2))) : undefined;
    return { kind: 'term', field, text: unescape(raw), ...(edits === undefined ? {} : { fuzzy: edits }) };
  }

  #skipBoost(): void {
    const boost = /\^\d+(?:\.\d+)?/y;
    boost.lastIndex = this.#at;
    const found = boost.exec(this.#text);
    if (found) this.#at += found[0].length;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #fail(what: string): never {
    throw new StoreError(
      400,
      'query_shard_exception',
      `Failed to parse query [${this.#text}]: ${what} at character ${this.#at + 1}`,
    );
  }
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}

function unquote(text: string): string {
  return unescape(text.startsWith('"') ? text.slice(1, -1) : text);
}
