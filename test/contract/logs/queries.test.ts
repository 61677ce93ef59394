import { Client as ElasticClient } from '@elastic/elasticsearch';
import { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTemplates } from '../../support/logs/install-templates.ts';
import { stores, type RunningStore } from './stores.ts';

const STREAM = 'logs-vigil.containers-default';
const DOCUMENTS = 3_000;
const startMs = Date.UTC(2026, 10, 29, 7, 0, 0);
const words =
  'timeout upstream request failed connection refused ok GET POST healthz payment order user_id retry cache'.split(' ');
const levels = ['info', 'info', 'info', 'warn', 'error', undefined];
const namespaces = ['shop', 'billing', 'kube-system'];

/** The same for every run: differences between two stores must not depend on chance. */
function documentAt(n: number): Record<string, unknown> {
  const pick = <T>(list: readonly T[], salt: number): T =>
    list[(n * 7919 + salt * 104_729 + ((n * n) % 97)) % list.length] as T;
  const level = pick(levels, 1);
  return {
    '@timestamp': new Date(startMs + n * 1_117)
      .toISOString()
      .replace('Z', `${String(n % 1_000_000).padStart(6, '0')}Z`),
    message: `${pick(words, 2)} ${pick(words, 3)} took ${n % 500}ms path=/api/v1/${pick(words, 4)}/${n % 50} ip=10.0.${n % 7}.${n % 250} ${n % 40 === 0 ? "Exception: Can't open file.txt" : ''}`,
    stream: n % 9 === 0 ? 'stderr' : 'stdout',
    log: { ...(level === undefined ? {} : { level }), offset: n * 173 },
    kubernetes: {
      namespace: pick(namespaces, 5),
      pod: { name: `pod-${n % 12}` },
      container: { name: 'main' },
      labels: { app: pick(['web', 'api', 'db'], 6), ...(n % 3 === 0 ? { 'app.kubernetes.io/name': 'shop' } : {}) },
    },
    vigil: { restart_count: n % 5 },
    event: { duration: (n * 31) % 10_000 },
    data_stream: { type: 'logs', dataset: 'vigil.containers', namespace: 'default' },
  };
}

const minute = (n: number) => new Date(startMs + n * 60_000).toISOString();

