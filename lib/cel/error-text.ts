/** What the library throws for an expression that cannot be read or run. */
interface LibraryError {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { readonly start?: number; readonly end?: number };
}

/** What an expression may begin with. */
const beginnings = `{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`;

/** What is wrong with an expression, in the words of the implementation that Kubernetes has where there are some. */
export function errorText(error: unknown, expression: string): string {
  const { code, summary, range } = error as LibraryError;
  const { start = 0, end = start } = range ?? {};
  if (code === 'unknown_variable')
    return `undeclared reference to '${summary?.replace('Unknown variable: ', '')}' (in container '')`;
  if (code === 'unexpected_token' && expression === '')
    return `Syntax error: mismatched input '<EOF>' expecting ${beginnings}`;
  // With quotes: something follows although the expression is complete.
  if (code === 'unexpected_character' && summary?.includes("'") === true) {
    const isLast = expression.slice(end).trim() === '';
    return `Syntax error: ${isLast ? 'extraneous' : 'mismatched'} input '${expression.slice(start, end)}' expecting <EOF>`;
  }
  if (typeof summary === 'string') return summary;
  return error instanceof Error ? error.message : String(error);
}
