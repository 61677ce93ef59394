import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokensOf } from '../../log-store/query/analyze.ts';
import { parsePattern } from './pattern.ts';
import { patternSource } from './pattern-source.ts';
import { isPlain, requiredLiterals } from './pattern-literals.ts';
import { requiredWords, type RequiredWords } from './pattern-words.ts';

setFlagsFromString('--enable-experimental-regexp-engine');

const sourceOf = (text: string) => patternSource('grep', parsePattern('grep', text));

describe('a pattern', () => {
  test.each([
    ['(a', 'a closing ")" expected for the "(" at character 1'],
    ['a)', '"(" is missing before this ")" at character 2'],
    ['x[a-', 'a closing "]" expected for the "[" at character 2'],
    ['[z-a]', 'a range from lower to higher expected at character 2'],
    ['a**', 'something to repeat expected at character 3'],
    ['*a', 'something to repeat expected at character 1'],
    ['(?=a)', 'no look-around expected: it cannot be matched in linear time at character 1'],
    ['a(?<!b)', 'no look-around expected: it cannot be matched in linear time at character 2'],
    ['(a)\\1', 'no reference to a group expected: it cannot be matched in linear time at character 4'],
    ['a(?i)b', '"(", "(?:" or "(?<name>" expected; "(?i)" stands only at the beginning at character 2'],
    ['a\\', 'a character that can be escaped expected after the backslash at character 2'],
    ['a{3,1}', 'a second number that is not below the first expected at character 2'],
    ['a{5000}', 'at most 1000 repetitions expected at character 2'],
    ['x'.repeat(1001), 'at most 1000 characters expected, this one is too many at character 1001'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parsePattern('grep', text)).toThrow(`grep: ${message}`);
  });

  test('that repeats too much is refused', () => {
    expect(() => sourceOf('((a{100}){100}){100}')).toThrow('fewer repetitions inside one another expected');
  });

  test.each([
    ['[0-9a-f]{32}', 'trace=0123456789abcdef0123456789abcdef.', 'trace=0123456789abcdef'],
    ['(?i)time[d-p]ut', 'TIMEOUT', 'TIMEZUT'],
    ['^GET /(a|b)\\.html$', 'GET /b.html', 'GET /bxhtml'],
    ['\\bfoo\\b', 'a foo', 'food'],
    ['(ab){20,}c', `${'ab'.repeat(25)}c`, `${'ab'.repeat(19)}c`],
    ['{"a":\\s*[^}]+}', '{"a": 1}', '{"a":}'],
  ])('%s matches %j and not %j, in linear time', (text, match, other) => {
    const pattern = new RegExp(sourceOf(text), 'l');
    expect([pattern.test(match), pattern.test(other)]).toEqual([true, false]);
  });

  const char = fc.constantFrom('a', 'A', 'b', 'B', '1', '_', '.', ':', ' ', '/', '\n', '-', '=', 'é');
  const atom: fc.Arbitrary<string> = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      'B',
      '1',
      '_',
      ' ',
      '.',
      '\\.',
      ':',
      '/',
      '=',
      '-',
      '\\d',
      '\\w',
      '\\s',
      '[a-b]',
      '[^a]',
      '\\b',
      '^',
      '$',
      'ab',
      'aab',
      'b1a',
    ),
  );
  const pattern = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join('')),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
      fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}')).map(([a, q]) => `(?:${a})${q}`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    ),
  })).node;
  const line = fc.array(char, { maxLength: 24 }).map((chars) => chars.join(''));

  test('means what it means in JavaScript, in both cases with (?i)', () => {
    fc.assert(
      fc.property(pattern, line, (text, message) => {
        expect(new RegExp(sourceOf(text), 'l').test(message)).toBe(new RegExp(text).test(message));
        expect(new RegExp(sourceOf(`(?i)${text}`), 'l').test(message)).toBe(new RegExp(text, 'i').test(message));
      }),
      { numRuns: 2000 },
    );
  });

  /** Patterns together with a text that they match. */
  const matching = fc.letrec<{ node: readonly [source: string, text: string] }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc
        .array(
          fc.constantFrom(
            ...([
              ['timeout', 'timeout'],
              ['refused', 'refused'],
              ['a1b', 'a1b'],
              ['B', 'B'],
              ['\\.', '.'],
              [':', ':'],
              [' ', ' '],
              ['=', '='],
              ['\\s+', '  '],
              ['\\s*', ''],
              ['\\d+', '42'],
              ['.*', ' é '],
              ['[abc]', 'b'],
              ['_', '_'],
            ] as const),
          ),
          { minLength: 1, maxLength: 5 },
        )
        .map((parts): readonly [string, string] => [
          parts.map(([source]) => source).join(''),
          parts.map(([, text]) => text).join(''),
        ]),
      fc.tuple(tie('node'), tie('node')).map(([a, b]): readonly [string, string] => [`(?:${a[0]}|${b[0]})`, a[1]]),
      fc
        .tuple(tie('node'), tie('node'))
        .map(([a, b]): readonly [string, string] => [`(?:${a[0]}|${b[0]})+`, b[1] + a[1]]),
      fc.tuple(tie('node'), tie('node')).map(([a, b]): readonly [string, string] => [`(?:${a[0]})?${b[0]}`, b[1]]),
      fc.tuple(tie('node'), tie('node')).map(([a, b]): readonly [string, string] => [a[0] + b[0], a[1] + b[1]]),
    ),
  })).node;

  test('never matches a line that lacks the words said to be required', () => {
    let withWords = 0;
    fc.assert(
      fc.property(matching, line, line, ([text, matched], before, after) => {
        const message = before + matched + after;
        expect(new RegExp(sourceOf(text), 'l').test(message)).toBe(true);
        const literals = requiredLiterals(parsePattern('grep', text));
        expect({
          text,
          message,
          has: literals?.some((all) => all.every((one) => message.includes(one))) ?? true,
        }).toEqual({ text, message, has: true });
        const words = requiredWords(parsePattern('grep', text));
        if (!words) return;
        withWords++;
        expect({ text, message, has: hasWords(words, tokensOf(message)) }).toEqual({ text, message, has: true });
      }),
      { numRuns: 3000 },
    );
    expect(withWords).toBeGreaterThan(500);
  });
});

