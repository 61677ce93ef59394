import { parsingError } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';
import type { LuceneClause, LuceneNode } from './lucene.ts';

/** Deeper parentheses are read as if they were not there. */
const MAX_DEPTH = 20;
const MAX_LENGTH = 32 * 1024;
const flagNames = [
  'AND',
  'NOT',
  'OR',
  'PREFIX',
  'PHRASE',
  'PRECEDENCE',
  'ESCAPE',
  'WHITESPACE',
  'FUZZY',
  'NEAR',
  'SLOP',
];

/**
 * `simple_query_string`: `+ | - "phrase"~2 word* word~1 ( )` and `\`; what has no meaning is passed over, it never fails. `flags` names the operators that are
 * wanted (`AND|NOT|…`, all by default).
 */
export function parseSimple(text: string, defaultOperator: 'or' | 'and', flags?: unknown): LuceneNode {
  if (text.trim() === '*') return { kind: 'all' };
  return (
    new SimpleParser(text.slice(0, MAX_LENGTH), defaultOperator, parseFlags(flags)).parse(0, text.length, 0) ?? {
      kind: 'nothing',
    }
  );
}

function parseFlags(flags: unknown): ReadonlySet<string> {
  if (flags === undefined || flags === null || flags === -1) return new Set(flagNames);
  const named = textOf(flags)
    .toUpperCase()
    .split('|')
    .map((name) => name.trim());
  if (named.includes('ALL')) return new Set(flagNames);
  for (const name of named) {
    if (name !== 'NONE' && !flagNames.includes(name))
      throw parsingError(`Unknown simple_query_string flag [${name}]`, ['flags']);
  }
  return new Set(named);
}

class SimpleParser {
  readonly #text: string;
  readonly #default: 'or' | 'and';
  readonly #flags: ReadonlySet<string>;

  constructor(text: string, defaultOperator: 'or' | 'and', flags: ReadonlySet<string>) {
    this.#text = text;
    this.#default = defaultOperator;
    this.#flags = flags;
  }

  /** Operators bind from left to right: where one differs from the last, all so far becomes its first operand. */
  parse(from: number, to: number, depth: number): LuceneNode | undefined {
    const end = Math.min(to, this.#text.length);
    let top: LuceneNode | undefined;
    let last: 'or' | 'and' | undefined;
    let operator: 'or' | 'and' | undefined;
    let negations = 0;
    const add = (found: LuceneNode | undefined): void => {
      if (!found) return;
      const node: LuceneNode = negations % 2 === 1 ? { kind: 'bool', clauses: [{ occur: 'not', node: found }] } : found;
      if (!top) top = node;
      else {
        const current = operator ?? this.#default;
        const occur = current === 'and' ? 'must' : 'should';
        const clauses: LuceneClause[] =
          last === current && top.kind === 'bool' ? [...top.clauses] : [{ occur, node: top }];
        top = { kind: 'bool', clauses: [...clauses, { occur, node }] };
        last = current;
      }
      operator = undefined;
    };
    let at = from;
    while (at < end) {
      const char = this.#text[at] ?? '';
      if (char === '-' && this.#flags.has('NOT')) {
        negations++;
        at++;
        continue;
      }
      if (char === '(' && this.#flags.has('PRECEDENCE')) {
        const close = this.#closing(at, end);
        if (close > at + 1 && depth < MAX_DEPTH) {
          add(this.parse(at + 1, close, depth + 1));
          at = close + 1;
        } else at++;
      } else if (char === ')' && this.#flags.has('PRECEDENCE')) at++;
      else if (char === '"' && this.#flags.has('PHRASE')) at = this.#phrase(at, end, add);
      else if (char === '+' && this.#flags.has('AND')) {
        if (top && operator === undefined) operator = 'and';
        at++;
      } else if (char === '|' && this.#flags.has('OR')) {
        if (top && operator === undefined) operator = 'or';
        at++;
      } else if (/\s/.test(char) && this.#flags.has('WHITESPACE')) at++;
      else at = this.#word(at, end, add);
      negations = 0;
    }
    return top;
  }

  /** The `)` that belongs to the `(` at that place, or -1. */
  #closing(open: number, end: number): number {
    let depth = 0;
    for (let at = open; at < end; at++) {
      const char = this.#text[at];
      if (char === '\\' && this.#flags.has('ESCAPE')) at++;
      else if (char === '(') depth++;
      else if (char === ')' && --depth === 0) return at;
    }
    return -1;
  }

  #phrase(open: number, end: number, add: (node: LuceneNode) => void): number {
    let text = '';
    let at = open + 1;
    for (; at < end && this.#text[at] !== '"'; at++) {
      if (this.#text[at] === '\\' && this.#flags.has('ESCAPE') && at + 1 < end) at++;
      text += this.#text[at];
    }
    if (at >= end || text === '') return open + 1 + (at < end ? 1 : 0);
    at++;
    if (this.#text[at] !== '~' || !(this.#flags.has('NEAR') || this.#flags.has('SLOP'))) {
      add({ kind: 'phrase', field: undefined, text });
      return at;
    }
    const [slop, next] = this.#figure(at, end, 0);
    add({ kind: 'phrase', field: undefined, text, slop });
    return next;
  }

  #word(from: number, end: number, add: (node: LuceneNode) => void): number {
    let text = '';
    let prefix = false;
    let at = from;
    for (; at < end; at++) {
      const char = this.#text[at] ?? '';
      if (char === '\\' && this.#flags.has('ESCAPE')) {
        prefix = false;
        at++;
        text += this.#text[at] ?? '';
        continue;
      }
      if (this.#ends(at)) break;
      if (char === '~' && text !== '' && this.#flags.has('FUZZY')) {
        const [edits, next] = this.#figure(at, end, 2);
        add({ kind: 'term', field: undefined, text, ...(edits === 0 ? {} : { fuzzy: Math.min(2, edits) }) });
        return next;
      }
      prefix = char === '*' && text !== '' && this.#flags.has('PREFIX');
      text += char;
    }
    if (text !== '') {
      add(
        prefix
          ? { kind: 'prefix', field: undefined, text: text.slice(0, -1) }
          : { kind: 'term', field: undefined, text },
      );
    }
    return at;
  }

  /** The number behind `~` (`bare` when there is nothing, 0 for what is none) and where the text goes on. */
  #figure(tilde: number, end: number, bare: number): [number, number] {
    let at = tilde + 1;
    while (at < end && !this.#ends(at)) at++;
    const digits = this.#text.slice(tilde + 1, at);
    return [digits === '' ? bare : /^\d{1,6}$/.test(digits) ? Number(digits) : 0, at];
  }

  #ends(at: number): boolean {
    const char = this.#text[at] ?? '';
    if (char === '"') return this.#flags.has('PHRASE');
    if (char === '|') return this.#flags.has('OR');
    if (char === '+') return this.#flags.has('AND');
    if (char === '(' || char === ')') return this.#flags.has('PRECEDENCE');
    return /\s/.test(char) && this.#flags.has('WHITESPACE');
  }
}
