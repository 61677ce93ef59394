import { idTerm } from '../engine/doc-terms.ts';
import { badRequest, ParsingError, parsingError, StoreError, unknownOption, within } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';
import { allOf, matchAll, matchNone, noneOf, someOf, type CompiledQuery } from './compiled.ts';
import {
  existsQuery,
  fuzzyQuery,
  idsQuery,
  matchQuery,
  phraseQuery,
  prefixQuery,
  regexpQuery,
  termQuery,
  wildcardQuery,
} from './field-queries.ts';
import { compileQueryString, compileSimpleQueryString } from './lucene-query.ts';
import { minimumShouldMatch } from './minimum-should-match.ts';
import { multiMatchQuery } from './multi-match.ts';
import { booleanOf, objectOf, onlyOptions, requiredString, single, stringOf, valueOf, type Body } from './options.ts';
import type { QueryContext } from './query-context.ts';
import { rangeQuery } from './range.ts';
import { zoneOffset } from './time-zone.ts';

/** Queries nested deeper than this are refused. */
const MAX_DEPTH = 30;
/** Clauses of one bool, values of one terms query. */
const MAX_CLAUSES = 65_536;
/** Ids that blooms are asked for one by one. */
const MAX_ID_TERMS = 64;

type Compile = (body: Body, context: QueryContext, depth: number) => CompiledQuery;

/** Makes a query of Elasticsearch's DSL ready for one index. Throws a 400 that says which part is wrong. */
export function compileQuery(query: unknown, context: QueryContext): CompiledQuery {
  try {
    return compileClause(query, context, 0);
  } catch (error) {
    // Well-formed, but this index cannot answer it.
    if (error instanceof StoreError && !(error instanceof ParsingError) && shardTypes.has(error.type)) {
      throw new StoreError(400, 'query_shard_exception', `failed to create query: ${error.message}`);
    }
    throw error;
  }
}

const shardTypes: ReadonlySet<string> = new Set(['illegal_argument_exception', 'number_format_exception']);

function compileClause(query: unknown, context: QueryContext, depth: number): CompiledQuery {
  if (query === undefined || query === null) return matchAll;
  if (depth > MAX_DEPTH) throw parsingError(`the query is nested deeper than ${MAX_DEPTH}`);
  const body = objectOf(query, 'query');
  const names = Object.keys(body);
  const name = names[0];
  if (name === undefined) throw badRequest('query malformed, empty clause found');
  if (names.length > 1) {
    throw parsingError(
      `[${name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]`,
      [String(names[1])],
      'key',
    );
  }
  const compile = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!compile) throw parsingError(`unknown query [${name}]`, [name]);
  return within(name, () => compile(objectOf(body[name], name), context, depth + 1));
}

