import fc from 'fast-check';
import { hosts, levels, START_MS, words } from './differential-documents.ts';

/** Random searches over the documents of `differential-documents.ts`. What is drawn from is chosen so that most find something. */

const word = fc.constantFrom(...words, 'took', 'path', 'ip', '10.0.3.17', 'v1', 'nothing', 'TIMEOUT', '');

const moment = fc
  .integer({ min: -60, max: 2_000 })
  .map((minutes) => new Date(START_MS + minutes * 60_000).toISOString());
const day = fc.constantFrom(
  '2026-03-27',
  '2026-03-28',
  '2026-03-28T06',
  '2026-03-28||/d',
  '2026-03-29||-1d/d',
  '2026-03',
);
const count = fc.oneof(fc.integer({ min: -10, max: 1_010 }), fc.double({ min: 0, max: 1_000, noNaN: true }));
const keywordFields = ['level', 'tags', 'host.name', 'color', 'items.sku', 'message.raw', 'labels.app'] as const;
const numberFields = ['count', 'size', 'ratio', 'share', 'n', 'items.price', 'extra.amount', 'extra.rate'] as const;
const fields = [
  ...keywordFields,
  ...numberFields,
  'ok',
  'seen',
  'note',
  'host.ip',
  'extra.text',
  'labels',
  'nowhere',
] as const;
const keyword = fc.constantFrom(...levels, ...hosts, ...words, 'red', 's-1', 's-3', 'web', 'none', '');

function rangeOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(
      fc.constantFrom('gt', 'gte'),
      fc.option(values, { nil: null }),
      fc.constantFrom('lt', 'lte'),
      fc.option(values, { nil: null }),
    )
    .map(([low, from, high, to]) => ({ [low]: from, [high]: to }));
}

const on = <T>(names: readonly string[], values: fc.Arbitrary<T>, kind: string): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...names), values).map(([field, value]) => ({ [kind]: { [field]: value } }));

const clause: fc.Arbitrary<unknown> = fc.oneof(
  on(['message', 'note', 'extra.text'], word, 'match'),
  fc
    .tuple(fc.array(word, { maxLength: 4 }), fc.constantFrom('and', 'or'), fc.constantFrom(undefined, 1, 2, '50%', -1))
    .map(([some, operator, minimum]) => ({
      match: {
        message: {
          query: some.join(' '),
          operator,
          ...(minimum === undefined ? {} : { minimum_should_match: minimum }),
        },
      },
    })),
  fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 4 }))
    .map(([some, slop]) => ({ match_phrase: { message: { query: some.join(' '), slop } } })),
  on(keywordFields, keyword, 'term'),
  on(keywordFields, fc.array(keyword, { maxLength: 3 }), 'terms'),
  on(numberFields, count, 'term'),
  on(numberFields, rangeOf(count), 'range'),
  on(keywordFields, rangeOf(keyword), 'range'),
  on(['@timestamp'], rangeOf(fc.oneof(moment, day)), 'range'),
  fc
    .tuple(rangeOf(day), fc.constantFrom('Europe/Berlin', '-03:30', 'America/New_York'))
    .map(([bounds, zone]) => ({ range: { '@timestamp': { ...bounds, time_zone: zone } } })),
  fc.constantFrom(...fields).map((field) => ({ exists: { field } })),
  on(['level', 'host.name', 'message'], fc.constantFrom('w', 'web', 'tim', 're', 'Ü', ''), 'prefix'),
  on(['level', 'host.name', 'message', 'tags'], fc.stringMatching(/^[a-z*?]{1,5}$/), 'wildcard'),
  on(
    ['level', 'host.name', 'message'],
    fc.constantFrom('w.*', '[a-f].+', '(web|db)-<1-2>', 'r?e.{2,5}', 'ti@', '.*[^a-m]'),
    'regexp',
  ),
  on(['message', 'level'], fc.constantFrom('timeuot', 'refusd', 'wran', 'ordr', 'inf'), 'fuzzy'),
  fc.boolean().map((ok) => ({ term: { ok } })),
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(8, 20, 24, 30, 32))
    .map(([net, bits]) => ({ term: { 'host.ip': `10.0.${net}.7/${bits}` } })),
);

export const query: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    clause,
    fc
      .record({
        must: fc.array(tie('node'), { maxLength: 2 }),
        filter: fc.array(tie('node'), { maxLength: 2 }),
        should: fc.array(tie('node'), { maxLength: 3 }),
        must_not: fc.array(clause, { maxLength: 1 }),
        minimum_should_match: fc.constantFrom(0, 1, 2, '50%', -1),
      })
      .map((bool) => ({ bool })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((queries) => ({ dis_max: { queries } })),
  ),
})).node;

