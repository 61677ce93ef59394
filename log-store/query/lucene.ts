import { StoreError } from '../engine/store-error.ts';
import { scanLucene, type LuceneToken, type TokenKind } from './lucene-tokens.ts';

/** A parsed query string. Fields are as written; a word without a field has none. */
export type LuceneNode =
  | { readonly kind: 'all' }
  /** Nothing was written, or only what has no meaning. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'term';
      readonly field: string | undefined;
      readonly text: string;
      /** How many changes a word may have: a number, or `AUTO` by its length. */
      readonly fuzzy?: number | 'AUTO' | undefined;
    }
  | { readonly kind: 'prefix'; readonly field: string | undefined; readonly text: string }
  | { readonly kind: 'wildcard'; readonly field: string | undefined; readonly pattern: string }
  | {
      readonly kind: 'phrase';
      readonly field: string | undefined;
      readonly text: string;
      readonly slop?: number | undefined;
    }
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
/** Clauses of one query string, as Lucene's own bound. */
const MAX_CLAUSES = 1_024;

/**
 * Parses Lucene's classic query syntax as its own parser does: words, `"phrases"~slop`, `field:value`, `field:(a b)`, AND OR NOT && || ! + -, ranges
 * `[a TO b}` and `>=a`, wildcards, `/regular expressions/`, `word~1`, `_exists_:field`, `*:*`, boosts (read and ignored). Throws a 400 that points at the
 * character. `escape` takes every special character as it stands.
 */