const kinds: Readonly<Record<string, Compile>> = {
  match_all: (body) => {
    onlyOptions('match_all', body, '');
    return matchAll;
  },
  match_none: () => matchNone,
  bool: compileBool,
  term: (body, context) => {
    const [path, spec] = single(body, 'term');
    if (Array.isArray(spec)) throw parsingError('[term] query does not support array of values', [path]);
    const { value, options } = valueOf(spec, 'value');
    within(path, () => onlyOptions('term', options, 'value term case_insensitive'));
    const wanted = value ?? options['term'];
    if (wanted === null || wanted === undefined) throw badRequest('value cannot be null');
    return termQuery(context, path, wanted, booleanOf(options['case_insensitive']));
  },
  terms: (body, context) => {
    const [path, values] = single(body, 'terms');
    if (!Array.isArray(values)) {
      throw parsingError(
        `[terms] query requires an array of values for [${path}]; looking terms up in documents is not supported`,
        [path],
      );
    }
    if (values.length > MAX_CLAUSES) {
      throw badRequest(
        `The number of terms [${values.length}] used in the Terms Query request has exceeded the allowed maximum of [${MAX_CLAUSES}].`,
      );
    }
    if (path === '_id') return idsWithTerms(values.map(String));
    return someOf(values.map((value) => termQuery(context, path, value)));
  },
  ids: (body) => {
    onlyOptions('ids', body, 'values type');
    const values = body['values'];
    if (values === undefined) throw parsingError('[ids] requires providing [values]');
    return idsWithTerms((Array.isArray(values) ? values : [values]).map(String));
  },
  match: (body, context) => {
    const [path, spec] = single(body, 'match');
    const { value, options } = valueOf(spec, 'query');
    within(path, () => onlyOptions('match', options, matchOptions));
    return lenientUnless(options['lenient'], () =>
      matchQuery(context, path, requiredValue(value, 'match', path), {
        operator: operatorOf(options['operator']),
        minimumShouldMatch: options['minimum_should_match'],
        fuzziness: options['fuzziness'],
        fuzzyPrefixLength: Number(options['prefix_length'] ?? 0),
        zeroTerms: String(options['zero_terms_query']).toLowerCase() === 'all' ? 'all' : 'none',
      }),
    );
  },
  match_phrase: (body, context) => phrase(body, context, 'match_phrase', false),
  match_phrase_prefix: (body, context) => phrase(body, context, 'match_phrase_prefix', true),
  match_bool_prefix: (body, context) => {
    const [path, spec] = single(body, 'match_bool_prefix');
    const { value, options } = valueOf(spec, 'query');
    within(path, () => onlyOptions('match_bool_prefix', options, matchOptions));
    return matchQuery(context, path, requiredValue(value, 'match_bool_prefix', path), {
      operator: operatorOf(options['operator']),
      minimumShouldMatch: options['minimum_should_match'],
      fuzziness: options['fuzziness'],
      fuzzyPrefixLength: Number(options['prefix_length'] ?? 0),
      prefix: true,
    });
  },
  multi_match: multiMatchQuery,
  range: (body, context) => {
    const [path, spec] = single(body, 'range');
    const bounds = within(path, () => objectOf(spec, 'range'));
    within(path, () => onlyOptions('range', bounds, rangeOptions));
    return rangeQuery(context, path, {
      gt: bounds['gt'] ?? (bounds['include_lower'] === false ? bounds['from'] : undefined),
      gte: bounds['gte'] ?? (bounds['include_lower'] === false ? undefined : bounds['from']),
      lt: bounds['lt'] ?? (bounds['include_upper'] === false ? bounds['to'] : undefined),
      lte: bounds['lte'] ?? (bounds['include_upper'] === false ? undefined : bounds['to']),
      timeZone: zoneOf(bounds['time_zone']),
      format: stringOf(bounds['format']),
    });
  },
  exists: (body, context) => {
    onlyOptions('exists', body, 'field');
    return existsQuery(context, requiredString(body['field'], 'exists', 'field'));
  },
  prefix: (body, context) => {
    const { path, text, ignoreCase } = patternOf(body, 'prefix', 'value prefix case_insensitive rewrite');
    return prefixQuery(context, path, text, ignoreCase);
  },
  wildcard: (body, context) => {
    const { path, text, ignoreCase } = patternOf(body, 'wildcard', 'value wildcard case_insensitive rewrite');
    return wildcardQuery(context, path, text, ignoreCase);
  },
  regexp: (body, context) => {
    const known = 'value regexp case_insensitive rewrite flags flags_value max_determinized_states';
    const { path, text, ignoreCase } = patternOf(body, 'regexp', known);
    return regexpQuery(context, path, text, ignoreCase);
  },
  fuzzy: (body, context) => {
    const [path, spec] = single(body, 'fuzzy');
    const { value, options } = valueOf(spec, 'value');
    within(path, () =>
      onlyOptions('fuzzy', options, 'value term fuzziness prefix_length max_expansions transpositions rewrite'),
    );
    return fuzzyQuery(context, path, String(value), options['fuzziness'], Number(options['prefix_length'] ?? 0));
  },
  query_string: compileQueryString,
  simple_query_string: compileSimpleQueryString,
  constant_score: (body, context, depth) => {
    if (body['filter'] === undefined) throw parsingError("[constant_score] requires a 'filter' element");
    return within('filter', () => compileClause(body['filter'], context, depth));
  },
  function_score: (body, context, depth) => within('query', () => compileClause(body['query'], context, depth)),
  nested: (body, context, depth) => within('query', () => compileClause(body['query'], context, depth)),
  dis_max: (body, context, depth) => {
    if (body['queries'] === undefined)
      throw parsingError("[dis_max] requires 'queries' field with at least one clause");
    return someOf(clauses(body, 'queries', context, depth));
  },
  boosting: (body, context, depth) => within('positive', () => compileClause(body['positive'], context, depth)),
};

