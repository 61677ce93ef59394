import { setFlagsFromString } from 'node:v8';
import { logFields } from '../../lib/log-record.ts';
import type { Clause } from '../../lib/log-query/compile-query.ts';
import { parsePattern, type Pattern } from '../../lib/log-query/pattern.ts';
import { isPlain, requiredLiterals } from '../../lib/log-query/pattern-literals.ts';
import { patternSource } from '../../lib/log-query/pattern-source.ts';
import { requiredWords, type RequiredWords } from '../../lib/log-query/pattern-words.ts';

// V8's automaton engine runs in time linear in the line (flag `l`); the default one backtracks, and one pattern of a stranger could stop the control plane.
setFlagsFromString('--enable-experimental-regexp-engine');

/** Patterns over messages: what the store can tell of them by its words, and the test of each line that it lets through. */
export interface LineFilter {
  readonly candidates: readonly Clause[];
  keeps(message: string): boolean;
}

/** `undefined` when there is no pattern. Throws `QueryError` that points into the pattern. */
export function lineFilter(grep: readonly string[], exclude: readonly string[]): LineFilter | undefined {
  if (grep.length === 0 && exclude.length === 0) return undefined;
  const wanted = grep.map((text) => parsePattern('grep', text));
  const unwanted = exclude.map((text) => parsePattern('exclude', text));
  const matches = wanted.map((pattern) => matcher('grep', pattern));
  const mismatches = unwanted.map((pattern) => matcher('exclude', pattern));
  return {
    candidates: wanted.flatMap((pattern) => {
      const words = requiredWords(pattern);
      return words ? [candidateClause(words)] : [];
    }),
    keeps: (message) => matches.every((match) => match(message)) && !mismatches.some((match) => match(message)),
  };
}

/** The test of one pattern. The linear engine is some hundred times slower than a search for plain text, so lines without the pattern's own text never get to it. */
function matcher(field: string, pattern: Pattern): (message: string) => boolean {
  const source = patternSource(field, pattern);
  const exact = isPlain(pattern) ? new RegExp(source) : new RegExp(source, 'l');
  const literals = requiredLiterals(pattern);
  if (!literals) return (message) => exact.test(message);
  return (message) => {
    const text = pattern.ignoresCase ? message.toLowerCase() : message;
    return literals.some((all) => all.every((literal) => text.includes(literal))) && exact.test(message);
  };
}

/** The stores cut words longer than this, so that a piece of one may stand across a cut. */
const LONGEST_WORD = 255;

function candidateClause(words: RequiredWords): Clause {
  const field = logFields.message;
  if (words.kind === 'all') return { bool: { filter: words.of.map(candidateClause) } };
  if (words.kind === 'any') return { bool: { should: words.of.map(candidateClause), minimum_should_match: 1 } };
  const { text, opensLeft, opensRight } = words;
  if (!opensLeft) return opensRight ? { prefix: { [field]: { value: text } } } : { term: { [field]: { value: text } } };
  const inside = { wildcard: { [field]: { value: `*${text}${opensRight ? '*' : ''}` } } };
  const cut = { wildcard: { [field]: { value: '?'.repeat(LONGEST_WORD) } } };
  return { bool: { should: [inside, cut], minimum_should_match: 1 } };
}
