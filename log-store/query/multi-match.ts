import { parsingError, StoreError } from '../engine/store-error.ts';
import { globMatches } from '../mapping/glob.ts';
import { textOf } from '../text-of.ts';
import { tokensOf } from './analyze.ts';
import { allOf, matchNone, someOf, type CompiledQuery } from './compiled.ts';
import { matchQuery, phraseQuery } from './field-queries.ts';
import { minimumShouldMatch } from './minimum-should-match.ts';
import { booleanOf, onlyOptions, stringOf, type Body } from './options.ts';
import type { QueryContext } from './query-context.ts';

const options =
  'query fields type operator minimum_should_match fuzziness prefix_length max_expansions slop tie_breaker lenient analyzer zero_terms_query fuzzy_rewrite fuzzy_transpositions auto_generate_synonyms_phrase_query cutoff_frequency';

/** `multi_match`: the same words in several fields; `cross_fields` looks at each word in all of them. */
export function multiMatchQuery(body: Body, context: QueryContext): CompiledQuery {
  onlyOptions('multi_match', body, options);
  const text = body['query'];
  if (text === undefined || text === null) throw parsingError('No text specified for multi_match query');
  const type = stringOf(body['type']) ?? 'best_fields';
  const operator = stringOf(body['operator'])?.toLowerCase() ?? 'or';
  const given = body['fields'];
  const paths = given === undefined ? context.defaultFields : expandFields(given, context);
  // Default fields are of every type: those that cannot have such a value do not match.
  const lenient = body['lenient'] === undefined ? given === undefined : booleanOf(body['lenient']);
  const each = (compile: (path: string) => CompiledQuery) =>
    someOf(paths.map((path) => (lenient ? tolerant(() => compile(path)) : compile(path))));
  const match = {
    operator,
    minimumShouldMatch: body['minimum_should_match'],
    fuzziness: body['fuzziness'],
    fuzzyPrefixLength: Number(body['prefix_length'] ?? 0),
  };
  switch (type) {
    case 'phrase':
    case 'phrase_prefix':
      return each((path) => phraseQuery(context, path, text, Number(body['slop'] ?? 0), type === 'phrase_prefix'));
    case 'bool_prefix':
      return each((path) => matchQuery(context, path, text, { ...match, prefix: true }));
    case 'best_fields':
    case 'most_fields':
      return each((path) => matchQuery(context, path, text, match));
    case 'cross_fields': {
      const words = tokensOf(textOf(text)).map((word) => each((path) => matchQuery(context, path, word)));
      if (words.length === 0) return matchNone;
      return operator === 'and'
        ? allOf(words)
        : someOf(words, Math.max(1, minimumShouldMatch(body['minimum_should_match'], words.length, 1)));
    }
    default:
      throw parsingError(`failed to parse [multi_match] query type [${type}]. unknown type.`, ['type']);
  }
}

/** Names with wildcards and boosts (`message^2`, `kubernetes.*`, `*`) as the fields of the index that they stand for. */
export function expandFields(fields: unknown, context: QueryContext): readonly string[] {
  const names = (Array.isArray(fields) ? fields : [fields ?? '*']).map((name) => String(name).replace(/\^[\d.]+$/, ''));
  return names.flatMap((name) => {
    if (!name.includes('*')) return [name];
    return [...context.mapping.fields()].filter((field) => globMatches(name, field.path)).map((field) => field.path);
  });
}

/** A query on a field that cannot have such a value matches nothing. */
export function tolerant(compile: () => CompiledQuery): CompiledQuery {
  try {
    return compile();
  } catch (error) {
    if (error instanceof StoreError) return matchNone;
    throw error;
  }
}
