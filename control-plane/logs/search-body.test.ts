import { describe, expect, test } from 'vitest';
import { encodeCursor, indexOf, searchBody } from './search-body.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const filterOf = (body: Record<string, unknown>) => (body['query'] as { bool: { filter: unknown[] } }).bool.filter;

describe('the search body of a log query', () => {
  test('is limited to the namespaces that the asker may read', () => {
    expect(filterOf(searchBody({}, ['shop'], now))).toEqual([{ terms: { 'kubernetes.namespace': ['shop'] } }]);
    expect(filterOf(searchBody({}, undefined, now))).toEqual([]);
  });

  test.each([
    [{ since: '10m' }, { range: { '@timestamp': { gte: '2026-01-02T02:54:05.000Z' } } }],
    [
      { until: '2026-01-01T00:00:00.123456789Z' },
      { range: { '@timestamp': { lt: '2026-01-01T00:00:00.123456789Z' } } },
    ],
    [{ stream: 'stderr' as const }, { term: { stream: 'stderr' } }],
    [
      { labelSelector: 'app.kubernetes.io/name=hello' },
      { term: { 'kubernetes.labels.app.kubernetes.io/name': 'hello' } },
    ],
    [{ containerIds: ['ab'] }, { terms: { 'container.id': ['ab'] } }],
  ])('narrows by %j', (query, clause) => {
    expect(filterOf(searchBody(query, undefined, now))).toContainEqual(clause);
  });

  test('searches newest first unless told otherwise, and goes on behind a cursor', () => {
    expect(searchBody({}, undefined, now)['sort']).toMatchObject([
      { '@timestamp': { order: 'desc' } },
      { 'log.offset': { order: 'desc' } },
    ]);
    expect(searchBody({ order: 'oldest', after: encodeCursor(['t', 1]) }, undefined, now)).toMatchObject({
      search_after: ['t', 1],
    });
  });

  test('sends nanoseconds back digit by digit', () => {
    const body = searchBody({ after: encodeCursor(['1764406620123456789', 42]) }, undefined, now);
    expect(JSON.stringify(body['search_after'])).toBe('[1764406620123456789,42]');
  });

  test.each([
    [{ since: 'yesterday' }, 'since: "yesterday" is neither RFC 3339 nor a duration such as 10m'],
    [{ size: 10_001 }, 'size: must be a whole number from 0 to 10000'],
    [{ after: 'x' }, 'after: is not a cursor of a former answer'],
    [{ labelSelector: 'a in (b)' }, 'labelSelector: "a in (b)" is not of the form key=value'],
    [{ histogramInterval: 'often' }, 'histogramInterval: "often" is not a duration such as 1m'],
  ])('refuses %j by the name of the field', (query, message) => {
    expect(() => searchBody(query, undefined, now)).toThrow(message);
  });

  test('reads the data stream of the dataset asked for', () => {
    expect(indexOf({})).toBe('logs-vigil.containers-*');
    expect(indexOf({ dataset: 'decisions' })).toBe('logs-vigil.decisions-*');
  });
});
