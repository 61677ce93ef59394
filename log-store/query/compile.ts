import { badRequest, parsingError, StoreError } from '../engine/store-error.ts';
import { idTerm } from '../engine/doc-terms.ts';
import { globMatches } from '../mapping/index-mapping.ts';
import { allOf, matchAll, matchNone, noneOf, someOf, type CompiledQuery } from './compiled.ts';
import {
  existsQuery,
  fuzzyQuery,
  idsQuery,
  matchQuery,
  minimumOf,
  phraseQuery,
  prefixQuery,
  rangeQuery,
  regexpQuery,
  termQuery,
  wildcardQuery,
  type QueryContext,
} from './field-queries.ts';
import { parseLucene, type LuceneNode } from './lucene.ts';
import { parseSimple } from './simple-query.ts';
import { textOf } from '../text-of.ts';

/** Queries nested deeper than this are refused. */
const MAX_DEPTH = 30;
/** Clauses of one bool, values of one terms query. */
const MAX_CLAUSES = 65_536;

type Body = Readonly<Record<string, unknown>>;
type Compile = (body: Body, context: QueryContext, depth: number) => CompiledQuery;

/** Makes a query of Elasticsearch's DSL ready for one index. Throws a 400 that says which part is wrong. */
export function compileQuery(query: unknown, context: QueryContext, depth = 0): CompiledQuery {
  if (query === undefined || query === null) return matchAll;
  if (depth > MAX_DEPTH) throw parsingError(`the query is nested deeper than ${MAX_DEPTH}`);
  const body = objectOf(query, 'query');
  const names = Object.keys(body);
  const name = names[0];
  if (name === undefined) throw badRequest('query malformed, empty clause found');
  if (names.length > 1) throw parsingError(`[${name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]`);
  const compile = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!compile) throw parsingError(`unknown query [${name}]`);
  return compile(objectOf(body[name], name), context, depth + 1);
}

