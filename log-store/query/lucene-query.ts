import { tokensOf } from './analyze.ts';
import { allOf, matchAll, matchNone, noneOf, someOf, type CompiledQuery } from './compiled.ts';
import {
  existsQuery,
  fuzzyQuery,
  matchQuery,
  phraseQuery,
  prefixQuery,
  regexpQuery,
  wildcardQuery,
} from './field-queries.ts';
import { parseLucene, type LuceneNode } from './lucene.ts';
import { minimumShouldMatch } from './minimum-should-match.ts';
import { expandFields, tolerant } from './multi-match.ts';
import { booleanOf, onlyOptions, requiredString, stringOf, type Body } from './options.ts';
import type { QueryContext } from './query-context.ts';
import { rangeQuery } from './range.ts';
import { parseSimple } from './simple-query.ts';

const queryStringOptions =
  'query default_field fields default_operator analyzer quote_analyzer allow_leading_wildcard enable_position_increments fuzzy_max_expansions fuzziness fuzzy_prefix_length fuzzy_rewrite fuzzy_transpositions phrase_slop boost analyze_wildcard max_determinized_states minimum_should_match lenient quote_field_suffix time_zone tie_breaker type rewrite escape auto_generate_synonyms_phrase_query';
const simpleOptions =
  'query fields default_operator analyzer flags lenient minimum_should_match analyze_wildcard quote_field_suffix auto_generate_synonyms_phrase_query fuzzy_prefix_length fuzzy_max_expansions fuzzy_transpositions';

/** How the leaves of a query string are looked for. */
interface LeafOptions {
  readonly context: QueryContext;
  readonly operator: 'or' | 'and';
  readonly lenient: boolean;
  readonly fuzziness: unknown;
  readonly fuzzyPrefixLength: number;
  readonly phraseSlop: number;
  readonly timeZone: string | undefined;
  readonly minimum: unknown;
}

export function compileQueryString(body: Body, context: QueryContext): CompiledQuery {
  onlyOptions('query_string', body, queryStringOptions);
  const text = requiredString(body['query'], 'query_string', 'query');
  const operator = stringOf(body['default_operator'])?.toLowerCase() === 'and' ? 'and' : 'or';
  const given = stringOf(body['default_field']) ?? body['fields'];
  const node = parseLucene(text, operator, booleanOf(body['escape']));
  return compileNode(node, leafOptions(body, context, given, operator), true) ?? matchNone;
}

export function compileSimpleQueryString(body: Body, context: QueryContext): CompiledQuery {
  onlyOptions('simple_query_string', body, simpleOptions);
  const text = requiredString(body['query'], 'simple_query_string', 'query');
  const operator = stringOf(body['default_operator'])?.toLowerCase() === 'and' ? 'and' : 'or';
  const node = parseSimple(text, operator, body['flags']);
  return (
    compileNode(node, leafOptions({ ...body, fuzziness: undefined }, context, body['fields'], operator), true) ??
    matchNone
  );
}

function leafOptions(body: Body, context: QueryContext, given: unknown, operator: 'or' | 'and'): LeafOptions {
  const defaults = given === undefined ? context.defaultFields : expandFields(given, context);
  return {
    context: { ...context, defaultFields: defaults },
    operator,
    // Asking in all fields reaches those that cannot have such a value.
    lenient: body['lenient'] === undefined ? given === undefined || given === '*' : booleanOf(body['lenient']),
    fuzziness: body['fuzziness'] ?? 'AUTO',
    fuzzyPrefixLength: Number(body['fuzzy_prefix_length'] ?? 0),
    phraseSlop: Number(body['phrase_slop'] ?? 0),
    timeZone: stringOf(body['time_zone']),
    minimum: body['minimum_should_match'],
  };
}

/** `undefined` for what has no words at all, such as `"--"`: it counts as not written. */
function compileNode(node: LuceneNode, options: LeafOptions, outermost = false): CompiledQuery | undefined {
  if (node.kind === 'all') return matchAll;
  if (node.kind === 'nothing') return undefined;
  if (node.kind === 'exists') return existsQuery(options.context, node.field);
  if (node.kind === 'bool') {
    const of = (occur: string) =>
      node.clauses.flatMap((clause) => (clause.occur === occur ? (compileNode(clause.node, options) ?? []) : []));
    const [must, should, not] = [of('must'), of('should'), of('not')];
    if (must.length + should.length + not.length === 0) return undefined;
    const least = must.length === 0 && should.length > 0 ? 1 : 0;
    const minimum = outermost ? Math.max(least, minimumShouldMatch(options.minimum, should.length, least)) : least;
    return allOf([
      ...must,
      ...(minimum > 0 ? [someOf(should, minimum)] : []),
      ...(not.length > 0 ? [noneOf(not)] : []),
    ]);
  }
  const paths = node.field === undefined ? options.context.defaultFields : expandFields(node.field, options.context);
  const read = paths.filter((path) => !isWordless(node, path, options.context));
  if (paths.length > 0 && read.length === 0) return undefined;
  return someOf(
    read.map((path) =>
      options.lenient ? tolerant(() => compileLeaf(node, path, options)) : compileLeaf(node, path, options),
    ),
  );
}

function isWordless(node: Leaf, path: string, context: QueryContext): boolean {
  if (node.kind !== 'term' && node.kind !== 'phrase') return false;
  return context.mapping.field(path)?.type === 'text' && tokensOf(node.text).length === 0;
}

type Leaf = Exclude<LuceneNode, { kind: 'all' } | { kind: 'nothing' } | { kind: 'exists' } | { kind: 'bool' }>;

function compileLeaf(node: Leaf, path: string, options: LeafOptions): CompiledQuery {
  const { context } = options;
  const isText = context.mapping.field(path)?.type === 'text';
  const folded = (text: string) => (isText ? text.toLowerCase() : text);
  switch (node.kind) {
    case 'term':
      if (node.fuzzy === undefined) {
        return matchQuery(context, path, node.text, {
          operator: options.operator,
          minimumShouldMatch: options.minimum,
        });
      }
      return fuzzyQuery(
        context,
        path,
        folded(node.text),
        node.fuzzy === 'AUTO' ? options.fuzziness : node.fuzzy,
        options.fuzzyPrefixLength,
      );
    case 'phrase':
      return phraseQuery(context, path, node.text, node.slop ?? options.phraseSlop);
    case 'prefix':
      return prefixQuery(context, path, folded(node.text));
    case 'wildcard':
      return wildcardQuery(context, path, folded(node.pattern));
    case 'regexp':
      return regexpQuery(context, path, folded(node.pattern));
    case 'range':
      return rangeQuery(context, path, {
        ...node,
        ...(isText ? foldedEnds(node) : {}),
        timeZone: options.timeZone,
      });
  }
}

function foldedEnds(range: Extract<LuceneNode, { kind: 'range' }>): Readonly<Record<string, string>> {
  const ends: Record<string, string> = {};
  for (const end of ['gt', 'gte', 'lt', 'lte'] as const) {
    const value = range[end];
    if (value !== undefined) ends[end] = value.toLowerCase();
  }
  return ends;
}
