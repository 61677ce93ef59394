import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../engine/store-error.ts';
import { parseLucene } from './lucene.ts';
import { parseSimple } from './simple-query.ts';

describe('errors point at the character', () => {
  test.each([
    ['message:(timeout AND', 21],
    ['message:(timeout', 9],
    ['"open', 1],
    ['a )', 3],
    ['/open', 1],
    ['a AND', 6],
    ['a/b', 2],
    ['a:b:c', 4],
    ['[1 TO', 1],
  ])('%j', (query, character) => {
    expect(() => parseLucene(query)).toThrow(`at character ${character}`);
  });
});

test.each([
  ['a:b', { kind: 'term', field: 'a', text: 'b' }],
  ['a\\:b', { kind: 'term', field: undefined, text: 'a:b' }],
  ['"a b"~2', { kind: 'phrase', field: undefined, text: 'a b', slop: 2 }],
  ['a:[1 TO *}', { kind: 'range', field: 'a', gte: '1' }],
  ['a:>=5', { kind: 'range', field: 'a', gte: '5' }],
  ['_exists_:a', { kind: 'exists', field: 'a' }],
  ['*:*', { kind: 'all' }],
  ['word~1', { kind: 'term', field: undefined, text: 'word', fuzzy: 1 }],
  ['a-b\\/c', { kind: 'term', field: undefined, text: 'a-b/c' }],
  ['word~', { kind: 'term', field: undefined, text: 'word', fuzzy: 'AUTO' }],
  ['a:(b c)', { kind: 'term', field: 'a', text: 'b c' }],
  ['a:b*', { kind: 'prefix', field: 'a', text: 'b' }],
  ['', { kind: 'nothing' }],
  ['NOT a', { kind: 'bool', clauses: [{ occur: 'not', node: { kind: 'term', field: undefined, text: 'a' } }] }],
])('%s', (query, node) => {
  expect(parseLucene(query)).toEqual(node);
});

test('no text makes the parsers do anything but answer or refuse with a 400', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab:()"*?/\\[]{} +-!~^ANDORT><'.split('')), maxLength: 60 }),
      (text) => {
        expect(parseSimple(text, 'or')).toHaveProperty('kind');
        try {
          parseLucene(text);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
