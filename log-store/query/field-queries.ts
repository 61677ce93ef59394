import type { TermGroups } from '../engine/bloom-rows.ts';
import { existsTerm, keywordOfTextTerm, numberTerms, valueTerm } from '../engine/doc-terms.ts';
import { TokenTest } from '../engine/token-scan.ts';
import { badRequest } from '../engine/store-error.ts';
import { logFields } from '../../lib/log-record.ts';
import { hasValue, ipKeysOf, isWholeNumber, numbersOf, textsOf } from '../mapping/doc-values.ts';
import type { Field } from '../mapping/index-mapping.ts';
import { cidrKeys, ipKey } from '../mapping/ip-address.ts';
import { tokensOf } from './analyze.ts';
import { allOf, byTest, onField, matchAll, matchNone, someOf, type CompiledQuery } from './compiled.ts';
import { editsFor, withinEdits } from './fuzzy.ts';
import { tokenMark } from './mark.ts';
import { minimumShouldMatch } from './minimum-should-match.ts';
import type { DocView } from './doc-view.ts';
import { regexpTest, wildcardTest } from './patterns.ts';
import { wildcardHint } from './wildcard-hint.ts';
import { hasPhrase, phrasePositions } from './phrase.ts';
import { searchable, type QueryContext } from './query-context.ts';
import { rangeQuery } from './range.ts';
import { byWord } from './select.ts';

/** Queries on one field. Each returns `matchNone` when the index has no such field: nothing can match. */

export function termQuery(context: QueryContext, path: string, value: unknown, ignoreCase = false): CompiledQuery {
  if (path === '_id') return idsQuery([String(value)]);
  if (path === '_index') return byTest((doc) => doc.index === value);
  const field = searchable(context, path);
  if (!field) return matchNone;
  const wanted = String(value);
  switch (field.type) {
    case 'number': {
      const given = typeof value === 'number' ? value : wanted.trim() === '' ? Number.NaN : Number(value);
      if (Number.isNaN(given)) throw badRequest(`For input string: "${wanted}"`, 'number_format_exception');
      if (isWholeNumber(field) && !Number.isInteger(given)) return matchNone;
      const number = field.typeName === 'float' || field.typeName === 'half_float' ? Math.fround(given) : given;
      const terms = field.sourcePath === path ? numberTerms(path, number) : [];
      return onField(field, (doc) => numbersOf(field, doc).includes(number), terms);
    }
    case 'boolean': {
      if (!['true', 'false', ''].includes(wanted)) {
        throw badRequest(`Can't parse boolean value [${wanted}], expected [true] or [false]`);
      }
      const number = wanted === 'true' ? 1 : 0;
      return onField(field, (doc) => numbersOf(field, doc).includes(number));
    }
    case 'date':
      return rangeQuery(context, path, { gte: value, lte: value });
    case 'ip':
      return addressQuery(field, wanted);
    case 'text':
      return wordQuery(context, field, wanted, ignoreCase);
    case 'keyword':
    case 'flattened':
      return keywordQuery(context, field, wanted, ignoreCase);
    case 'object':
      return matchNone;
  }
}

function addressQuery(field: Field, text: string): CompiledQuery {
  const range = cidrKeys(text);
  if (range)
    return onField(field, (doc) => ipKeysOf(field, doc).some((key) => key >= range.first && key <= range.last));
  const wanted = ipKey(text);
  if (wanted === undefined) throw badRequest(`'${text}' is not an IP string literal.`);
  return onField(field, (doc) => ipKeysOf(field, doc).includes(wanted));
}

function wordQuery(context: QueryContext, field: Field, word: string, ignoreCase: boolean): CompiledQuery {
  const wanted = ignoreCase ? word.toLowerCase() : word;
  const token = new TokenTest(wanted);
  const matches = (doc: DocView) => doc.hasToken(field.sourcePath, token);
  const query = byTest(matches, wordTerms(context, field, [wanted]), byWord(field.sourcePath, token, matches));
  return { ...query, marks: [tokenMark(field.path, (text) => text === wanted)] };
}

