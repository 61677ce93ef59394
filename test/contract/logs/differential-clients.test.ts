import { Client as ElasticClient } from '@elastic/elasticsearch';
import { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stores, type RunningStore } from './stores.ts';

/** What applications do through the official clients, step by step in both stores: the answers' parts that clients look at must be the same. */

let embedded: RunningStore;
let opensearch: RunningStore;
beforeAll(async () => {
  [embedded, opensearch] = await Promise.all([stores.embedded(), stores.opensearch()]);
});
afterAll(async () => {
  await Promise.all([embedded?.stop(), opensearch?.stop()]);
});

type Step = (client: OpenSearchClient) => Promise<unknown>;

/** The status of a refusal and its kind, else what `answer` gives. */
async function outcomeOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    const { statusCode, body } = error as { statusCode?: number; body?: { error?: { type?: string } } };
    if (statusCode === undefined) throw error;
    return { refused: statusCode, type: body?.error?.type };
  }
}

const hitsOf = (body: { hits: { hits: readonly { _id?: string }[] } }) => body.hits.hits.map(({ _id }) => _id);

/** Every name with a type in it, wherever it is in the answer. */
function namesWithTypes(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const names = Object.entries(value).flatMap(([key, inside]) => [
    ...(key.includes('#') ? [key] : []),
    ...namesWithTypes(inside),
  ]);
  return [...new Set(names)].sort();
}

