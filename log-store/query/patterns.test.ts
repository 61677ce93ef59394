import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regexpTest, wildcardTest } from './patterns.ts';

test.each([
  ['a@', 'abc', true],
  ['a#', 'a', false],
  ['"a.b"', 'a.b', true],
  ['"a.b"', 'axb', false],
  ['v<8-11>', 'v9', true],
  ['v<8-11>', 'v12', false],
  ['<01-10>', '7', false],
  ['.*a.*&.*b.*', 'xbya', true],
  ['.*a.*&.*b.*', 'xa', false],
  ['^a$', 'a', false],
  ['~a', 'b', false],
  [String.raw`\d+`, '42', true],
  ['[^a-c]', 'd', true],
  ['', '', true],
])('the regular expression %j on %j', (pattern, text, matches) => {
  expect(regexpTest(pattern)(text)).toBe(matches);
});

test.each([
  ['(a', "expected ')' at character 3"],
  ['a)', 'end of pattern expected at character 2'],
  ['[b-a]', 'upside down'],
  ['a{2,1}', 'less than the first'],
  ['a{5000}', 'at most 1000'],
  ['a|', 'unexpected end of pattern at character 3'],
  ['x'.repeat(1_001), 'longer than 1000'],
])('the regular expression %j is refused', (pattern, message) => {
  expect(() => regexpTest(pattern)).toThrow(message);
});

describe('patterns match what JavaScript matches', () => {
  const piece = fc.constantFrom('a', 'b', '.', '(a|b)', '[ab]', '[^a]', 'a*', 'b+', '(ab)?', 'a{2}', '(a|bc){1,3}');
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n', 'é', '東', '🙂'), maxLength: 8 });

  test('regular expressions', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), text, (pieces, value) => {
        const pattern = pieces.join('');
        expect(regexpTest(pattern)(value)).toBe(new RegExp(`^(?:${pattern})$`, 'su').test(value));
      }),
      { numRuns: 1_000 },
    );
  });

  test('wildcards', () => {
    const wild = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '東'), maxLength: 8 });
    fc.assert(
      fc.property(wild, text, (pattern, value) => {
        const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        expect(wildcardTest(pattern)(value)).toBe(new RegExp(`^${source}$`, 'su').test(value));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('no pattern takes longer than one step a character', () => {
  const text = 'a'.repeat(20_000);
  // Backtracking would need more steps than there are atoms.
  expect(regexpTest('(a+)+b')(text)).toBe(false);
  expect(regexpTest('(a|a)*(a|a)*(a|a)*c')(text)).toBe(false);
  expect(wildcardTest('*a*a*a*a*a*a*a*b')(text)).toBe(false);
});

test('a pattern with too many states is refused, not run', () => {
  expect(() => regexpTest('((a{1000}){1000}){1000}')('a')).toThrow('too many states');
});