/** What readers of logs ask, each kind of clause at least once. */
const queries: Readonly<Record<string, unknown>> = {
  everything: { match_all: {} },
  nothing: { match_none: {} },
  'a word': { match: { message: 'timeout' } },
  'any of two words': { match: { message: 'timeout refused' } },
  'both words': { match: { message: { query: 'timeout upstream', operator: 'and' } } },
  'two of three words': { match: { message: { query: 'timeout upstream took', minimum_should_match: 2 } } },
  'upper case in a text field': { match: { message: 'TIMEOUT' } },
  'a phrase': { match_phrase: { message: 'connection took' } },
  'a phrase with a gap': { match_phrase: { message: { query: 'timeout took', slop: 1 } } },
  'the beginning of a phrase': { match_phrase_prefix: { message: 'ok to' } },
  'an address': { match: { message: '10.0.3.17' } },
  'a path segment': { match: { message: 'healthz' } },
  'an apostrophe': { match: { message: "can't" } },
  'a file name': { match_phrase: { message: 'file.txt' } },
  'a keyword': { term: { 'kubernetes.namespace': 'shop' } },
  'a keyword in the wrong case': { term: { 'kubernetes.namespace': 'Shop' } },
  'a keyword in any case': { term: { 'kubernetes.namespace': { value: 'SHOP', case_insensitive: true } } },
  keywords: { terms: { 'kubernetes.pod.name': ['pod-1', 'pod-7', 'pod-99'] } },
  'a number': { term: { 'vigil.restart_count': 3 } },
  'a number as text': { term: { 'vigil.restart_count': '3' } },
  'a range of numbers': { range: { 'event.duration': { gte: 100, lt: 2_000 } } },
  'a range of time': { range: { '@timestamp': { gte: minute(3), lt: minute(9) } } },
  'a range of time, open at one end': { range: { '@timestamp': { gt: minute(50) } } },
  'a whole day': { range: { '@timestamp': { gte: '2026-11-29', lte: '2026-11-29' } } },
  milliseconds: { range: { '@timestamp': { gte: startMs + 60_000, lte: startMs + 120_000, format: 'epoch_millis' } } },
  'a field that exists': { exists: { field: 'log.level' } },
  'a field that does not': { bool: { must_not: { exists: { field: 'log.level' } } } },
  'an object that exists': { exists: { field: 'kubernetes.pod' } },
  'a prefix': { prefix: { 'kubernetes.pod.name': 'pod-1' } },
  'a wildcard': { wildcard: { 'kubernetes.pod.name': 'p?d-*1' } },
  'a wildcard over words': { wildcard: { message: 'tim*' } },
  'a regular expression': { regexp: { 'kubernetes.pod.name': 'pod-(1|2)[0-9]?' } },
  'a fuzzy word': { fuzzy: { message: { value: 'timeuot' } } },
  ids: { ids: { values: ['doc-7', 'doc-11', 'doc-nope'] } },
  'a label': { term: { 'kubernetes.labels.app': 'web' } },
  'a label with dots and a slash': { term: { 'kubernetes.labels.app.kubernetes.io/name': 'shop' } },
  'several fields': { multi_match: { query: 'timeout', fields: ['message', 'stream'] } },
  'must, filter and must_not': {
    bool: {
      must: [{ match: { message: 'request' } }],
      filter: [{ term: { stream: 'stdout' } }],
      must_not: [{ term: { 'log.level': 'info' } }],
    },
  },
  'should beside must is optional': {
    bool: { must: { match: { message: 'order' } }, should: { term: { 'log.level': 'error' } } },
  },
  'should alone is required': {
    bool: { should: [{ term: { 'log.level': 'error' } }, { term: { 'log.level': 'warn' } }] },
  },
  'at least two': {
    bool: {
      should: [{ match: { message: 'retry' } }, { match: { message: 'cache' } }, { term: { stream: 'stderr' } }],
      minimum_should_match: 2,
    },
  },
  'query string: and, or, not': {
    query_string: { query: '(timeout OR refused) AND NOT log.level:info', default_field: 'message' },
  },
  'query string: words': { query_string: { query: 'timeout upstream', default_field: 'message' } },
  'query string: all words': {
    query_string: { query: 'timeout upstream', default_field: 'message', default_operator: 'AND' },
  },
  'query string: plus and minus': { query_string: { query: '+request -upstream', default_field: 'message' } },
  'query string: a phrase and a field': { query_string: { query: 'message:"order took" AND stream:stderr' } },
  'query string: a group in a field': { query_string: { query: 'log.level:(error OR warn)' } },
  'query string: ranges': { query_string: { query: 'event.duration:[100 TO 200} OR vigil.restart_count:>3' } },
  'query string: wildcards': { query_string: { query: 'kubernetes.pod.name:pod-1* AND message:tim*' } },
  'query string: existence': { query_string: { query: '_exists_:log.level AND NOT stream:stdout' } },
  'query string: a regular expression': { query_string: { query: 'kubernetes.pod.name:/pod-[0-3]/' } },
  'query string: escaped label': { query_string: { query: 'kubernetes.labels.app\\.kubernetes\\.io\\/name:shop' } },
  'query string: times': { query_string: { query: `@timestamp:["${minute(2)}" TO "${minute(4)}"]` } },
  'simple query string': {
    simple_query_string: { query: 'timeout +upstream | "order took" -cache', fields: ['message'] },
  },
};

