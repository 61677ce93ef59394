import { describe, expect, it } from 'vitest';
import { countIndexes } from './job-indexes.ts';

describe('indexes of a job', () => {
  it.each([
    ['', 0],
    ['0', 1],
    ['0,2-5', 5],
    ['0-9', 10],
  ])('counts those of "%s"', (text, count) => {
    expect(countIndexes(text, 10)).toBe(count);
  });

  it.each([
    ['1-2-3', 'at most two parts'],
    ['1,', 'cannot convert string to integer for index: ""'],
    ['-1', 'cannot convert string to integer for index: ""'],
    ['3-10', 'too large index: "10"'],
    ['3,2', 'non-increasing order, previous: 3, current: 2'],
    ['3-3', 'non-increasing order, previous: 3, current: 3'],
    ['1-4,4', 'non-increasing order, previous: 4, current: 4'],
  ])('refuses "%s"', (text, message) => {
    expect(() => countIndexes(text, 10)).toThrow(message);
  });
});