const matchOptions =
  'query operator minimum_should_match fuzziness prefix_length max_expansions fuzzy_rewrite fuzzy_transpositions zero_terms_query lenient analyzer auto_generate_synonyms_phrase_query cutoff_frequency';
const rangeOptions = 'gt gte lt lte from to include_lower include_upper format time_zone relation';

function compileBool(body: Body, context: QueryContext, depth: number): CompiledQuery {
  const known = 'must filter should must_not mustNot minimum_should_match adjust_pure_negative boost _name'.split(' ');
  for (const name of Object.keys(body)) if (!known.includes(name)) throw unknownOption('bool', name);
  const required = [...clauses(body, 'must', context, depth), ...clauses(body, 'filter', context, depth)];
  const should = clauses(body, 'should', context, depth);
  const not = clauses(body, body['mustNot'] === undefined ? 'must_not' : 'mustNot', context, depth);
  const parts = [...required];
  if (required.length + should.length === 0) return not.length > 0 ? noneOf(not) : matchAll;
  // Without a clause that must match, at least one that should has to.
  const least = required.length === 0 && should.length > 0 ? 1 : 0;
  const minimum = Math.max(least, minimumShouldMatch(body['minimum_should_match'], should.length, least));
  if (minimum > 0) parts.push(someOf(should, minimum));
  if (not.length > 0) parts.push(noneOf(not));
  return allOf(parts);
}

function clauses(body: Body, name: string, context: QueryContext, depth: number): CompiledQuery[] {
  const given = body[name];
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) return [within(name, () => compileClause(given, context, depth))];
  if (given.length > MAX_CLAUSES) throw badRequest(`maxClauseCount is set to ${MAX_CLAUSES}`, 'too_many_clauses');
  return given.map((clause: unknown, n) =>
    within(name, () => within(n, () => compileClause(objectOf(clause, name), context, depth))),
  );
}

function phrase(body: Body, context: QueryContext, name: string, prefix: boolean): CompiledQuery {
  const [path, spec] = single(body, name);
  const { value, options } = valueOf(spec, 'query');
  const known = `query slop analyzer zero_terms_query${prefix ? ' max_expansions' : ''}`;
  within(path, () => onlyOptions(name, options, known));
  const slop = Number(options['slop'] ?? 0);
  if (!(slop >= 0)) throw badRequest('No negative slop allowed.');
  return phraseQuery(context, path, requiredValue(value, name, path), slop, prefix);
}

function patternOf(body: Body, name: string, known: string): { path: string; text: string; ignoreCase: boolean } {
  const [path, spec] = single(body, name);
  const { value, options } = valueOf(spec, 'value');
  within(path, () => onlyOptions(name, options, known));
  const text = value ?? options[name];
  if (text === undefined || text === null) throw badRequest('value cannot be null');
  return { path, text: textOf(text), ignoreCase: booleanOf(options['case_insensitive']) };
}

function requiredValue(value: unknown, name: string, path: string): unknown {
  if (value === undefined || value === null)
    throw parsingError(`No text specified for [${name}] query on [${path}]`, [path]);
  if (typeof value === 'object') throw parsingError(`[${name}] unknown token in value of [${path}]`, [path]);
  return value;
}

function lenientUnless(lenient: unknown, compile: () => CompiledQuery): CompiledQuery {
  if (!booleanOf(lenient)) return compile();
  try {
    return compile();
  } catch {
    return matchNone;
  }
}

function operatorOf(value: unknown): 'or' | 'and' {
  const text = value === undefined || value === null ? 'or' : textOf(value).toLowerCase();
  if (text !== 'or' && text !== 'and') throw badRequest(`No enum constant Operator.${text.toUpperCase()}`);
  return text;
}

function idsWithTerms(ids: readonly string[]): CompiledQuery {
  const few = ids.length > 0 && ids.length <= MAX_ID_TERMS;
  return { ...idsQuery(ids), terms: few ? [ids.map(idTerm)] : [] };
}

function zoneOf(zone: unknown): string | undefined {
  if (zone === undefined || zone === null) return undefined;
  const text = textOf(zone);
  zoneOffset(text);
  return text;
}
