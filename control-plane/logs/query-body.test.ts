import { describe, expect, test } from 'vitest';
import { queryOfBody } from './query-body.ts';

describe('the body of a search', () => {
  test('is taken as it is when its shape is right', () => {
    const query = {
      query: 'a',
      grep: ['b'],
      size: 10,
      top: [{ field: 'pod', size: 3 }],
      workload: { kind: 'Pod', name: 'x' },
      fields: true,
    };
    expect(queryOfBody(query)).toEqual(query);
  });

  test.each([
    [[], 'the body must be a LogQuery object'],
    [{ limit: 1 }, 'unknown field "limit"'],
    [{ query: 1 }, 'query: must be a string of at most 4096 characters'],
    [{ query: 'x'.repeat(4097) }, 'query: must be a string of at most 4096 characters'],
    [{ pods: 'a' }, 'pods: must be a list of at most 1000 strings'],
    [{ grep: Array.from({ length: 17 }, () => 'a') }, 'grep: at most 16 patterns'],
    [{ size: 10_001 }, 'size: must be a whole number from 0 to 10000'],
    [{ context: 51 }, 'context: must be a whole number from 0 to 50'],
    [
      { dataset: 'audit' },
      'dataset: "audit" is not one of containers, probes, terminations, events, decisions, deadletter',
    ],
    [{ order: 'up' }, 'order: "up" is not one of newest, oldest'],
    [{ workload: { kind: 'Pod' } }, 'workload: must have the strings kind and name'],
    [
      { top: [{ field: 'pod', size: 101 }] },
      'top: must be a list of at most 8 objects with a field and a size from 1 to 100',
    ],
    [{ groupBy: ['a', 'b', 'c', 'd'] }, 'groupBy: at most 3 fields'],
    [{ fields: 'yes' }, 'fields: must be true or false'],
  ])('%j is refused', (body, message) => {
    expect(() => queryOfBody(body)).toThrow(message);
  });
});