/** Words are known to blooms only under the text field itself: a text field below a keyword has no terms of its own. */
function wordTerms(context: QueryContext, field: Field, words: readonly string[]): TermGroups {
  if (context.mapping.field(field.sourcePath)?.type !== 'text') return [];
  return words.map((word) => [valueTerm(field.sourcePath, word)]);
}

function keywordQuery(context: QueryContext, field: Field, wanted: string, ignoreCase: boolean): CompiledQuery {
  if (ignoreCase) {
    const lower = wanted.toLowerCase();
    const test = (text: string) => text.toLowerCase() === lower;
    return { ...onField(field, (doc) => textsOf(field, doc).some(test)), marks: [tokenMark(field.path, test)] };
  }
  const exact = onField(field, (doc) => textsOf(field, doc).includes(wanted), keywordTerms(context, field, wanted));
  const test = (text: string) => text === wanted;
  return { ...exact, rollup: rollupTest(field.path, test), marks: [tokenMark(field.path, test)] };
}

/** Whole values of a text field are known to blooms up to this length. */
const MAX_TEXT_VALUE_TERM = 256;

function keywordTerms(context: QueryContext, field: Field, value: string): TermGroups {
  if (field.sourcePath === field.path) return [[valueTerm(field.path, value)]];
  const parent = context.mapping.field(field.sourcePath);
  if (parent?.type === 'keyword') return [[valueTerm(field.sourcePath, value)]];
  if (parent?.type === 'text' && value.length <= MAX_TEXT_VALUE_TERM)
    return [[keywordOfTextTerm(field.sourcePath, value)]];
  return [];
}

function rollupTest(path: string, test: (text: string) => boolean): CompiledQuery['rollup'] {
  if (path === logFields.stream) return (entry) => test(entry.stream);
  if (path === logFields.level) return (entry) => test(entry.level);
  return undefined;
}

export function idsQuery(ids: readonly string[]): CompiledQuery {
  const wanted = new Set(ids);
  return byTest((doc) => wanted.has(doc.id));
}

export interface MatchOptions {
  readonly operator?: string | undefined;
  readonly minimumShouldMatch?: unknown;
  /** Words may differ by so much (`AUTO`, 0, 1, 2); absent = not at all. */
  readonly fuzziness?: unknown;
  readonly fuzzyPrefixLength?: number;
  /** What a text without words matches. */
  readonly zeroTerms?: 'none' | 'all';
  /** The last word may go on. */
  readonly prefix?: boolean;
}

/** The words of `text` in a text field; for other fields the value itself. */
export function matchQuery(
  context: QueryContext,
  path: string,
  text: unknown,
  options: MatchOptions = {},
): CompiledQuery {
  const field = searchable(context, path);
  if (!field) return path === '_id' || path === '_index' ? termQuery(context, path, text) : matchNone;
  const one = (word: string) =>
    options.fuzziness === undefined
      ? termQuery(context, path, word)
      : fuzzyQuery(context, path, word, options.fuzziness, options.fuzzyPrefixLength);
  if (field.type !== 'text') {
    if (options.prefix) return prefixQuery(context, path, String(text));
    return field.type === 'keyword' ? one(String(text)) : termQuery(context, path, text);
  }
  const tokens = tokensOf(String(text));
  const words = tokens.map((token, n) =>
    options.prefix && n === tokens.length - 1 ? prefixQuery(context, path, token) : one(token),
  );
  if (words.length === 0) return options.zeroTerms === 'all' ? matchAll : matchNone;
  if (options.operator?.toLowerCase() === 'and') {
    // The minimum is about optional words, of which there are none.
    const impossible = words.length > 1 && minimumShouldMatch(options.minimumShouldMatch, 0, 0) > 0;
    return impossible ? matchNone : allOf(words);
  }
  return someOf(
    words,
    words.length === 1 ? 1 : Math.max(1, minimumShouldMatch(options.minimumShouldMatch, words.length, 1)),
  );
}

