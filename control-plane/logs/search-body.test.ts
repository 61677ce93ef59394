import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor, searchPlan, sortValue } from './search-body.ts';

const nowMs = Date.parse('2026-01-02T03:04:05Z');
const planOf = (query: Parameters<typeof searchPlan>[0], namespaces?: readonly string[]) =>
  searchPlan(query, namespaces, nowMs);
const filterOf = (...args: Parameters<typeof planOf>) =>
  (planOf(...args).clause as { bool: { filter: unknown[] } }).bool.filter;

describe('the plan of a log query', () => {
  test('is limited to the namespaces that the asker may read, beside whatever else is asked', () => {
    const limit = { terms: { 'kubernetes.namespace': ['shop'] } };
    expect(filterOf({}, ['shop'])).toEqual([limit]);
    expect(filterOf({ query: 'ns:other OR *' }, ['shop'])[0]).toEqual(limit);
    expect(filterOf({}, [])).toEqual([{ terms: { 'kubernetes.namespace': [] } }]);
    expect(filterOf({})).toEqual([]);
  });

  test.each([
    [{ since: '10m' }, { range: { '@timestamp': { gte: '2026-01-02T02:54:05.000Z' } } }],
    [
      { until: '2026-01-01T00:00:00.123456789Z' },
      { range: { '@timestamp': { lt: '2026-01-01T00:00:00.123456789Z' } } },
    ],
    [{ stream: 'stderr' as const }, { term: { stream: 'stderr' } }],
    [{ level: '>=error' }, { terms: { 'log.level': ['error', 'fatal'] } }],
    [
      { labelSelector: 'app.kubernetes.io/name=hello' },
      { term: { 'kubernetes.labels.app.kubernetes.io/name': 'hello' } },
    ],
    [{ labelSelector: '!tier' }, { bool: { must_not: [{ exists: { field: 'kubernetes.labels.tier' } }] } }],
    [{ containerIds: ['ab'] }, { terms: { 'container.id': ['ab'] } }],
    [{ grep: [' timeout '] }, { term: { message: { value: 'timeout' } } }],
    [{ grep: ['^time'] }, { prefix: { message: { value: 'time' } } }],
  ])('narrows by %j', (query, clause) => {
    expect(filterOf(query)).toContainEqual(clause);
  });

  test('looks for a piece of a word also in words that the store cuts', () => {
    expect(filterOf({ grep: ['imeo'] })).toEqual([
      {
        bool: {
          should: [
            { wildcard: { message: { value: '*imeo*' } } },
            { wildcard: { message: { value: '?'.repeat(255) } } },
          ],
          minimum_should_match: 1,
        },
      },
    ]);
  });

  test('is newest first unless told otherwise', () => {
    expect(planOf({}).sort).toMatchObject([{ '@timestamp': { order: 'desc' } }, { 'log.offset': { order: 'desc' } }]);
    expect(planOf({ order: 'oldest' }).sort).toMatchObject([{ '@timestamp': { order: 'asc' } }, {}]);
  });

  test('a cursor keeps nanoseconds digit by digit', () => {
    const sort = decodeCursor(encodeCursor(['1764406620123456789', 42]));
    expect(JSON.stringify(sort.map(sortValue))).toBe('[1764406620123456789,42]');
    expect(() => decodeCursor('x')).toThrow('after: is not a cursor of a former answer');
  });

  test.each([
    [{ query: 'a AND' }, 'query: a word expected at character 6'],
    [{ grep: ['a', '(b'] }, 'grep: a closing ")" expected for the "(" at character 1'],
    [{ exclude: ['[b'] }, 'exclude: a closing "]" expected for the "[" at character 1'],
    [{ since: '10x' }, 'since: a unit (ms, s, m, h, d) expected at character 3'],
    [
      { since: '1m', until: '2m' },
      'until: a time after since (2026-01-02T03:03:05.000Z) expected, not 2026-01-02T03:02:05.000Z,',
    ],
    [{ level: 'loud' }, 'level: a level (trace, debug, info, warn, error, fatal) expected at character 1'],
    [{ labelSelector: 'a in b' }, 'labelSelector: unable to parse requirement'],
    [{ labelSelector: 'a>1' }, 'labelSelector: "a" is stored as text'],
  ])('refuses %j by the name of the field', (query, message) => {
    expect(() => planOf(query)).toThrow(message);
  });

  test('reads the data stream of the dataset asked for', () => {
    expect(planOf({}).index).toBe('logs-vigil.containers-*');
    expect(planOf({ dataset: 'decisions' }).index).toBe('logs-vigil.decisions-*');
  });
});
