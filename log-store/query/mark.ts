/** What of a field made a document match, to be highlighted: which of a value's tokens. Of a text these are its words, of a keyword its whole value. */
export interface Mark {
  readonly path: string;
  /** The numbers of the tokens that count. */
  readonly positions: (tokens: readonly string[]) => Iterable<number>;
}

export function tokenMark(path: string, test: (token: string) => boolean): Mark {
  return { path, positions: (tokens) => tokens.flatMap((token, n) => (test(token) ? [n] : [])) };
}
