import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedKeys } from './sorted-keys.ts';

const key = fc.stringMatching(/^[a-c]{1,2}\/[a-c.-]{1,3}$/);

test('keeps distinct keys in order, whatever comes and goes', () => {
  const operation = fc.record({ add: fc.boolean(), key });
  fc.assert(
    fc.property(fc.array(key), fc.array(operation), (loaded, operations) => {
      const keys = new SortedKeys();
      keys.load(new Set(loaded));
      const model = new Set(loaded);
      for (const { add, key: one } of operations) {
        if (add) {
          keys.add(one);
          model.add(one);
        } else {
          keys.delete(one);
          model.delete(one);
        }
      }
      const expected = [...model].sort();
      expect(keys.withPrefix('')).toEqual(expected);
      expect(keys.size).toBe(expected.length);
      for (const prefix of ['a/', 'b/', 'ab/'])
        expect(keys.withPrefix(prefix)).toEqual(expected.filter((one) => one.startsWith(prefix)));
    }),
  );
});

test('keeps thousands in order, however they come', () => {
  const keys = new SortedKeys();
  const all = Array.from({ length: 5_000 }, (_, index) => `ns-${index % 7}/pod-${(index * 7919) % 5_000}`);
  for (const one of all) keys.add(one);
  for (const one of all.slice(0, 2_000)) keys.delete(one);
  const expected = [...new Set(all.slice(2_000))].sort();
  expect(keys.withPrefix('')).toEqual(expected);
  expect(keys.withPrefix('ns-3/')).toEqual(expected.filter((one) => one.startsWith('ns-3/')));
});
