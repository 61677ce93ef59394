import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What is used of a compiled expression of RE2. */
interface Compiled {
  test(text: string): boolean;
  matcher(text: string): { find(): boolean; group(): string | null };
}

interface Re2 {
  readonly RE2JS: { compile(pattern: string): Compiled };
}

/** Patterns are the expression's own, or come from an object: bounds on how long they are, and how many are kept. */
const MAX_PATTERN_LENGTH = 1_000;
const MAX_COMPILED = 500;
const compiled = new Map<string, Compiled>();

/** Whether something in the text matches. Time grows with the text, not with its power: the syntax and the engine are RE2's. */
export function matchesPattern(text: string, pattern: string): boolean {
  return compilePattern(pattern).test(text);
}

/** The first `limit` matches, from the left, none inside another. */
export function findPattern(text: string, pattern: string, limit = Number.POSITIVE_INFINITY): readonly string[] {
  const found: string[] = [];
  if (limit <= 0) return found;
  const matcher = compilePattern(pattern).matcher(text);
  while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

/** Throws for what RE2 cannot read, in its words: `error parsing regexp: missing closing ]: …`. */
export function compilePattern(pattern: string): Compiled {
  let expression = compiled.get(pattern);
  if (!expression) {
    if (pattern.length > MAX_PATTERN_LENGTH) throw new Error(`a pattern may have ${MAX_PATTERN_LENGTH} characters`);
    // Loaded by the first pattern: most servers never see one.
    const { RE2JS } = require('re2js') as Re2;
    expression = RE2JS.compile(pattern);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(pattern, expression);
  }
  return expression;
}
