import { compareNanoTime, type NanoTime } from '../../lib/nano-time.ts';
import { logFields } from '../../lib/log-record.ts';
import { existsTerm, keywordOfTextTerm, numberTerms, valueTerm } from '../engine/doc-terms.ts';
import { TokenTest } from '../engine/token-scan.ts';
import { badRequest } from '../engine/store-error.ts';
import type { Field, IndexMapping } from '../mapping/index-mapping.ts';
import { tokensOf } from './analyze.ts';
import { allOf, byTest, matchNone, someOf, type CompiledQuery } from './compiled.ts';
import { parseDate } from './dates.ts';
import { regexpPattern, wildcardPattern } from './patterns.ts';
import { textOf } from '../text-of.ts';

/** What a query is compiled against. */
export interface QueryContext {
  readonly mapping: IndexMapping;
  readonly nowMs: number;
  /** Fields that words without a field are looked for in. */
  readonly defaultFields: readonly string[];
}

/** Queries on one field. Each returns `matchNone` when the index has no such field: nothing can match. */

export function termQuery(context: QueryContext, path: string, value: unknown, ignoreCase = false): CompiledQuery {
  if (path === '_id') return idsQuery([String(value)]);
  if (path === '_index') return byTest((doc) => doc.index === value);
  const field = context.mapping.field(path);
  if (!field) return matchNone;
  switch (field.type) {
    case 'number': {
      const number = Number(value);
      if (Number.isNaN(number)) throw badRequest(`For input string: "${String(value)}"`, 'query_shard_exception');
      return byTest((doc) => doc.values(path).some((item) => Number(item) === number), numberTerms(path, number));
    }
    case 'boolean': {
      const wanted = String(value);
      return byTest((doc) => doc.values(path).some((item) => String(item) === wanted), [[valueTerm(path, wanted)]]);
    }
    case 'date':
      return rangeQuery(context, path, { gte: value, lte: value });
    case 'text': {
      const wanted = ignoreCase ? String(value).toLowerCase() : String(value);
      const token = new TokenTest(wanted);
      return byTest((doc) => doc.hasToken(field.sourcePath, token), [[valueTerm(field.sourcePath, wanted)]]);
    }
    case 'flattened': {
      const wanted = String(value);
      return byTest((doc) => leavesOf(doc.values(path)).includes(wanted), [[valueTerm(path, wanted)]]);
    }
    case 'keyword':
    case 'ip':
    case 'object': {
      const wanted = String(value);
      if (ignoreCase) {
        const lower = wanted.toLowerCase();
        return byTest((doc) => doc.values(field.sourcePath).some((item) => String(item).toLowerCase() === lower));
      }
      const exact = byTest(
        (doc) => doc.values(field.sourcePath).some((item) => String(item) === wanted),
        [[keywordTerm(context, field, wanted)]],
      );
      return { ...exact, rollup: rollupTest(path, (text) => text === wanted) };
    }
  }
}

export function idsQuery(ids: readonly string[]): CompiledQuery {
  const wanted = new Set(ids);
  return byTest((doc) => wanted.has(doc.id));
}

/** The words of `text` in a text field; for other fields the value itself. */
export function matchQuery(
  context: QueryContext,
  path: string,
  text: unknown,
  options: { readonly operator?: string; readonly minimumShouldMatch?: unknown; readonly fuzzy?: boolean } = {},
): CompiledQuery {
  const field = context.mapping.field(path);
  if (!field) return matchNone;
  if (field.type !== 'text') return lenientTerm(context, path, text);
  const tokens = [...new Set(tokensOf(String(text)))];
  const words = tokens.map((token) =>
    options.fuzzy ? fuzzyQuery(context, path, token) : termQuery(context, path, token),
  );
  if (words.length === 0) return matchNone;
  if (options.operator?.toLowerCase() === 'and') return allOf(words);
  return someOf(words, minimumOf(options.minimumShouldMatch, words.length, 1));
}

