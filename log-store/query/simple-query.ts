import type { LuceneClause, LuceneNode } from './lucene.ts';

/** Deeper parentheses are read as if they were not there. */
const MAX_DEPTH = 20;

/** `simple_query_string`: `+ | - "phrase" word* ( )` and `~n`; anything malformed is read as words, it never fails. */
export function parseSimple(text: string, defaultOperator: 'or' | 'and'): LuceneNode {
  const tokens = text.match(/"[^"]*"?(?:~\d+)?|[()|+-]|[^\s()|+"-][^\s()|"]*/g) ?? [];
  let at = 0;
  /** Operators bind from left to right: where one differs from the last, all so far becomes its first operand. */
  const group = (depth: number): LuceneNode => {
    let operator = defaultOperator;
    let last: 'or' | 'and' | undefined;
    let negations = 0;
    let clauses: LuceneClause[] = [];
    while (at < tokens.length) {
      const token = tokens[at++] ?? '';
      if (token === ')') {
        if (depth > 0) break;
        continue;
      }
      if (token === '|' || token === '+') {
        operator = token === '|' ? 'or' : 'and';
        continue;
      }
      if (token === '-') {
        negations++;
        continue;
      }
      const plain = token === '(' && depth < MAX_DEPTH ? group(depth + 1) : wordOf(token);
      const node: LuceneNode = negations % 2 === 1 ? { kind: 'bool', clauses: [{ occur: 'not', node: plain }] } : plain;
      negations = 0;
      const occur = operator === 'and' ? 'must' : 'should';
      if (last !== undefined && last !== operator) clauses = [{ occur, node: { kind: 'bool', clauses } }];
      else if (last === undefined && clauses.length === 1) clauses = clauses.map((clause) => ({ ...clause, occur }));
      clauses.push({ occur, node });
      if (clauses.length > 1) last = operator;
      operator = defaultOperator;
    }
    return { kind: 'bool', clauses };
  };
  return group(0);
}

function wordOf(token: string): LuceneNode {
  const phrase = /^"([^"]*)"?(?:~(\d+))?$/.exec(token);
  if (phrase) return { kind: 'phrase', field: undefined, text: phrase[1] ?? '', slop: Number(phrase[2] ?? 0) };
  if (token.endsWith('*') && token.length > 1) return { kind: 'wildcard', field: undefined, pattern: token };
  const fuzzy = /^(.+)~(\d)?$/.exec(token);
  if (fuzzy?.[1]) return { kind: 'term', field: undefined, text: fuzzy[1], fuzzy: Math.min(2, Number(fuzzy[2] ?? 2)) };
  return { kind: 'term', field: undefined, text: token };
}
