import { expect, test } from 'vitest';
import { parseWithExactSort } from './exact-sort.ts';

test('nanoseconds keep their digits, other numbers stay numbers, and texts stay as they are', () => {
  const text = `{"took":3,"hits":[{"_source":{"message":"a \\"sort\\":[1764406620123456789,1] b"},"sort":[1764406620123456789,42]},{"sort":[1764406620123,42]}]}`;
  expect(parseWithExactSort(text)).toEqual({
    took: 3,
    hits: [
      { _source: { message: 'a "sort":[1764406620123456789,1] b' }, sort: ['1764406620123456789', 42] },
      { sort: [1_764_406_620_123, 42] },
    ],
  });
});