const kinds: Readonly<Record<string, Compile>> = {
  match_all: () => matchAll,
  match_none: () => matchNone,
  bool: compileBool,
  term: (body, context) => {
    const [path, spec] = single(body, 'term');
    const { value, options } = valueOf(spec, 'value');
    return termQuery(context, path, value, options['case_insensitive'] === true);
  },
  terms: (body, context) => {
    const [path, values] = single(withoutOptions(body), 'terms');
    if (!Array.isArray(values)) throw parsingError(`[terms] query requires an array of values for [${path}]`);
    if (values.length > MAX_CLAUSES) throw badRequest(`[terms] has more than ${MAX_CLAUSES} values`);
    if (path === '_id') return idsWithTerms(values.map(String));
    return someOf(values.map((value) => termQuery(context, path, value)));
  },
  ids: (body) => idsWithTerms(Array.isArray(body['values']) ? body['values'].map(String) : []),
  match: (body, context) => {
    const [path, spec] = single(body, 'match');
    const { value, options } = valueOf(spec, 'query');
    return matchQuery(context, path, value, {
      operator: stringOf(options['operator']) ?? 'or',
      minimumShouldMatch: options['minimum_should_match'],
      fuzzy: options['fuzziness'] !== undefined,
    });
  },
  match_phrase: (body, context) => {
    const [path, spec] = single(body, 'match_phrase');
    const { value, options } = valueOf(spec, 'query');
    return phraseQuery(context, path, value, Number(options['slop'] ?? 0));
  },
  match_phrase_prefix: (body, context) => phrasePrefix(body, context, 'match_phrase_prefix'),
  match_bool_prefix: (body, context) => phrasePrefix(body, context, 'match_bool_prefix'),
  multi_match: (body, context) => {
    const text = body['query'];
    const options = { operator: stringOf(body['operator']) ?? 'or', minimumShouldMatch: body['minimum_should_match'] };
    const type = stringOf(body['type']) ?? 'best_fields';
    return someOf(
      expandFields(body['fields'], context).map((path) =>
        tolerant(() =>
          type.startsWith('phrase')
            ? phraseQuery(context, path, text, Number(body['slop'] ?? 0), type === 'phrase_prefix')
            : matchQuery(context, path, text, options),
        ),
      ),
    );
  },
  range: (body, context) => {
    const [path, spec] = single(body, 'range');
    const bounds = objectOf(spec, 'range');
    const known = [
      'gt',
      'gte',
      'lt',
      'lte',
      'from',
      'to',
      'include_lower',
      'include_upper',
      'format',
      'time_zone',
      'boost',
      'relation',
    ];
    for (const name of Object.keys(bounds)) {
      if (!known.includes(name)) throw parsingError(`[range] query does not support [${name}]`);
    }
    return rangeQuery(context, path, {
      gt: bounds['gt'] ?? (bounds['include_lower'] === false ? bounds['from'] : undefined),
      gte: bounds['gte'] ?? (bounds['include_lower'] === false ? undefined : bounds['from']),
      lt: bounds['lt'] ?? (bounds['include_upper'] === false ? bounds['to'] : undefined),
      lte: bounds['lte'] ?? (bounds['include_upper'] === false ? undefined : bounds['to']),
      timeZone: zoneOf(bounds['time_zone']),
    });
  },
  exists: (body, context) => existsQuery(context, requiredString(body['field'], 'exists', 'field')),
  prefix: (body, context) => {
    const [path, spec] = single(body, 'prefix');
    const { value, options } = valueOf(spec, 'value');
    return prefixQuery(context, path, String(value), options['case_insensitive'] === true);
  },
  wildcard: (body, context) => {
    const [path, spec] = single(body, 'wildcard');
    const { value, options } = valueOf(spec, 'value');
    return wildcardQuery(context, path, String(value ?? options['wildcard']), options['case_insensitive'] === true);
  },
  regexp: (body, context) => {
    const [path, spec] = single(body, 'regexp');
    const { value, options } = valueOf(spec, 'value');
    return regexpQuery(context, path, String(value), options['case_insensitive'] === true);
  },
  fuzzy: (body, context) => {
    const [path, spec] = single(body, 'fuzzy');
    const { value, options } = valueOf(spec, 'value');
    const fuzziness = options['fuzziness'];
    const edits = fuzziness === undefined || textOf(fuzziness).startsWith('AUTO') ? undefined : Number(fuzziness);
    return fuzzyQuery(context, path, String(value), edits);
  },
  query_string: (body, context) => {
    const text = requiredString(body['query'], 'query_string', 'query');
    const operator = stringOf(body['default_operator'])?.toLowerCase() === 'and' ? 'and' : 'or';
    const fields = stringOf(body['default_field']) ?? body['fields'];
    const defaults = fields === undefined ? context.defaultFields : expandFields(fields, context);
    const node = parseLucene(text, operator);
    return compileLucene(node, { ...context, defaultFields: defaults }, operator);
  },
  simple_query_string: (body, context) => {
    const text = requiredString(body['query'], 'simple_query_string', 'query');
    const operator = stringOf(body['default_operator'])?.toLowerCase() === 'and' ? 'and' : 'or';
    const defaults = body['fields'] === undefined ? context.defaultFields : expandFields(body['fields'], context);
    return compileLucene(parseSimple(text, operator), { ...context, defaultFields: defaults }, operator);
  },
  constant_score: (body, context, depth) => compileQuery(body['filter'], context, depth),
  function_score: (body, context, depth) => compileQuery(body['query'], context, depth),
  nested: (body, context, depth) => compileQuery(body['query'], context, depth),
  dis_max: (body, context, depth) => someOf(listOf(body['queries']).map((part) => compileQuery(part, context, depth))),
  boosting: (body, context, depth) => compileQuery(body['positive'], context, depth),
};

function compileBool(body: Body, context: QueryContext, depth: number): CompiledQuery {
  for (const name of Object.keys(body)) {
    if (
      ![
        'must',
        'filter',
        'should',
        'must_not',
        'minimum_should_match',
        'boost',
        'adjust_pure_negative',
        '_name',
      ].includes(name)
    ) {
      throw parsingError(`[bool] query does not support [${name}]`);
    }
  }
  const part = (name: string) => listOf(body[name]).map((clause) => compileQuery(clause, context, depth));
  const required = [...part('must'), ...part('filter')];
  const should = part('should');
  const parts = [...required];
  if (should.length > 0) {
    const minimum = minimumOf(body['minimum_should_match'], should.length, required.length === 0 ? 1 : 0);
    if (minimum > 0) parts.push(someOf(should, minimum));
  }
  const not = part('must_not');
  if (not.length > 0) parts.push(noneOf(not));
  return allOf(parts);
}

function phrasePrefix(body: Body, context: QueryContext, name: string): CompiledQuery {
  const [path, spec] = single(body, name);
  const { value, options } = valueOf(spec, 'query');
  return phraseQuery(context, path, value, Number(options['slop'] ?? 0), true);
}