const steps: Readonly<Record<string, Step>> = {
  'create an index': async (client) =>
    (
      await client.indices.create({
        index: 'orders',
        body: {
          settings: { number_of_replicas: 0 },
          mappings: { properties: { title: { type: 'text' }, price: { type: 'double' }, tag: { type: 'keyword' } } },
          aliases: { sales: {} },
        },
      })
    ).body,
  'create it again': (client) => client.indices.create({ index: 'orders' }),
  exists: async (client) => [
    (await client.indices.exists({ index: 'orders' })).body,
    (await client.indices.exists({ index: 'nowhere' })).body,
  ],
  mapping: async (client) => (await client.indices.getMapping({ index: 'orders' })).body,
  'add a field': async (client) =>
    (await client.indices.putMapping({ index: 'orders', body: { properties: { at: { type: 'date' } } } })).body,
  'change a field': (client) =>
    client.indices.putMapping({ index: 'orders', body: { properties: { price: { type: 'keyword' } } } }),
  'index, create, get': async (client) => {
    const first = await client.index({ index: 'orders', id: '1', body: { title: 'A red bicycle', price: 10 } });
    const again = await outcomeOf(client.create({ index: 'orders', id: '1', body: {} }));
    const got = await client.get({ index: 'orders', id: '1', _source_includes: ['price'] });
    const { result } = first.body;
    return {
      result,
      again,
      found: got.body.found,
      source: got.body._source,
      none: await outcomeOf(client.get({ index: 'orders', id: 'none' })),
    };
  },
  'an update that changes, one that does not, one of nothing': async (client) => {
    const update = async (id: string, doc: object) =>
      outcomeOf(client.update({ index: 'orders', id, body: { doc } }).then(({ body }) => body.result));
    return [await update('1', { price: 12 }), await update('1', { price: 12 }), await update('none', {})];
  },
  upsert: async (client) =>
    (await client.update({ index: 'orders', id: '2', body: { doc: { price: 1 }, doc_as_upsert: true } })).body.result,
  'a write that somebody else was before': async (client) => {
    const { body } = await client.get({ index: 'orders', id: '1' });
    const expected = { if_seq_no: body._seq_no ?? 0, if_primary_term: body._primary_term ?? 0 };
    const write = (price: number) =>
      outcomeOf(
        client.index({ index: 'orders', id: '1', ...expected, body: { price } }).then((answer) => answer.body.result),
      );
    return [
      await write(13),
      await write(14),
      await outcomeOf(client.delete({ index: 'orders', id: '1', ...expected })),
    ];
  },
  'half of them malformed': async (client) => {
    const { body } = await client.bulk({
      body: [
        { index: { _index: 'orders', _id: 'a' } },
        { price: 1 },
        { index: { _index: 'orders', _id: 'b' } },
        { price: 'much' },
        { create: { _index: 'orders', _id: 'a' } },
        {},
        { delete: { _index: 'orders', _id: 'nope' } },
        { update: { _index: 'orders', _id: 'a' } },
        { doc: { price: 2 } },
      ],
    });
    return body.items.map((item) =>
      Object.values(item).map(({ status, error }) => [status, error?.type === undefined ? 'ok' : 'refused']),
    );
  },
  'helpers.bulk': async (client) => {
    const datasource = Array.from({ length: 300 }, (_, n) => ({
      n,
      title: `bicycle ${n}`,
      price: n,
      tag: `t${n % 3}`,
    }));
    const { total, successful, failed } = await client.helpers.bulk<{ n: number }>({
      datasource,
      refreshOnCompletion: 'orders',
      onDocument: ({ n }) => ({ index: { _index: 'orders', _id: `h${n}` } }),
    });
    return { total, successful, failed };
  },
  'helpers.scrollSearch': async (client) => {
    const seen = new Set<string>();
    let pages = 0;
    const query = { index: 'orders', size: 50, body: { query: { match: { title: 'bicycle' } } } };
    for await (const page of client.helpers.scrollSearch(query)) {
      pages++;
      for (const { _id } of page.body.hits.hits) seen.add(String(_id));
    }
    return { pages: pages >= 6, seen: seen.size };
  },
  msearch: async (client) => {
    const { body } = await client.msearch({
      body: [{ index: 'orders' }, { query: { term: { tag: 't1' } }, size: 1 }, { index: 'nowhere' }, {}],
    });
    return body.responses.map((answer) => ('error' in answer ? answer.status : [answer.status, answer.hits.total]));
  },
  'msearch of which one is malformed': (client) =>
    client.msearch({ body: [{}, { query: { match_all: {} } }, {}, { query: { nonsense: {} } as object }] }),
  'a point in time': async (client) => {
    const { body: pit } = await client.createPit({ index: ['orders'], keep_alive: '1m' });
    const id = pit.pit_id;
    await client.index({ index: 'orders', id: 'later', refresh: true, body: { title: 'bicycle', price: -1 } });
    const page = {
      query: { match: { title: 'bicycle' } },
      sort: [{ price: 'asc' as const }],
      size: 200,
      _source: false,
    };
    const first = await client.search({ body: { pit: { id }, ...page } });
    const after = first.body.hits.hits.at(-1)?.sort ?? [];
    const second = await client.search({ body: { pit: { id }, ...page, search_after: after } });
    const ids = [...hitsOf(first.body), ...hitsOf(second.body)];
    const closed = await client.deletePit({ body: { pit_id: [id] } });
    const gone = (await outcomeOf(client.search({ body: { pit: { id }, ...page } }))) as { refused?: number };
    return {
      count: new Set(ids).size,
      later: ids.includes('later'),
      closed: closed.body.pits?.map(({ successful }) => successful),
      gone: gone.refused,
    };
  },
  count: async (client) => (await client.count({ index: 'sales', q: 'tag:t2' })).body.count,
  'typed keys': async (client) => {
    const perPrice = { histogram: { field: 'price', interval: 5 }, aggs: { dearest: { max: { field: 'price' } } } };
    const { body } = await client.transport.request({
      method: 'POST',
      path: '/sales/_search',
      querystring: { typed_keys: true },
      body: {
        size: 0,
        aggs: {
          tags: { terms: { field: 'tag', size: 2 }, aggs: { prices: perPrice, first: { top_hits: { size: 1 } } } },
          prices: { terms: { field: 'price', size: 2 } },
          days: { terms: { field: 'at', size: 2 } },
          nothing: { terms: { field: 'nowhere' } },
          dear: { filter: { range: { price: { gte: 10 } } }, aggs: { shares: { percentiles: { field: 'price' } } } },
          ways: { filters: { filters: { a: { match_all: {} } } }, aggs: { count: { value_count: { field: 'tag' } } } },
          times: { date_histogram: { field: 'at', calendar_interval: 'day' } },
          both: { composite: { size: 2, sources: [{ tag: { terms: { field: 'tag' } } }] } },
        },
      },
    });
    return namesWithTypes(body);
  },
  mget: async (client) => {
    const { body } = await client.mget({ index: 'orders', body: { ids: ['h1', 'none'] } });
    return body.docs.map((doc) => ('found' in doc ? doc.found : doc));
  },
  field_caps: async (client) => {
    const { fields } = (await client.fieldCaps({ index: 'orders', fields: ['price', 'title', 'nothing'] })).body;
    // Elasticsearch tells of metadata fields, OpenSearch does not.
    return JSON.parse(JSON.stringify(fields, (key, value: unknown) => (key === 'metadata_field' ? undefined : value)));
  },
  highlight: async (client) => {
    const { body } = await client.search({
      index: 'orders',
      body: { query: { match: { title: 'red' } }, highlight: { fields: { title: {} } }, _source: false },
    });
    return body.hits.hits.map((hit) => hit.highlight);
  },
  delete_by_query: async (client) => {
    const { body } = await client.deleteByQuery({
      index: 'orders',
      refresh: true,
      body: { query: { range: { price: { lt: 100 } } } },
    });
    return 'deleted' in body ? [body.deleted, body.failures] : body;
  },
  'templates and data streams': async (client) => {
    const component = { template: { mappings: { properties: { level: { type: 'keyword' as const } } } } };
    await client.cluster.putComponentTemplate({ name: 'parts', body: component });
    const template = { index_patterns: ['metrics-x-*'], composed_of: ['parts'], data_stream: {}, priority: 500 };
    const put = await client.indices.putIndexTemplate({ name: 'metrics-x', body: template });
    const written = await client.index({
      index: 'metrics-x-1',
      refresh: true,
      body: { '@timestamp': '2026-11-29T08:00:00Z', level: 'warn' },
    });
    const streams = await client.indices.getDataStream({ name: 'metrics-x-*' });
    const missing = await outcomeOf(client.indices.getIndexTemplate({ name: 'none' }));
    const unnamed = await outcomeOf(
      client.indices.putIndexTemplate({ name: 'bad', body: { ...template, composed_of: ['none'] } }),
    );
    const removed = await client.indices.deleteDataStream({ name: 'metrics-x-1' });
    return {
      put: put.body,
      result: written.body.result,
      streams: streams.body.data_streams?.map(({ name, generation, timestamp_field: field }) => ({
        name,
        generation,
        field,
      })),
      missing: (missing as { refused?: number }).refused,
      unnamed: (unnamed as { refused?: number }).refused,
      removed: removed.body,
    };
  },
  aliases: async (client) => {
    await client.indices.updateAliases({
      body: { actions: [{ add: { index: 'orders', alias: 'both' } }, { remove: { index: 'orders', alias: 'sales' } }] },
    });
    return [
      (await client.indices.getAlias({ index: 'orders' })).body,
      (await client.indices.existsAlias({ name: 'sales' })).body,
    ];
  },
  cat: async (client) => {
    const { body } = await client.cat.indices({
      index: 'orders',
      format: 'json',
      h: ['index', 'health', 'status', 'pri', 'rep'],
    });
    const text = await client.cat.indices({ index: 'orders', h: ['index', 'status'], v: true });
    return [body, JSON.stringify(text.body).replaceAll(/ +/g, ' ').trim()];
  },
  health: async (client) => {
    const { status, number_of_nodes: nodes, timed_out: late } = (await client.cluster.health()).body;
    return { status, nodes, late };
  },
  delete: async (client) => [
    (await client.indices.delete({ index: 'orders' })).body,
    await outcomeOf(client.indices.delete({ index: 'orders' })),
  ],
};

