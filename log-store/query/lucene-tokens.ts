export type TokenKind =
  | 'and'
  | 'or'
  | 'not'
  | '+'
  | '-'
  | '('
  | ')'
  | ':'
  | '^'
  | '~'
  | 'star'
  | 'quoted'
  | 'term'
  | 'prefix'
  | 'wildcard'
  | 'regexp'
  | 'range'
  /** An operator that stands alone and so is a word. */
  | 'bare';

export interface LuceneToken {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the query string. */
  readonly at: number;
}

const escaped = String.raw`\\[\s\S]`;
const start = String.raw`(?:[^\s\u3000+\-!():^[\]"{}~*?\\/]|${escaped})`;
const inner = String.raw`(?:[^\s\u3000!():^[\]"{}~*?\\/]|${escaped})`;
const wildInner = String.raw`(?:[^\s\u3000!():^[\]"{}~\\/]|${escaped})`;

/** Tried at each place; the longest wins, the first among equals, as in Lucene's lexer. */
const rules: readonly (readonly [TokenKind, RegExp])[] = [
  ['and', /AND|&&/y],
  ['or', /OR|\|\|/y],
  ['not', /NOT|!/y],
  ['+', /\+/y],
  ['-', /-/y],
  ['bare', /[+\-!][\s\u3000]/y],
  ['(', /\(/y],
  [')', /\)/y],
  [':', /:/y],
  ['star', /\*/y],
  ['^', /\^\d+(?:\.\d+)?/y],
  ['quoted', new RegExp(String.raw`"(?:[^"\\]|${escaped})*"`, 'y')],
  ['term', new RegExp(`${start}${inner}*`, 'y')],
  ['~', /~(?:\d+(?:\.\d+)?)?/y],
  ['prefix', new RegExp(String.raw`${start}${inner}*\*`, 'y')],
  ['wildcard', new RegExp(String.raw`(?:${start}|[*?])${wildInner}*`, 'y')],
  ['regexp', /\/(?:[^/\\]|\\[\s\S])*\//y],
  ['range', /[[{][^\]}]*[\]}]/y],
];

/** Takes a query string apart; `fail` is told what cannot be a token and where. */
export function scanLucene(text: string, fail: (what: string, at: number) => never): LuceneToken[] {
  const tokens: LuceneToken[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[\s\u3000]/.test(text[at] ?? '')) {
      at++;
      continue;
    }
    let best: LuceneToken | undefined;
    for (const [kind, rule] of rules) {
      rule.lastIndex = at;
      const found = rule.exec(text)?.[0];
      if (found !== undefined && found.length > (best?.text.length ?? 0)) best = { kind, text: found, at };
    }
    if (!best) fail(reasonAt(text[at] ?? ''), at);
    tokens.push(best.kind === 'bare' ? { ...best, text: best.text.slice(0, 1) } : best);
    at += best.text.length;
  }
  return tokens;
}

function reasonAt(char: string): string {
  switch (char) {
    case '"':
      return 'the closing quotation mark is missing';
    case '/':
      return 'the closing "/" is missing (a "/" that is no regular expression is written "\\/")';
    case '[':
    case '{':
      return 'a range is written [from TO to] or {from TO to}';
    case '\\':
      return 'a character is missing after "\\"';
    case '^':
      return 'a number is missing after "^"';
    default:
      return `unexpected ${JSON.stringify(char)}`;
  }
}
