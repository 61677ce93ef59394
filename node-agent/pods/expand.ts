/**
 * Replaces `$(NAME)` by the value of NAME as the API promises: unknown names stay as written, `$$` is a literal `$` (so `$$(NAME)` is never replaced).
 */
export function expand(text: string, valueOf: (name: string) => string | undefined): string {
  let result = '';
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar + 1 >= text.length) break;
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      at = dollar + 2;
      continue;
    }
    const end = next === '(' ? text.indexOf(')', dollar + 2) : -1;
    if (end < 0) {
      result += '$';
      at = dollar + 1;
      continue;
    }
    const name = text.slice(dollar + 2, end);
    result += valueOf(name) ?? text.slice(dollar, end + 1);
    at = end + 1;
  }
  return result + text.slice(at);
}