test('the OpenSearch client does the same with both stores', async () => {
  const clients = [embedded, opensearch].map(({ url }) => new OpenSearchClient({ node: url }));
  for (const [name, step] of Object.entries(steps)) {
    const [own, other] = await Promise.all(clients.map((client) => outcomeOf(step(client))));
    expect.soft(own, name).toEqual(other);
  }
  await Promise.all(clients.map((client) => client.close()));
});

test('the Elasticsearch client does what applications do, keys and lifecycles too', async () => {
  const client = new ElasticClient({ node: embedded.url });
  await client.indices.create({
    index: 'bicycles',
    mappings: { properties: { title: { type: 'text' }, price: { type: 'double' } } },
  });
  const { successful } = await client.helpers.bulk({
    datasource: Array.from({ length: 120 }, (_, n) => ({ title: `bicycle ${n}`, price: n })),
    onDocument: () => ({ index: { _index: 'bicycles' } }),
  });
  expect(successful).toBe(120);
  const searches = client.helpers.msearch();
  const { body } = await searches.search({ index: 'bicycles' }, { query: { match: { title: 'bicycle' } } });
  expect(body.hits.total).toEqual({ value: 120, relation: 'eq' });
  searches.stop();
  let scrolled = 0;
  for await (const page of client.helpers.scrollSearch({ index: 'bicycles', size: 50, query: { match_all: {} } })) {
    scrolled += page.body.hits.hits.length;
  }
  expect(scrolled).toBe(120);
  const found = await client.get({ index: 'bicycles', id: 'none' }).catch((error: unknown) => error);
  expect(found).toMatchObject({ statusCode: 404 });
  const key = await client.security.createApiKey({ name: 'k', expiration: '1d' });
  expect((await client.security.getApiKey({ id: key.id })).api_keys[0]).toMatchObject({
    name: 'k',
    invalidated: false,
  });
  expect((await client.security.invalidateApiKey({ ids: [key.id] })).invalidated_api_keys).toEqual([key.id]);
  await client.index({ index: 'logs-app-default', document: { '@timestamp': '2026-11-29T08:00:00Z', message: 'x' } });
  await client.indices.putDataLifecycle({ name: 'logs-app-default', data_retention: '7d' });
  const { data_streams: lifecycles } = await client.indices.getDataLifecycle({ name: 'logs-app-default' });
  expect(lifecycles[0]?.lifecycle?.data_retention).toBe('7d');
  await client.indices.delete({ index: 'bicycles' });
  await client.close();
});