/** Pieces of Lucene's syntax in any order: often malformed, and then both stores must say so. */
export const luceneString: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      word,
      fc.constantFrom('AND', 'OR', 'NOT', '&&', '||', '!', '+', '-', '(', ')', ' '),
      fc.tuple(fc.constantFrom('+', '-', '!', ''), word).map(([sign, text]) => sign + text),
      fc
        .tuple(fc.constantFrom('level', 'host.name', 'tags', 'color', 'nowhere'), keyword)
        .map(([field, text]) => `${field}:"${text}"`),
      fc
        .tuple(
          fc.constantFrom('level', 'tags'),
          fc.array(fc.constantFrom(...levels, 'OR', 'AND', 'NOT'), { maxLength: 4 }),
        )
        .map(([field, some]) => `${field}:(${some.join(' ')})`),
      fc.tuple(word, word, fc.constantFrom('', '~1', '~3')).map(([a, b, slop]) => `"${a} ${b}"${slop}`),
      fc
        .tuple(
          fc.constantFrom('count', 'n', 'size'),
          fc.constantFrom('[', '{'),
          fc.integer({ min: -5, max: 900 }),
          fc.constantFrom(']', '}'),
        )
        .map(([field, open, from, close]) => `${field}:${open}${from} TO ${from + 90}${close}`),
      fc
        .tuple(
          fc.constantFrom('count', 'ratio'),
          fc.constantFrom('>', '>=', '<', '<='),
          fc.integer({ min: 0, max: 150 }),
        )
        .map(([field, sign, value]) => `${field}:${sign}${value}`),
      fc.constantFrom(
        'tim*',
        '*fus*',
        't?meout',
        'level:w*',
        'host.name:web-?',
        '/ti.*/',
        'timeuot~',
        'wran~1',
        '_exists_:tags',
        '*:*',
        '*',
        'ok:true',
        '@timestamp:[2026-03-28 TO 2026-03-28]',
      ),
      fc.constantFrom('(timeout', 'order)', '"open', 'a/b', 'level:', ':', '[1 TO', '^2', '~', '\\'),
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((pieces) => pieces.join(' '));

export const simpleString: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      word,
      fc.constantFrom('+', '|', '-', '(', ')', '"', '~1', '*', 'tim*', '-order', '"timeout took"~2', 'timeuot~1'),
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((pieces) => pieces.join(' '));

/** Ends in `n`, which no two documents share, so that the order is the same in both stores. */
export const sort: fc.Arbitrary<unknown> = fc
  .array(
    fc
      .tuple(
        fc.constantFrom(
          'count',
          'size',
          'ratio',
          'level',
          'tags',
          'host.name',
          'ok',
          'seen',
          'color',
          'host.ip',
          '@timestamp',
        ),
        fc.constantFrom('asc', 'desc'),
        fc.constantFrom(undefined, '_first', '_last'),
        fc.constantFrom(undefined, 'min', 'max'),
      )
      .map(([field, order, missing, mode]) => ({
        [field]: { order, ...(missing ? { missing } : {}), ...(mode ? { mode } : {}) },
      })),
    { maxLength: 2 },
  )
  .chain((list) => fc.constantFrom('asc', 'desc').map((order) => [...list, { n: order }]));

const metric: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('min', 'max', 'sum', 'avg', 'stats', 'value_count', 'extended_stats'),
      fc.constantFrom(...numberFields),
    )
    .map(([kind, field]) => ({ [kind]: { field } })),
  fc.constantFrom('level', 'tags', 'size', 'host.ip').map((field) => ({ cardinality: { field } })),
  fc
    .constantFrom('asc', 'desc')
    .map((order) => ({ top_hits: { size: 2, sort: [{ n: order }], _source: ['n', 'level'] } })),
);

const buckets: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('level', 'tags', 'host.name', 'color', 'items.sku', 'size', 'n', 'ok', 'share', 'host.ip'),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(undefined, { _key: 'asc' }, { _key: 'desc' }, { _count: 'asc' }),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(([field, size, order, minimum]) => ({
      terms: { field, size, min_doc_count: minimum, ...(order ? { order } : {}) },
    })),
  fc
    .tuple(
      fc.constantFrom('7m', '1h', '3h', '1d'),
      fc.constantFrom(undefined, '+05:30', 'Europe/Berlin'),
      fc.constantFrom(0, 1, 5),
    )
    .map(([fixed, zone, minimum]) => ({
      date_histogram: {
        field: '@timestamp',
        fixed_interval: fixed,
        min_doc_count: minimum,
        ...(zone ? { time_zone: zone } : {}),
      },
    })),
  fc
    .tuple(
      fc.constantFrom('day', 'week', 'month', 'quarter', 'year'),
      fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu'),
    )
    .map(([unit, zone]) => ({
      date_histogram: { field: 'seen', calendar_interval: unit, time_zone: zone, min_doc_count: 1 },
    })),
  fc
    .tuple(fc.constantFrom('count', 'size', 'ratio'), fc.constantFrom(7, 50, 333.5), fc.constantFrom(0, 3, -2.5))
    .map(([field, interval, offset]) => ({
      histogram: { field, interval, offset: offset < interval && offset >= 0 ? offset : 0 },
    })),
  fc
    .array(fc.tuple(fc.option(fc.integer({ min: 0, max: 900 })), fc.option(fc.integer({ min: 0, max: 900 }))), {
      minLength: 1,
      maxLength: 3,
    })
    .map((list) => ({
      range: {
        field: 'count',
        ranges: list.map(([from, to]) => ({
          ...(from === null ? {} : { from }),
          ...(to === null || (from !== null && to < from) ? {} : { to }),
        })),
      },
    })),
  clause.map((filter) => ({ filter })),
  fc.tuple(clause, clause).map(([one, two]) => ({ filters: { filters: { one, two }, other_bucket: true } })),
  fc.constantFrom('level', 'size', 'tags', 'nowhere').map((field) => ({ missing: { field } })),
);

export const aggregations: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{ level: Record<string, unknown> }>(
  (tie) => ({
    level: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      metric.map((a) => ({ a })),
      buckets.map((b) => ({ b })),
      fc.tuple(buckets, tie('level'), metric).map(([b, aggs, m]) => ({ b: { ...b, aggs: { ...aggs, m } } })),
    ),
  }),
).level;