/** Words one after the other, at most `slop` others between them; with `prefix` the last word may go on. */
export function phraseQuery(
  context: QueryContext,
  path: string,
  text: unknown,
  slop = 0,
  prefix = false,
): CompiledQuery {
  const field = context.mapping.field(path);
  if (!field) return matchNone;
  if (field.type !== 'text') {
    return prefix ? prefixQuery(context, path, String(text)) : lenientTerm(context, path, text);
  }
  const words = tokensOf(String(text));
  if (words.length === 0) return matchNone;
  const exactWords = prefix ? words.slice(0, -1) : words;
  return byTest(
    (doc) => doc.tokens(field.sourcePath).some((tokens) => hasPhrase(tokens, words, slop, prefix)),
    exactWords.map((word) => [valueTerm(field.sourcePath, word)]),
  );
}

function hasPhrase(tokens: readonly string[], words: readonly string[], slop: number, prefix: boolean): boolean {
  const last = words.length - 1;
  const fits = (token: string | undefined, n: number) =>
    token !== undefined && (prefix && n === last ? token.startsWith(words[n] ?? '') : token === words[n]);
  for (let start = 0; start < tokens.length; start++) {
    if (!fits(tokens[start], 0)) continue;
    let at = start;
    let gaps = slop;
    let n = 1;
    for (; n <= last; n++) {
      let next = at + 1;
      while (gaps > 0 && !fits(tokens[next], n) && next < tokens.length) {
        next++;
        gaps--;
      }
      if (!fits(tokens[next], n)) break;
      at = next;
    }
    if (n > last) return true;
  }
  return false;
}

export function existsQuery(context: QueryContext, path: string): CompiledQuery {
  if (path === '_id' || path === '_index' || path === '_source') return byTest(() => true);
  const field = context.mapping.field(path);
  if (field) {
    const terms = context.mapping.field(field.sourcePath) && field.sourcePath === path ? [[existsTerm(path)]] : [];
    return byTest((doc) => doc.values(field.sourcePath).length > 0, terms);
  }
  const below = [...context.mapping.fields()].filter((other) => other.path.startsWith(`${path}.`));
  return someOf(below.map((other) => existsQuery(context, other.path)));
}

export interface RangeBounds {
  readonly gt?: unknown;
  readonly gte?: unknown;
  readonly lt?: unknown;
  readonly lte?: unknown;
  readonly timeZone?: string | undefined;
}

export function rangeQuery(context: QueryContext, path: string, bounds: RangeBounds): CompiledQuery {
  const field = context.mapping.field(path);
  if (!field) return matchNone;
  if (field.type === 'date') return dateRange(context, field, bounds);
  if (field.type === 'number') {
    const test = numberTest(bounds);
    return byTest((doc) => doc.values(path).some((item) => test(Number(item))));
  }
  const test = textTest(bounds);
  if (field.type === 'text') return byTest((doc) => doc.tokens(field.sourcePath).some((tokens) => tokens.some(test)));
  return byTest((doc) => doc.values(field.sourcePath).some((item) => test(String(item))));
}

function dateRange(context: QueryContext, field: Field, bounds: RangeBounds): CompiledQuery {
  const at = (value: unknown, rounding: 'up' | 'down') =>
    value === undefined || value === null ? undefined : parseDate(value, context.nowMs, rounding, bounds.timeZone);
  const gte = at(bounds.gte, 'down');
  const gt = at(bounds.gt, 'up');
  const lte = at(bounds.lte, 'up');
  const lt = at(bounds.lt, 'down');
  const test = (time: NanoTime) =>
    (!gte || compareNanoTime(time, gte) >= 0) &&
    (!gt || compareNanoTime(time, gt) > 0) &&
    (!lte || compareNanoTime(time, lte) <= 0) &&
    (!lt || compareNanoTime(time, lt) < 0);
  if (field.path !== logFields.time) {
    return byTest((doc) =>
      doc.values(field.sourcePath).some((value) => {
        try {
          return test(parseDate(value, context.nowMs));
        } catch {
          return false;
        }
      }),
    );
  }
  return {
    matches: test,
    terms: [],
    fromMs: Math.max(gte?.ms ?? -Infinity, gt?.ms ?? -Infinity),
    toMs: Math.min(lte?.ms ?? Infinity, lt?.ms ?? Infinity),
    rollup: () => true,
  };
}

