import { expect, test } from 'vitest';
import { IndexMapping } from '../mapping/index-mapping.ts';
import { DocView } from '../query/doc-view.ts';
import type { AggregationContext } from './aggregator.ts';
import { MAX_BUCKETS } from './bucket-budget.ts';
import { compileAggregations } from './compile.ts';
import { SubAggregations } from './sub-aggregations.ts';

const context: AggregationContext = {
  mapping: new IndexMapping({
    properties: { '@timestamp': { type: 'date' }, id: { type: 'keyword' }, n: { type: 'long' } },
  }),
  nowMs: 0,
  compile: () => () => true,
  sortKeysOf: () => [],
  renderHit: () => ({}),
};

function gathered(aggs: unknown, documents: Iterable<object>): Record<string, unknown> {
  const aggregations = new SubAggregations(compileAggregations(aggs, context));
  let seq = 0;
  for (const document of documents) {
    const source = Buffer.from(JSON.stringify(document));
    aggregations.collect(DocView.of('i', { seq: seq++, id: String(seq), ms: 0, subNs: 0, source }));
  }
  return aggregations.result();
}

function* numbered(count: number): Generator<object> {
  for (let n = 0; n < count; n++) yield { id: `id-${n}`, n: n * 2 };
}

test('an answer has at most so many buckets, gaps included, and says so otherwise', () => {
  const steps = (interval: number) => ({ h: { histogram: { field: 'n', interval } } });
  const ends = [{ n: 0 }, { n: MAX_BUCKETS - 1 }];
  expect((gathered(steps(1), ends)['h'] as { buckets: unknown[] }).buckets).toHaveLength(MAX_BUCKETS);
  expect(() => gathered(steps(1), [{ n: 0 }, { n: MAX_BUCKETS }])).toThrow('[65536]');
  expect(() => gathered(steps(1), [{ n: 0 }, { n: 1e15 }])).toThrow('[65536]');
  const nested = {
    t: {
      terms: { field: 'id', size: 1_000 },
      aggs: { h: { histogram: { field: 'n', interval: 1, extended_bounds: { min: 0, max: 100 } } } },
    },
  };
  expect(() => gathered(nested, numbered(1_000))).toThrow('[65536]');
});

test('the best of more different values than an answer has buckets are found', () => {
  const result = gathered({ t: { terms: { field: 'id', size: 2 } } }, [...numbered(70_000), { id: 'id-7' }]);
  expect(result['t']).toMatchObject({
    buckets: [
      { key: 'id-7', doc_count: 2 },
      { key: 'id-0', doc_count: 1 },
    ],
  });
});

test('more buckets than memory is meant for are refused while gathering', () => {
  const all = { t: { terms: { field: 'id' }, aggs: { u: { terms: { field: 'n' } } } } };
  expect(() => gathered(all, numbered(260_000))).toThrow('more than 500000 buckets in memory');
});
