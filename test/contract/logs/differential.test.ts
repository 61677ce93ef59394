import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as random from './differential-arbitraries.ts';
import * as cases from './differential-cases.ts';
import { startPair, type SearchAnswer, type StorePair } from './differential-stores.ts';

/** A failure prints the seed and the shrunk search; another seed is tried with VIGIL_TEST_SEED. */
const seed = Number(process.env['VIGIL_TEST_SEED'] ?? 20_261_129);
const runs = Number(process.env['VIGIL_TEST_RUNS'] ?? 60);

let pair: StorePair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair?.stop());

async function same(body: unknown, pick?: (answer: SearchAnswer) => unknown): Promise<void> {
  const { embedded, opensearch } = await pair.ask(body, pick);
  expect(embedded, JSON.stringify(body)).toEqual(opensearch);
}

const byNumber = { size: 100, track_total_hits: true, sort: ['n'] };
const aggregationsOf = (answer: SearchAnswer) => answer.aggregations;

describe('the embedded store finds what OpenSearch finds', () => {
  test.each(Object.entries(cases.queries))('%s', async (_name, query) => same({ query, ...byNumber }));

  test.each(cases.luceneStrings)('query string %j', async (text) => {
    const ways = [
      { default_field: 'message' },
      { default_field: 'message', default_operator: 'and' },
      { fields: ['message', 'note'], default_operator: 'and' },
      {},
    ];
    const asked = ways.map((options) => same({ query: { query_string: { query: text, ...options } }, ...byNumber }));
    await Promise.all(asked);
  });

  test.each(cases.simpleStrings)('simple query string %j', async (text) => {
    for (const operator of ['or', 'and']) {
      const options = { query: text, fields: ['message', 'note'], default_operator: operator };
      await same({ query: { simple_query_string: options }, ...byNumber });
    }
  });

  test('random queries', async () => {
    const property = fc.asyncProperty(random.query, (query) => same({ query, ...byNumber }));
    await fc.assert(property, { seed, numRuns: runs * 2 });
  });

  test('random query strings, malformed ones too', async () => {
    const property = fc.asyncProperty(random.luceneString, fc.constantFrom('or', 'and'), (text, operator) =>
      same({
        query: { query_string: { query: text, default_field: 'message', default_operator: operator } },
        ...byNumber,
      }),
    );
    await fc.assert(property, { seed, numRuns: runs * 2 });
  });

  test('random simple query strings', async () => {
    const property = fc.asyncProperty(random.simpleString, fc.constantFrom('or', 'and'), (text, operator) =>
      same({
        query: { simple_query_string: { query: text, fields: ['message', 'note'], default_operator: operator } },
        ...byNumber,
      }),
    );
    await fc.assert(property, { seed, numRuns: runs });
  });
});

describe('the embedded store highlights what OpenSearch highlights', () => {
  test.each(Object.entries(cases.highlights))('%s', async (_name, highlight) => {
    for (const query of Object.values(cases.highlighted)) {
      await same({ query, highlight, size: 60, sort: ['n'], _source: false }, (answer) =>
        answer.hits.hits.map((hit) => [hit._id, hit.highlight]),
      );
    }
  });
});

describe('the embedded store sorts as OpenSearch sorts', () => {
  test.each(cases.sorts.map((sort) => [JSON.stringify(sort), sort]))('%s', async (_name, sort) => {
    await same({ query: { match: { message: 'took' } }, size: 1_200, sort, _source: false });
  });

  test('random sorts, pages and parts of the source', async () => {
    const source = fc.constantFrom(
      true,
      false,
      ['n', 'host.*'],
      { excludes: ['message', 'labels.*', 'items.price'] },
      ['items.sku', 'note'],
      ['items', 'labels.app'],
      { includes: ['*.name'], excludes: ['n'] },
      'host',
      { includes: ['host'], excludes: ['*.ip'] },
    );
    const page = fc.record({
      from: fc.integer({ min: 0, max: 40 }),
      size: fc.integer({ min: 0, max: 30 }),
      _source: source,
    });
    const property = fc.asyncProperty(random.sort, page, (sort, options) =>
      same({ query: { term: { ok: true } }, sort, track_total_hits: true, ...options }),
    );
    await fc.assert(property, { seed, numRuns: runs });
  });

  test('pages by search_after are the whole list, for any sort', async () => {
    const property = fc.asyncProperty(random.sort, async (sort) => {
      const page = { query: { match: { message: 'timeout' } }, sort, size: 60, _source: false };
      const ends: { after?: unknown } = {};
      for (let n = 0; n < 3; n++) {
        // JavaScript rounds the greatest long, which stands for a missing value: no client of it can send it back.
        if (JSON.stringify(ends.after ?? []).includes('9223372036854776000')) return;
        await same({ ...page, ...(ends.after ? { search_after: ends.after } : {}) }, (answer) => {
          ends.after = answer.hits.hits.at(-1)?.sort;
          return answer.hits.hits.map(({ _id, sort: keys }) => [_id, keys]);
        });
      }
    });
    await fc.assert(property, { seed, numRuns: Math.ceil(runs / 4) });
  });
});

describe('the embedded store counts what OpenSearch counts', () => {
  test.each(Object.entries(cases.aggregations))('%s', async (_name, aggs) => {
    for (const query of [{ match_all: {} }, { match: { message: 'timeout' } }, { match_none: {} }]) {
      await same({ size: 0, track_total_hits: true, query, aggs }, aggregationsOf);
    }
  });

  test('a post_filter narrows the hits and not the aggregations', async () => {
    const aggs = { l: { terms: { field: 'level' } } };
    const narrowed = { post_filter: { term: { level: 'warn' } }, query: { match: { message: 'took' } }, ...byNumber };
    await same({ ...narrowed, aggs });
    await same({ ...narrowed, aggs }, aggregationsOf);
  });

  test('random aggregations', async () => {
    const property = fc.asyncProperty(random.aggregations, random.query, (aggs, query) =>
      same({ size: 0, query, aggs }, aggregationsOf),
    );
    await fc.assert(property, { seed, numRuns: runs * 2 });
  });

  test('percentiles are within 2 % of the range of values, ranks within 2 %', async () => {
    const aggs = {
      values: { percentiles: { field: 'count', percents: [1, 5, 25, 50, 75, 95, 99] } },
      ranks: { percentile_ranks: { field: 'count', values: [10, 250, 500, 990] } },
    };
    const { embedded, opensearch } = await pair.ask({ size: 0, aggs }, aggregationsOf);
    const figures = (answer: unknown, name: string) =>
      (answer as Record<string, { values: Record<string, number> }>)[name]?.values ?? {};
    for (const [name, near] of [
      ['values', 20],
      ['ranks', 2],
    ] as const) {
      const others = Object.entries(figures(opensearch, name));
      expect(others.length).toBeGreaterThan(3);
      for (const [key, value] of others) {
        expect(Math.abs((figures(embedded, name)[key] ?? Number.NaN) - value), `${name} ${key}`).toBeLessThan(near);
      }
    }
  });
});

describe('the embedded store refuses what OpenSearch refuses', () => {
  test.each(Object.entries(cases.refused))('%s', async (_name, body) => {
    const { embedded, opensearch } = await pair.refusals(body);
    expect(embedded).toEqual(opensearch);
    expect(embedded).toMatchObject({ status: 400 });
  });
});