function numberTest(bounds: RangeBounds): (value: number) => boolean {
  const number = (value: unknown) => {
    if (value === undefined || value === null) return undefined;
    const parsed = Number(value);
    if (Number.isNaN(parsed)) throw badRequest(`For input string: "${textOf(value)}"`, 'number_format_exception');
    return parsed;
  };
  const [gt, gte, lt, lte] = [number(bounds.gt), number(bounds.gte), number(bounds.lt), number(bounds.lte)];
  return (value) =>
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte);
}

function textTest(bounds: RangeBounds): (value: string) => boolean {
  const text = (value: unknown) => (value === undefined || value === null ? undefined : textOf(value));
  const [gt, gte, lt, lte] = [text(bounds.gt), text(bounds.gte), text(bounds.lt), text(bounds.lte)];
  return (value) =>
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte);
}

export function prefixQuery(context: QueryContext, path: string, prefix: string, ignoreCase = false): CompiledQuery {
  const wanted = ignoreCase ? prefix.toLowerCase() : prefix;
  return patternQuery(context, path, (text) => (ignoreCase ? text.toLowerCase() : text).startsWith(wanted));
}

export function wildcardQuery(context: QueryContext, path: string, pattern: string, ignoreCase = false): CompiledQuery {
  if (pattern === '*') return existsQuery(context, path);
  const regexp = wildcardPattern(pattern, ignoreCase);
  return patternQuery(context, path, (text) => regexp.test(text));
}

export function regexpQuery(context: QueryContext, path: string, pattern: string, ignoreCase = false): CompiledQuery {
  const regexp = regexpPattern(pattern, ignoreCase);
  return patternQuery(context, path, (text) => regexp.test(text));
}

/** Words at most two edits away (one below six letters, none below three), as fuzziness AUTO. */
export function fuzzyQuery(context: QueryContext, path: string, word: string, edits?: number): CompiledQuery {
  const allowed = edits ?? (word.length < 3 ? 0 : word.length < 6 ? 1 : 2);
  if (allowed === 0) return termQuery(context, path, word);
  return patternQuery(context, path, (text) => withinEdits(text, word, allowed));
}

function patternQuery(context: QueryContext, path: string, test: (text: string) => boolean): CompiledQuery {
  if (path === '_id') return byTest((doc) => test(doc.id));
  const field = context.mapping.field(path);
  if (!field) return matchNone;
  if (field.type === 'text') return byTest((doc) => doc.tokens(field.sourcePath).some((tokens) => tokens.some(test)));
  if (field.type === 'flattened') return byTest((doc) => leavesOf(doc.values(path)).some(test));
  return byTest((doc) => doc.values(field.sourcePath).some((item) => test(String(item))));
}

function lenientTerm(context: QueryContext, path: string, value: unknown): CompiledQuery {
  return termQuery(context, path, value);
}

function keywordTerm(context: QueryContext, field: Field, value: string): number {
  if (field.sourcePath === field.path) return valueTerm(field.path, value);
  const parent = context.mapping.field(field.sourcePath);
  return parent?.type === 'text' ? keywordOfTextTerm(field.sourcePath, value) : valueTerm(field.sourcePath, value);
}

function rollupTest(path: string, test: (text: string) => boolean): CompiledQuery['rollup'] {
  if (path === logFields.stream) return (entry) => test(entry.stream);
  if (path === logFields.level) return (entry) => test(entry.level);
  return undefined;
}

function leavesOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) =>
    typeof value === 'object' && value !== null ? leavesOf(Object.values(value)) : [String(value)],
  );
}

/** How many of `count` must match: `2`, `-1`, `75%`. */
export function minimumOf(spec: unknown, count: number, fallback: number): number {
  if (spec === undefined || spec === null) return fallback;
  const text = textOf(spec);
  const amount = text.endsWith('%') ? Math.trunc((Number.parseInt(text, 10) / 100) * count) : Number.parseInt(text, 10);
  if (Number.isNaN(amount)) throw badRequest(`minimum_should_match [${text}] is not a number or percentage`);
  return Math.max(0, amount < 0 || text.startsWith('-') ? count + amount : amount);
}

function withinEdits(a: string, b: string, limit: number): boolean {
  if (Math.abs(a.length - b.length) > limit) return false;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return (row[b.length] ?? Infinity) <= limit;
}
