import { badRequest } from '../engine/store-error.ts';

/** Longer patterns are refused, as Elasticsearch does, to keep matching cheap. */
const MAX_PATTERN_LENGTH = 1_000;

function bounded(pattern: string): void {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw badRequest(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
}

/** `*` any run, `?` any one character, `\` takes the next as it is; the whole text must match. */
export function wildcardPattern(pattern: string, ignoreCase: boolean): RegExp {
  bounded(pattern);
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '*') source += source.endsWith('.*') ? '' : '.*';
    else if (char === '?') source += '.';
    else if (char === '\\' && at + 1 < pattern.length) source += escape(pattern[++at] ?? '');
    else source += escape(char);
  }
  return new RegExp(`^${source}$`, ignoreCase ? 'isu' : 'su');
}

/** Lucene's regular expressions: always the whole text; `@` any text, `#` nothing, `<1-9>` a number of that range are translated. */
export function regexpPattern(pattern: string, ignoreCase: boolean): RegExp {
  bounded(pattern);
  const source = pattern.replaceAll(
    /\\.|"([^"]*)"|@|#|<(\d+)-(\d+)>/gs,
    (whole, quoted: string | undefined, low?: string, high?: string) => {
      if (whole.startsWith('\\')) return /\\[\w]/.test(whole) && !/\\[dDwWsS]/.test(whole) ? (whole[1] ?? '') : whole;
      if (quoted !== undefined) return escape(quoted);
      if (whole === '@') return '.*';
      if (whole === '#') return '(?!)';
      return numberRange(Number(low), Number(high));
    },
  );
  try {
    return new RegExp(`^(?:${source})$`, ignoreCase ? 'is' : 's');
  } catch (error) {
    throw badRequest(`regular expression [${pattern}] is not valid: ${(error as Error).message}`);
  }
}

function numberRange(low: number, high: number): string {
  if (high - low > 1_000) throw badRequest(`the range <${low}-${high}> in a regular expression is too wide`);
  const numbers = [];
  for (let number = low; number <= high; number++) numbers.push(number);
  return `(?:0*(?:${numbers.join('|')}))`;
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
