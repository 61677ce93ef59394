import { expect, test } from 'vitest';
import { memoized } from './memoized.ts';

test('a memoized function computes an answer once as long as it is remembered, and no failure', () => {
  const asked: string[] = [];
  const upper = memoized(2, (text) => {
    asked.push(text);
    if (text === '') throw new Error('empty');
    return text.toUpperCase();
  });
  expect([upper('a'), upper('a'), upper('b'), upper('a')]).toEqual(['A', 'A', 'B', 'A']);
  expect(asked).toEqual(['a', 'b']);
  expect(upper('c')).toBe('C');
  expect(upper('a')).toBe('A');
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
  expect(() => upper('')).toThrow('empty');
  expect(() => upper('')).toThrow('empty');
});