/** Turns a parsed query string into tests. A value that a field cannot have matches nothing, as `lenient` does for several fields. */
function compileLucene(node: LuceneNode, context: QueryContext, operator: 'or' | 'and'): CompiledQuery {
  if (node.kind === 'all') return matchAll;
  if (node.kind === 'exists') return existsQuery(context, node.field);
  if (node.kind === 'bool') {
    const of = (occur: string) =>
      node.clauses
        .filter((clause) => clause.occur === occur)
        .map((clause) => compileLucene(clause.node, context, operator));
    const must = of('must');
    const should = of('should');
    const not = of('not');
    return allOf([
      ...must,
      ...(must.length === 0 && should.length > 0 ? [someOf(should)] : []),
      ...(not.length > 0 ? [noneOf(not)] : []),
    ]);
  }
  const paths = node.field === undefined ? context.defaultFields : expandFields(node.field, context);
  const several = paths.length > 1;
  const parts = paths.map((path) => {
    const compile = () => compileLuceneLeaf(node, path, context, operator);
    return several ? tolerant(compile) : compile();
  });
  return someOf(parts);
}

function compileLuceneLeaf(
  node: Exclude<LuceneNode, { kind: 'all' } | { kind: 'exists' } | { kind: 'bool' }>,
  path: string,
  context: QueryContext,
  operator: 'or' | 'and',
): CompiledQuery {
  const isText = context.mapping.field(path)?.type === 'text';
  switch (node.kind) {
    case 'term':
      if (node.fuzzy !== undefined)
        return fuzzyQuery(context, path, isText ? node.text.toLowerCase() : node.text, node.fuzzy);
      return matchQuery(context, path, node.text, { operator });
    case 'phrase':
      return phraseQuery(context, path, node.text, node.slop);
    case 'wildcard':
      return wildcardQuery(context, path, isText ? node.pattern.toLowerCase() : node.pattern);
    case 'regexp':
      return regexpQuery(context, path, node.pattern);
    case 'range':
      return rangeQuery(context, path, node);
  }
}

function tolerant(compile: () => CompiledQuery): CompiledQuery {
  try {
    return compile();
  } catch (error) {
    if (error instanceof StoreError) return matchNone;
    throw error;
  }
}

/** Names with wildcards and boosts (`message^2`, `kubernetes.*`, `*`) as the fields of the index that they stand for. */
function expandFields(fields: unknown, context: QueryContext): readonly string[] {
  const names = (Array.isArray(fields) ? fields : [fields ?? '*']).map((name) => String(name).replace(/\^[\d.]+$/, ''));
  return names.flatMap((name) => {
    if (!name.includes('*')) return [name];
    return [...context.mapping.fields()].filter((field) => globMatches(name, field.path)).map((field) => field.path);
  });
}

function idsWithTerms(ids: readonly string[]): CompiledQuery {
  return { ...idsQuery(ids), terms: ids.length > 0 && ids.length <= 64 ? [ids.map(idTerm)] : [] };
}

function single(body: Body, name: string): [string, unknown] {
  const entries = Object.entries(body).filter(([key]) => key !== 'boost' && key !== '_name');
  const [first] = entries;
  if (!first) throw parsingError(`[${name}] query malformed, no field specified`);
  if (entries.length > 1)
    throw parsingError(`[${name}] query doesn't support multiple fields, found [${first[0]}] and [${entries[1]?.[0]}]`);
  return first;
}

function withoutOptions(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'boost' && key !== '_name'));
}

/** `{field: value}` or `{field: {query|value: value, …options}}`. */
function valueOf(spec: unknown, name: string): { value: unknown; options: Body } {
  if (typeof spec !== 'object' || spec === null) return { value: spec, options: {} };
  const options = spec as Body;
  return { value: options[name] ?? options['value'] ?? options['query'], options };
}

function zoneOf(zone: unknown): string | undefined {
  if (zone === undefined || zone === null) return undefined;
  if (typeof zone === 'string' && /^(?:Z|UTC|GMT)$/.test(zone)) return 'Z';
  if (typeof zone === 'string' && /^[+-]\d\d:?\d\d$/.test(zone)) return zone;
  throw badRequest(`time zone [${textOf(zone)}] is not supported here: give an offset such as +02:00`);
}

function objectOf(value: unknown, name: string): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw parsingError(`[${name}] query malformed, no start_object after query name`);
  }
  return value as Body;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_CLAUSES) throw badRequest(`a query has at most ${MAX_CLAUSES} clauses`);
  return list;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function requiredString(value: unknown, query: string, name: string): string {
  if (typeof value !== 'string') throw parsingError(`[${query}] requires '${name}' to be a string`);
  return value;
}
