import { describe, expect, test } from 'vitest';
import { parseLogAnnotations, pointerOf, sentenceOf } from './log-annotations.ts';

const parse = (name: string, value: string) => parseLogAnnotations({ [`logs.vigil.dev/${name}`]: value });

test('what pods may ask for', () => {
  const { rules, problems } = parseLogAnnotations({
    'logs.vigil.dev/parse': 'json',
    'logs.vigil.dev/multiline': ' java ',
    'logs.vigil.dev/drop': '/healthz/',
    'logs.vigil.dev/keep': 'a+',
    'logs.vigil.dev/sample': '0.25',
    'logs.vigil.dev/redact': '/\\d{16}/',
    'example.com/parse': 'anything',
  });
  expect(problems).toEqual([]);
  expect(rules).toEqual({
    parse: 'json',
    multiline: 'java',
    drop: /healthz/,
    keep: /a+/,
    sample: 0.25,
    redact: /\d{16}/g,
  });
});

describe('what is not valid is told of with the character that is to blame', () => {
  test.each([
    ['parse', 'xml', 0, 'neither json nor logfmt'],
    ['sample', '2', 0, 'not a share'],
    ['sample', '', 0, 'not a share'],
    ['multiline', 'jawa', 0, 'none of java, python, go, node'],
    ['multiline', '//', 1, 'at least one'],
    ['drop', 'foo(bar', 3, 'group'],
    ['drop', '/foo(bar/', 4, 'group'],
    ['drop', '  foo(bar', 5, 'group'],
    ['drop', 'foo)bar', 3, 'unmatched'],
    ['keep', 'a[b-', 1, 'character class'],
    ['keep', 'ab**', 3, 'nothing to repeat'],
    ['keep', '(x)[z-a]', 6, 'range'],
    ['redact', 'end\\', 3, '\\'],
    ['redact', 'b(a)\\1', 4, 'back-references'],
    ['redact', '^(?!x)', 1, 'look-ahead'],
    ['redact', 'x'.repeat(501), 500, 'at most 500'],
  ] as const)('%s: %s', (name, value, at, reason) => {
    const [problem] = parse(name, value).problems;
    expect(problem).toMatchObject({ annotation: `logs.vigil.dev/${name}`, value, at });
    expect(problem?.reason).toContain(reason);
  });

  test('in a sentence, and with a caret below', () => {
    const [problem] = parse('drop', '/foo(bar/').problems;
    if (!problem) throw new Error('no problem');
    expect(sentenceOf(problem)).toBe('logs.vigil.dev/drop: unterminated group, at character 5 of "/foo(bar/"');
    expect(pointerOf(problem)).toBe('/foo(bar/\n    ^');
    const [unknown] = parse('unheard', 'of').problems;
    if (!unknown) throw new Error('no problem');
    expect(sentenceOf(unknown)).toContain('logs.vigil.dev/unheard: unknown; there are parse, multiline');
    expect(pointerOf(unknown)).toBe('logs.vigil.dev/unheard\n               ^');
  });
});

test.each(['(a+)+$', '(a|a)*b', '(a|aa)+$', '(?:a*)*b', '\\w+\\w+\\w+\\w+\\w+x'])(
  'no line can make %s take forever',
  (pattern) => {
    const { rules } = parse('drop', pattern);
    expect(rules.drop?.test(`${'a'.repeat(5_000)}!`)).toBe(false);
  },
);
