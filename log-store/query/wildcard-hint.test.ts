import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokensOf } from './analyze.ts';
import { wildcardTest } from './patterns.ts';
import { wildcardHint } from './wildcard-hint.ts';

describe('the hint of a wildcard', () => {
  test.each([
    ['*refused*', 'connection refused', true],
    ['*refused*', 'connection accepted', false],
    ['a?c', 'ac', false],
    ['\\*a', 'a', false],
    ['?'.repeat(20), 'too short a text', false],
  ])('%s may match a word of %j: %j', (pattern, text, expected) => {
    expect(wildcardHint(pattern, false)(text)).toBe(expected);
  });

  test('is never against a text of which a word matches', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'B', ' ', '.', 'é', '😀', 'İ'), { maxLength: 12 });
    const pattern = fc.array(fc.constantFrom('a', 'b', 'B', '*', '?', '\\*', 'é', 'i'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(text, pattern, fc.boolean(), (chars, parts, ignoreCase) => {
        const [whole, wildcard] = [chars.join(''), parts.join('')];
        if (!tokensOf(whole).some(wildcardTest(wildcard, ignoreCase))) return;
        expect(wildcardHint(wildcard, ignoreCase)(whole.toLowerCase()), `${wildcard} of ${whole}`).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