export function parseLucene(text: string, defaultOperator: 'or' | 'and' = 'or', escape = false): LuceneNode {
  if (text.length > MAX_LENGTH) throw new StoreError(400, 'query_shard_exception', 'the query string is too long');
  const source = escape ? text.replaceAll(/[\\+\-!():^[\]"{}~*?|&/]/g, String.raw`\$&`) : text;
  return new Parser(source, defaultOperator).parseAll();
}

class Parser {
  readonly #text: string;
  readonly #defaultOperator: 'or' | 'and';
  readonly #tokens: readonly LuceneToken[];
  #next = 0;
  #depth = 0;
  #count = 0;

  constructor(text: string, defaultOperator: 'or' | 'and') {
    this.#text = text;
    this.#defaultOperator = defaultOperator;
    this.#tokens = scanLucene(text, (what, at) => this.#fail(what, at));
  }

  parseAll(): LuceneNode {
    if (this.#tokens.length === 0) return { kind: 'nothing' };
    const node = this.#query(undefined);
    const rest = this.#tokens[this.#next];
    if (rest) this.#fail(`unexpected ${JSON.stringify(rest.text)}`, rest.at);
    return node;
  }

  /** A run of clauses up to `)` or the end. */
  #query(field: string | undefined): LuceneNode {
    if (++this.#depth > MAX_DEPTH) this.#fail('too many nested parentheses', this.#at());
    const clauses: { occur: LuceneClause['occur']; node: LuceneNode }[] = [];
    for (let first = true; first || !(this.#peek() === undefined || this.#peek() === ')'); first = false) {
      const words = this.#words();
      if (words) {
        clauses.push({
          occur: this.#defaultOperator === 'or' ? 'should' : 'must',
          node: { kind: 'term', field, text: words },
        });
        continue;
      }
      const conjunction = first ? undefined : (this.#take('and') ?? this.#take('or'))?.kind;
      const modifier = (this.#take('+') ?? this.#take('not') ?? this.#take('-'))?.kind;
      const node = this.#clause(field);
      this.#add(clauses, conjunction, modifier, node);
      if (++this.#count > MAX_CLAUSES) this.#fail(`more than ${MAX_CLAUSES} clauses`, this.#at());
    }
    this.#depth--;
    const [only] = clauses;
    return clauses.length === 1 && only && only.occur !== 'not' ? only.node : { kind: 'bool', clauses };
  }

  /** AND makes both neighbours required; OR makes the one before optional where words are required by default. */
  #add(
    clauses: { occur: LuceneClause['occur']; node: LuceneNode }[],
    conjunction: TokenKind | undefined,
    modifier: TokenKind | undefined,
    node: LuceneNode,
  ): void {
    const previous = clauses.at(-1);
    if (previous && previous.occur !== 'not') {
      if (conjunction === 'and') previous.occur = 'must';
      else if (conjunction === 'or' && this.#defaultOperator === 'and') previous.occur = 'should';
    }
    if (modifier === '-' || modifier === 'not') clauses.push({ occur: 'not', node });
    else {
      const required =
        modifier === '+' || (this.#defaultOperator === 'and' ? conjunction !== 'or' : conjunction === 'and');
      clauses.push({ occur: required ? 'must' : 'should', node });
    }
  }

  /** Two or more plain words in a row are one text: in a keyword field they are one value. */
  #words(): string | undefined {
    let count = 0;
    while (this.#peek(count) === 'term' && !endsWords.has(this.#peek(count + 1))) count++;
    if (count < 2) return undefined;
    const words = this.#tokens.slice(this.#next, this.#next + count).map((token) => this.#plain(token));
    this.#next += count;
    return words.join(' ');
  }

  #clause(outer: string | undefined): LuceneNode {
    let field = outer;
    if ((this.#peek() === 'term' || this.#peek() === 'star') && this.#peek(1) === ':') {
      const name = this.#tokens[this.#next];
      field = name?.kind === 'star' ? '*' : name && this.#plain(name);
      this.#next += 2;
    }
    if (!this.#take('(')) return this.#leaf(field);
    const opened = this.#at() - 1;
    const node = this.#query(field);
    if (!this.#take(')'))
      this.#fail(
        this.#peek() === undefined ? '")" is missing for this "("' : 'unexpected character',
        this.#peek() === undefined ? opened : this.#at(),
      );
    this.#boost();
    return node;
  }

  #leaf(field: string | undefined): LuceneNode {
    const token = this.#tokens[this.#next];
    if (!token) this.#fail('a word is missing', this.#text.length);
    this.#next++;
    switch (token.kind) {
      case 'star':
        this.#fuzzy();
        this.#boost();
        return field === '*' ? { kind: 'all' } : { kind: 'wildcard', field, pattern: '*' };
      case 'wildcard':
        this.#fuzzy();
        this.#boost();
        return { kind: 'wildcard', field, pattern: token.text };
      case 'prefix':
        this.#fuzzy();
        this.#boost();
        return { kind: 'prefix', field, text: this.#plain({ ...token, text: token.text.slice(0, -1) }) };
      case 'regexp':
        this.#fuzzy();
        this.#boost();
        return { kind: 'regexp', field, pattern: token.text.slice(1, -1).replaceAll('\\/', '/') };
      case 'quoted': {
        const text = this.#plain({ ...token, text: token.text.slice(1, -1) });
        const slop = this.#fuzzy();
        this.#boost();
        if (field === '_exists_') return { kind: 'exists', field: text };
        return {
          kind: 'phrase',
          field,
          text,
          ...(slop === undefined || slop === 'AUTO' ? {} : { slop: Math.floor(slop) }),
        };
      }
      case 'range':
        this.#boost();
        return this.#range(field, token);
      case 'bare':
      case 'term':
        return this.#term(field, token);
      default:
        this.#fail(`unexpected ${JSON.stringify(token.text)}`, token.at);
    }
  }

  #term(field: string | undefined, token: LuceneToken): LuceneNode {
    const text = this.#plain(token);
    const before = this.#fuzzy();
    this.#boost();
    const fuzzy = before ?? this.#fuzzy();
    if (field === '_exists_') return { kind: 'exists', field: text };
    if (fuzzy !== undefined) {
      if (fuzzy !== 'AUTO' && fuzzy >= 1 && !Number.isInteger(fuzzy))
        this.#fail('Fractional edit distances are not allowed!', token.at);
      return { kind: 'term', field, text, fuzzy: fuzzy === 'AUTO' ? fuzzy : Math.min(2, Math.floor(fuzzy)) };
    }
    const compared = field === undefined ? null : /^([<>]=?)(.+)$/s.exec(text);
    if (!compared?.[2]) return { kind: 'term', field, text };
    const end = compared[1] === '>=' ? 'gte' : compared[1] === '>' ? 'gt' : compared[1] === '<=' ? 'lte' : 'lt';
    return { kind: 'range', field, [end]: compared[2] };
  }

  #range(field: string | undefined, token: LuceneToken): LuceneNode {
    const match = /^([[{])\s*("(?:\\.|[^"\\])*"|[^\s\]}]+)\s+TO\s+("(?:\\.|[^"\\])*"|[^\s\]}]+)\s*([\]}])$/s.exec(
      token.text,
    );
    if (!match?.[2] || !match[3]) this.#fail('a range is written [from TO to] or {from TO to}', token.at);
    const end = (text: string) => {
      if (text === '*') return undefined;
      return this.#plain({ ...token, text: text.startsWith('"') ? text.slice(1, -1) : text });
    };
    const [low, high] = [end(match[2]), end(match[3])];
    return {
      kind: 'range',
      field,
      ...(low === undefined ? {} : match[1] === '[' ? { gte: low } : { gt: low }),
      ...(high === undefined ? {} : match[4] === ']' ? { lte: high } : { lt: high }),
    };
  }

  #fuzzy(): number | 'AUTO' | undefined {
    const token = this.#take('~');
    if (!token) return undefined;
    return token.text === '~' ? 'AUTO' : Number(token.text.slice(1));
  }

  #boost(): void {
    this.#take('^');
  }

  /** A token's text without escapes. */
  #plain({ text, at }: LuceneToken): string {
    return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.)|$)/gs, (_whole, hex?: string, char?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (char === undefined) this.#fail('a character is missing after "\\"', at + text.length);
      return char;
    });
  }

  #peek(ahead = 0): TokenKind | undefined {
    return this.#tokens[this.#next + ahead]?.kind;
  }

  #take(kind: TokenKind): LuceneToken | undefined {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) return undefined;
    this.#next++;
    return token;
  }

  /** Where the token that comes next begins. */
  #at(): number {
    return this.#tokens[this.#next]?.at ?? this.#text.length;
  }

  #fail(what: string, at: number): never {
    throw new StoreError(
      400,
      'query_shard_exception',
      `Failed to parse query [${this.#text}]: ${what} at character ${at + 1}`,
    );
  }
}

/** What may not follow a word that is joined with the one before. */
const endsWords: ReadonlySet<TokenKind | undefined> = new Set<TokenKind>([':', 'star', '~', '^', 'and', 'or']);