/** What the store's index would find. */
function hasWords(words: RequiredWords, tokens: readonly string[]): boolean {
  if (words.kind !== 'word') {
    const has = (one: RequiredWords) => hasWords(one, tokens);
    return words.kind === 'all' ? words.of.every(has) : words.of.some(has);
  }
  const { text, opensLeft, opensRight } = words;
  return tokens.some((token) =>
    opensLeft
      ? opensRight
        ? token.includes(text)
        : token.endsWith(text)
      : opensRight
        ? token.startsWith(text)
        : token === text,
  );
}

describe('the text that a pattern requires', () => {
  test.each([
    ['run=1 ', [['run=1 ']]],
    ['(?i)Time.*Out|x', [['time', 'out'], ['x']]],
    ['a\\b.c', [['a', 'c']]],
    ['^ab$', [['ab']]],
    ['a|[bc]', undefined],
    ['(ab)', undefined],
  ])('%s', (text, expected) => {
    expect(requiredLiterals(parsePattern('grep', text))).toEqual(expected);
  });

  test.each([
    ['timeout|refused', true],
    ['(a|b)[0-9]c', true],
    ['a+', false],
    ['(a?)b', false],
    ['(a|a)'.repeat(7), false],
  ])('%s is quick for a backtracking engine: %j', (text, expected) => {
    expect(isPlain(parsePattern('grep', text))).toBe(expected);
  });
});

describe('the words that a pattern requires', () => {
  const word = (text: string, opensLeft: boolean, opensRight: boolean) => ({
    kind: 'word',
    text,
    opensLeft,
    opensRight,
  });
  test.each<[string, unknown]>([
    ['timeout', word('timeout', true, true)],
    ['Timeout|refused', { kind: 'any', of: [word('timeout', true, true), word('refused', true, true)] }],
    ['a connection refused', { kind: 'all', of: [word('connection', false, false), word('refused', false, true)] }],
    ['^start', word('start', false, true)],
    ['error\\s+code=\\d+', { kind: 'all', of: [word('code', false, false), word('error', true, false)] }],
    [
      '(disk|memory) full',
      {
        kind: 'all',
        of: [word('full', false, true), { kind: 'any', of: [word('disk', true, true), word('memory', true, true)] }],
      },
    ],
    ['.*', undefined],
    ['timeout|.', undefined],
    ['(timeout)?', undefined],
    ['\\d{3}', undefined],
  ])('%s', (text, expected) => {
    expect(requiredWords(parsePattern('grep', text))).toEqual(expected);
  });
});
