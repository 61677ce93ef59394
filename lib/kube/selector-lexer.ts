/** Tokens of the label selector language, as `kubectl -l` takes it. */
export type Token =
  | { readonly kind: 'identifier' | 'in' | 'notin'; readonly text: string }
  | { readonly kind: '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'end' | 'error'; readonly text: string };

const symbols: ReadonlySet<string> = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<']);
const isSpace = (character: string): boolean => ' \t\r\n'.includes(character);
const isSpecial = (character: string): boolean => '=!(),><'.includes(character);

/** Splits a selector into tokens; the last is `end`. An impossible run of symbols becomes an `error` token. */
export function selectorTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (isSpace(character)) {
      at++;
    } else if (isSpecial(character)) {
      const symbol = longestSymbol(text, at);
      tokens.push({ kind: symbol, text: symbol } as Token);
      at += symbol.length;
    } else {
      let end = at;
      while (end < text.length && !isSpace(text.charAt(end)) && !isSpecial(text.charAt(end))) end++;
      const word = text.slice(at, end);
      tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
      at = end;
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function longestSymbol(text: string, at: number): string {
  const two = text.slice(at, at + 2);
  return two.length === 2 && symbols.has(two) ? two : text.charAt(at);
}
