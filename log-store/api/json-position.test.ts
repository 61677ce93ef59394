import { expect, test } from 'vitest';
import { positionOf } from './json-position.ts';

const body = `{"size": 1,
  "query": {"bool": {"must": [
    {"term": {"a": "}\\"]"}}, {"nonsense": {}}
  ]}}}`;

test.each([
  [['size'], 'value', { line: 1, col: 10 }],
  [['size'], 'key', { line: 1, col: 2 }],
  [['query', 'bool', 'must', 1, 'nonsense'], 'value', { line: 3, col: 43 }],
  [['query', 'bool', 'must', 1, 'nonsense'], 'key', { line: 3, col: 31 }],
  [['query', 'bool', 'must', 0, 'term'], 'end', { line: 3, col: 26 }],
  // As far as the path leads.
  [['query', 'match'], 'value', { line: 2, col: 12 }],
  [[], 'value', { line: 1, col: 1 }],
] as const)('%j, the %s', (path, target, position) => {
  expect(positionOf(body, path, target)).toEqual(position);
});

test('nothing has no position', () => {
  expect(positionOf('', ['query'])).toBeUndefined();
});
