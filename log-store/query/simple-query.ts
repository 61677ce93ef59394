import type { LuceneClause, LuceneNode } from './lucene.ts';

/** `simple_query_string`: `+ | - "phrase" word* ( )` and `~n`; anything malformed is read as words, it never fails. */
export function parseSimple(text: string, defaultOperator: 'or' | 'and'): LuceneNode {
  const tokens = text.match(/"[^"]*"?(?:~\d+)?|[()|+-]|[^\s()|+"-][^\s()|"]*/g) ?? [];
  let at = 0;
  const group = (depth: number): LuceneNode => {
    let operator = defaultOperator;
    let negated = false;
    const clauses: { occur: 'must' | 'should' | 'not'; node: LuceneNode }[] = [];
    while (at < tokens.length) {
      const token = tokens[at++] ?? '';
      if (token === ')') {
        if (depth > 0) break;
        continue;
      }
      if (token === '|') {
        operator = 'or';
        const previous = clauses.at(-1);
        if (previous?.occur === 'must') previous.occur = 'should';
        continue;
      }
      if (token === '+') {
        operator = 'and';
        const previous = clauses.at(-1);
        if (previous?.occur === 'should') previous.occur = 'must';
        continue;
      }
      if (token === '-') {
        negated = true;
        continue;
      }
      const node = token === '(' && depth < 20 ? group(depth + 1) : wordOf(token);
      clauses.push({ occur: negated ? 'not' : operator === 'and' ? 'must' : 'should', node });
      negated = false;
      operator = defaultOperator;
    }
    return { kind: 'bool', clauses: clauses satisfies LuceneClause[] };
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
