import { VigilError } from '../../lib/errors.ts';

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

/** The same where nothing may stay as written: a path that still holds `$(NAME)` is not the one that was meant. Throws `CONTAINER_CONFIG_INVALID` in upstream's words. */
export function expandKnown(text: string, valueOf: (name: string) => string | undefined): string {
  return expand(text, (name) => {
    const value = valueOf(name);
    if (value === undefined) throw new VigilError('CONTAINER_CONFIG_INVALID', 'invalid', `missing value for "${name}"`);
    return value;
  });
}