const aggregations: Readonly<Record<string, Record<string, unknown>>> = {
  'per minute': { h: { date_histogram: { field: '@timestamp', fixed_interval: '1m' } } },
  'per minute and level': {
    h: {
      date_histogram: { field: '@timestamp', fixed_interval: '5m' },
      aggs: { l: { terms: { field: 'log.level' } } },
    },
  },
  'per hour of a place': {
    h: { date_histogram: { field: '@timestamp', calendar_interval: '1h', time_zone: '+05:30' } },
  },
  'with empty ends': {
    h: {
      date_histogram: {
        field: '@timestamp',
        fixed_interval: '10m',
        extended_bounds: { min: minute(-30), max: minute(80) },
      },
    },
  },
  'top values': { t: { terms: { field: 'kubernetes.pod.name', size: 5 } } },
  'top values by another figure': {
    t: {
      terms: { field: 'kubernetes.namespace', order: { d: 'desc' } },
      aggs: { d: { avg: { field: 'event.duration' } } },
    },
  },
  figures: {
    a: { avg: { field: 'event.duration' } },
    b: { min: { field: 'event.duration' } },
    c: { max: { field: 'event.duration' } },
    d: { sum: { field: 'event.duration' } },
    e: { stats: { field: 'event.duration' } },
    f: { value_count: { field: 'log.level' } },
    g: { cardinality: { field: 'kubernetes.pod.name' } },
  },
  filters: {
    f: {
      filters: {
        filters: { bad: { term: { 'log.level': 'error' } }, out: { term: { stream: 'stdout' } } },
        other_bucket: true,
      },
    },
  },
  'a filter, a missing field': {
    f: { filter: { match: { message: 'timeout' } }, aggs: { n: { terms: { field: 'kubernetes.namespace' } } } },
    m: { missing: { field: 'log.level' } },
  },
  ranges: {
    r: { range: { field: 'event.duration', ranges: [{ to: 100 }, { from: 100, to: 1_000 }, { from: 1_000 }] } },
  },
  steps: { h: { histogram: { field: 'event.duration', interval: 1_000 } } },
  'newest of each': {
    t: {
      terms: { field: 'kubernetes.namespace' },
      aggs: { newest: { top_hits: { size: 2, sort: [{ 'log.offset': 'desc' }], _source: ['message'] } } },
    },
  },
};

let embedded: RunningStore;
let peer: RunningStore;

beforeAll(async () => {
  [embedded, peer] = await Promise.all([stores.embedded(), stores.opensearch()]);
  const body = Array.from(
    { length: DOCUMENTS },
    (_, n) => `{"create":{"_id":"doc-${n}"}}\n${JSON.stringify(documentAt(n))}\n`,
  ).join('');
  for (const store of [embedded, peer]) {
    const send = async (method: string, path: string, content: string, type = 'application/json') => {
      const response = await fetch(store.url + path, { method, body: content, headers: { 'content-type': type } });
      const text = await response.text();
      if (!response.ok || text.includes('"errors":true'))
        throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
    };
    await installTemplates(store.url);
    await send('POST', `/${STREAM}/_bulk?refresh=true`, body, 'application/x-ndjson');
  }
});

afterAll(async () => {
  await Promise.all([embedded?.stop(), peer?.stop()]);
});

interface Answer {
  readonly hits: {
    readonly total: unknown;
    readonly hits: readonly { readonly _id: string; readonly sort?: unknown; readonly _source?: unknown }[];
  };
  readonly aggregations?: unknown;
}