/** Words one after the other, moved by at most `slop`; with `prefix` the last word may go on. */
export function phraseQuery(
  context: QueryContext,
  path: string,
  text: unknown,
  slop = 0,
  prefix = false,
): CompiledQuery {
  const field = searchable(context, path);
  if (!field) return matchNone;
  if (field.type !== 'text') {
    return prefix ? prefixQuery(context, path, String(text)) : termQuery(context, path, text);
  }
  const words = tokensOf(String(text));
  if (words.length === 0) return matchNone;
  const wholeWords = prefix ? words.slice(0, -1) : words;
  const phrase = byTest((doc) => doc.tokens(field.sourcePath).some((tokens) => hasPhrase(tokens, words, slop, prefix)));
  // That the words are there at all is seen sooner than where they stand.
  const query = allOf([...wholeWords.map((word) => wordQuery(context, field, word, false)), phrase]);
  const marks = [{ path, positions: (tokens: readonly string[]) => phrasePositions(tokens, words, slop, prefix) }];
  return { ...query, marks };
}

export function existsQuery(context: QueryContext, path: string): CompiledQuery {
  if (path === '_id' || path === '_index' || path === '_source') return matchAll;
  const field = context.mapping.field(path);
  if (field) {
    if (path === logFields.time && context.mapping.alwaysTimed) return matchAll;
    const terms = field.sourcePath === path && field.nullValue === undefined ? [[existsTerm(path)]] : [];
    return onField(field, (doc) => hasValue(field, doc), terms);
  }
  const below = [...context.mapping.fields()].filter((other) => other.path.startsWith(`${path}.`));
  return someOf(below.map((other) => existsQuery(context, other.path)));
}

export function prefixQuery(context: QueryContext, path: string, prefix: string, ignoreCase = false): CompiledQuery {
  const wanted = ignoreCase ? prefix.toLowerCase() : prefix;
  const test = (text: string) => (ignoreCase ? text.toLowerCase() : text).startsWith(wanted);
  return patternQuery(context, path, 'prefix', test, (lowerText) => lowerText.includes(wanted));
}

export function wildcardQuery(context: QueryContext, path: string, pattern: string, ignoreCase = false): CompiledQuery {
  if (pattern === '*') return existsQuery(context, path);
  return patternQuery(context, path, 'wildcard', wildcardTest(pattern, ignoreCase), wildcardHint(pattern, ignoreCase));
}

export function regexpQuery(context: QueryContext, path: string, pattern: string, ignoreCase = false): CompiledQuery {
  return patternQuery(context, path, 'regexp', regexpTest(pattern, ignoreCase));
}

/** Words that differ by few changes, none of them in the first `prefixLength` characters. */
export function fuzzyQuery(
  context: QueryContext,
  path: string,
  word: string,
  fuzziness?: unknown,
  prefixLength = 0,
): CompiledQuery {
  const edits = editsFor(fuzziness, word);
  if (edits === 0) return termQuery(context, path, word);
  const wanted = Array.from(word);
  const head = wanted.slice(0, prefixLength).join('');
  return patternQuery(
    context,
    path,
    'fuzzy',
    (text) => text.startsWith(head) && withinEdits(Array.from(text), wanted, edits),
  );
}

/** `hint`: what the lower-case text as a whole must have, asked before it is split into words. */
function patternQuery(
  context: QueryContext,
  path: string,
  kind: string,
  test: (text: string) => boolean,
  hint: (lowerText: string) => boolean = () => true,
): CompiledQuery {
  if (path === '_id') return byTest((doc) => test(doc.id));
  if (path === '_index') return byTest((doc) => test(doc.index));
  const field = searchable(context, path);
  if (!field) return matchNone;
  if (field.type === 'text') {
    const source = field.sourcePath;
    const hinted = (doc: DocView) => doc.values(source).some((value) => hint(String(value).toLowerCase()));
    const query = byTest((doc) => hinted(doc) && doc.tokens(source).some((tokens) => tokens.some(test)));
    return { ...query, marks: [tokenMark(field.path, test)] };
  }
  if (field.type === 'keyword' || field.type === 'flattened') {
    return {
      ...onField(field, (doc) => textsOf(field, doc).some(test)),
      rollup: rollupTest(path, (text) => text !== '' && test(text)),
      marks: [tokenMark(path, test)],
    };
  }
  throw badRequest(
    `Can only use ${kind} queries on keyword, text and wildcard fields - not on [${path}] which is of type [${field.typeName}]`,
    'query_shard_exception',
  );
}