async function ask(store: RunningStore, body: unknown): Promise<Answer> {
  const response = await fetch(`${store.url}/${STREAM}/_search`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 600)}`);
  return JSON.parse(text) as Answer;
}

async function sameHits(query: unknown, extra: object = {}): Promise<void> {
  const body = {
    query,
    size: 50,
    track_total_hits: true,
    sort: [{ '@timestamp': 'desc' }, { 'log.offset': 'asc' }],
    ...extra,
  };
  const [own, other] = await Promise.all([ask(embedded, body), ask(peer, body)]);
  expect(shown(own), JSON.stringify(query)).toEqual(shown(other));
}

function shown(answer: Answer): unknown {
  return { total: answer.hits.total, hits: answer.hits.hits.map(({ _id, sort, _source }) => ({ _id, sort, _source })) };
}

describe('the embedded store finds what OpenSearch finds', () => {
  test.each(Object.entries(queries))('%s', async (_name, query) => {
    await sameHits(query);
  });

  test('oldest first, pages by search_after, a part of the source', async () => {
    const sort = [{ '@timestamp': 'asc' }, { 'log.offset': 'asc' }];
    await sameHits(
      { match: { message: 'request' } },
      { sort, from: 10, size: 20, _source: ['message', 'kubernetes.*'] },
    );
    await sameHits({ match_all: {} }, { sort: [{ 'event.duration': 'desc' }, { 'log.offset': 'asc' }] });
    await sameHits(
      { match_all: {} },
      { sort: [{ 'log.level': { order: 'asc', missing: '_last' } }, { 'log.offset': 'asc' }] },
    );
    await sameHits({ match_all: {} }, { sort: [{ 'log.offset': 'asc' }], search_after: [173 * 100] });
  });

  const clause: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom(...words).map((word) => ({ match: { message: word } })),
    fc
      .tuple(fc.constantFrom(...words), fc.constantFrom(...words))
      .map(([a, b]) => ({ match_phrase: { message: `${a} ${b}` } })),
    fc.constantFrom('info', 'warn', 'error').map((level) => ({ term: { 'log.level': level } })),
    fc.constantFrom(...namespaces).map((name) => ({ term: { 'kubernetes.namespace': name } })),
    fc.integer({ min: 0, max: 12 }).map((n) => ({ term: { 'kubernetes.pod.name': `pod-${n}` } })),
    fc
      .tuple(fc.integer({ min: 0, max: 55 }), fc.integer({ min: 0, max: 20 }))
      .map(([from, length]) => ({ range: { '@timestamp': { gte: minute(from), lt: minute(from + length) } } })),
    fc.integer({ min: 0, max: 10_000 }).map((n) => ({ range: { 'event.duration': { lte: n } } })),
    fc.constantFrom('web', 'api').map((app) => ({ term: { 'kubernetes.labels.app': app } })),
  );
  const query = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      clause,
      fc
        .record({
          must: fc.array(tie('node'), { maxLength: 2 }),
          should: fc.array(tie('node'), { maxLength: 3 }),
          must_not: fc.array(clause, { maxLength: 1 }),
        })
        .map((bool) => ({ bool })),
    ),
  })).node;

  test('any combination of clauses', async () => {
    await fc.assert(
      fc.asyncProperty(query, (node) => sameHits(node)),
      { numRuns: 150 },
    );
  });
});

describe('the embedded store counts what OpenSearch counts', () => {
  test.each(Object.entries(aggregations))('%s', async (_name, aggs) => {
    for (const q of [
      { match_all: {} },
      { match: { message: 'timeout' } },
      { range: { '@timestamp': { gte: minute(7), lt: minute(30) } } },
    ]) {
      const body = { size: 0, track_total_hits: true, query: q, aggs };
      const [own, other] = await Promise.all([ask(embedded, body), ask(peer, body)]);
      expect(withoutNoise(own.aggregations)).toEqual(withoutNoise(other.aggregations));
      expect(own.hits.total).toEqual(other.hits.total);
    }
  });
});

/** Backing index names and scores are each server's own. */
function withoutNoise(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === '_index' || key === '_score' || key === 'max_score' ? undefined : item,
    ),
  );
}

describe('official clients', () => {
  test('the Elasticsearch client and the OpenSearch client get the same from the embedded store', async () => {
    const elastic = new ElasticClient({ node: embedded.url });
    const opensearch = new OpenSearchClient({ node: embedded.url });
    const body = { query: { match: { message: 'timeout' } }, sort: [{ '@timestamp': 'desc' as const }], size: 20 };
    const one = await elastic.search({ index: STREAM, ...body });
    const two = await opensearch.search({ index: STREAM, body });
    expect(one.hits.hits.map((hit) => hit._id)).toEqual(two.body.hits.hits.map((hit) => hit._id));
    expect(one.hits.hits).toHaveLength(20);
    await elastic.close();
    await opensearch.close();
  });

  test('the Elasticsearch client can do what an application does with an index', async () => {
    const client = new ElasticClient({ node: embedded.url });
    await client.indices.create({
      index: 'orders',
      mappings: { properties: { title: { type: 'text' }, price: { type: 'double' } } },
    });
    expect(await client.indices.exists({ index: 'orders' })).toBe(true);
    await client.index({ index: 'orders', id: '1', document: { title: 'A red bicycle', price: 10 } });
    await client.update({ index: 'orders', id: '1', doc: { price: 12 } });
    const got = await client.get<{ price: number }>({ index: 'orders', id: '1' });
    expect(got._source?.price).toBe(12);
    await expect(client.create({ index: 'orders', id: '1', document: {} })).rejects.toMatchObject({ statusCode: 409 });
    const bulk = await client.helpers.bulk({
      datasource: Array.from({ length: 50 }, (_, n) => ({ title: `bicycle number ${n}`, price: n })),
      onDocument: () => ({ index: { _index: 'orders' } }),
    });
    expect(bulk.successful).toBe(50);
    const pit = await client.openPointInTime({ index: 'orders', keep_alive: '1m' });
    await client.index({ index: 'orders', id: 'later', document: { title: 'bicycle', price: 1 } });
    const first = await client.search({
      pit: { id: pit.id, keep_alive: '1m' },
      query: { match: { title: 'bicycle' } },
      sort: [{ price: 'asc' }],
      size: 30,
    });
    const after = first.hits.hits.at(-1)?.sort;
    const second = await client.search({
      pit: { id: pit.id, keep_alive: '1m' },
      query: { match: { title: 'bicycle' } },
      sort: [{ price: 'asc' }],
      size: 30,
      ...(after ? { search_after: after } : {}),
    });
    const ids = [...first.hits.hits, ...second.hits.hits].map((hit) => hit._id);
    expect(new Set(ids).size).toBe(51);
    expect(ids).not.toContain('later');
    await client.closePointInTime({ id: pit.id });
    const scrolled = client.helpers.scrollDocuments({
      index: 'orders',
      query: { match: { title: 'bicycle' } },
      size: 20,
    });
    let count = 0;
    for await (const _document of scrolled) count++;
    expect(count).toBe(52);
    const removed = await client.deleteByQuery({ index: 'orders', query: { range: { price: { lt: 10 } } } });
    expect(removed.deleted).toBe(11);
    expect((await client.count({ index: 'orders' })).count).toBe(41);
    const searches = await client.msearch({
      searches: [{ index: 'orders' }, { query: { match_all: {} }, size: 1 }, { index: 'nowhere' }, {}],
    });
    expect(searches.responses.map((response) => response.status)).toEqual([200, 404]);
    const caps = await client.fieldCaps({ index: 'orders', fields: '*' });
    expect(caps.fields['price']).toHaveProperty('double');
    await client.indices.delete({ index: 'orders' });
    expect(await client.indices.exists({ index: 'orders' })).toBe(false);
    await client.close();
  });

  test('a wrong query is a 400 that points at the character', async () => {
    const client = new OpenSearchClient({ node: embedded.url });
    const error = await client
      .search({ index: STREAM, body: { query: { query_string: { query: 'message:(timeout AND' } } } })
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ statusCode: 400 });
    expect(JSON.stringify((error as { body?: unknown }).body)).toContain('at character');
    await client.close();
  });
});
