import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuery } from './parse-query.ts';
import { pointerLines, QueryError } from './query-error.ts';
import { withTerm } from './with-term.ts';

/** The tree as text: fully parenthesised, so that what binds to what can be read. */
function shape(text: string): string {
  const show = (node: ReturnType<typeof parseQuery>): string => {
    switch (node.kind) {
      case 'all':
        return '*';
      case 'and':
      case 'or':
        return `(${node.nodes.map(show).join(` ${node.kind} `)})`;
      case 'not':
        return `!${show(node.node)}`;
      case 'exists':
        return `exists(${node.field})`;
      case 'range':
        return `${node.field}${node.from ? (node.from.isInclusive ? '>=' : '>') + node.from.text : ''}${node.to ? (node.to.isInclusive ? '<=' : '<') + node.to.text : ''}`;
      case 'phrase':
        return `${node.field ?? ''}"${node.text}"${node.slop > 0 ? `~${node.slop}` : ''}`;
      case 'regexp':
        return `${node.field ?? ''}/${node.pattern}/`;
      case 'wildcard':
        return `${node.field ?? ''}~${node.pattern}`;
      case 'fuzzy':
        return `${node.field ?? ''}≈${node.text}${node.edits}`;
      case 'word':
        return node.field === undefined ? node.text : `${node.field}:${node.text}`;
    }
  };
  return show(parseQuery(text));
}

describe('the query language', () => {
  test.each([
    ['', '*'],
    ['  ', '*'],
    ['*', '*'],
    ['*:*', '*'],
    ['timeout', 'timeout'],
    ['connection refused', '(connection and refused)'],
    ['a AND b', '(a and b)'],
    ['a OR b c', '(a or (b and c))'],
    ['a && b || !c', '((a and b) or !c)'],
    ['+a -b', '(a and !b)'],
    ['NOT (a OR b)', '!(a or b)'],
    ['NOT NOT a', '!!a'],
    ['level:error', 'level:error'],
    ['level:(error OR fatal)', '(level:error or level:fatal)'],
    ['level:>=warn', 'level>=warn'],
    ['restarts:[1 TO 5}', 'restarts>=1<5'],
    ['restarts:{* TO 5]', 'restarts<=5'],
    ['time:>2026-01-01T10:00:00Z', 'time>2026-01-01T10:00:00Z'],
    ['"took 5 ms"~2', '"took 5 ms"~2'],
    ['"say \\"hi\\""', '"say "hi""'],
    ['pod:hello-*', 'pod~hello-*'],
    ['a\\*b', 'a*b'],
    ['tiemout~1', '≈tiemout1'],
    ['word^2.5', 'word'],
    ['_exists_:level', 'exists(level)'],
    ['level:*', 'exists(level)'],
    ['/time(out)?/', '/time(out)?/'],
    ['/took [0-9]+ ms/ AND level:error', '(/took [0-9]+ ms/ and level:error)'],
    ['/a\\/b/', '/a/b/'],
    ['/api/v1/pods', '/api/v1/pods'],
    ['GET /healthz', '(GET and /healthz)'],
    ['ORDER ANDROID', '(ORDER and ANDROID)'],
    ['label.app.kubernetes.io/name:shop', 'label.app.kubernetes.io/name:shop'],
    ['workload:deploy/cart', 'workload:deploy/cart'],
    ['10.0.3.17', '10.0.3.17'],
    ['user=42', 'user=42'],
    ['a[0]', 'a[0]'],
    ['well-known', 'well-known'],
  ])('%j means %s', (text, expected) => {
    expect(shape(text)).toBe(expected);
  });

  test.each([
    ['level:error AND (timeout', '")" expected at character 25'],
    ['timeout)', '"(" is missing before this ")" at character 8'],
    ['a AND', 'a word expected at character 6'],
    ['AND a', 'a word expected before AND at character 1'],
    ['a OR OR b', 'a word expected before OR at character 6'],
    ['NOT', 'a word expected at character 4'],
    ['()', 'a word expected at character 2'],
    ['say "hi', 'a closing quotation mark expected for the one at character 5'],
    ['level:', 'a value for "level" expected; text with a colon is put in quotation marks at character 7'],
    ['level: error', 'a value for "level" expected; text with a colon is put in quotation marks at character 7'],
    ['at 10:30', `a field's name expected before ":"; text with a colon is put in quotation marks at character 4`],
    ['http://a/b', 'a value expected; an address is put in quotation marks at character 6'],
    ['[1 TO 2]', 'a field expected before a range; text with a bracket is put in quotation marks at character 1'],
    ['restarts:[1 2]', '" TO " expected at character 12'],
    ['restarts:[1 TO 2', '"]" or "}" expected at character 17'],
    ['restarts:[ TO 2]', '" TO " expected at character 14'],
    ['restarts:>', 'a value expected at character 11'],
    ['a\\', 'a character expected after the backslash at character 3'],
    ['('.repeat(60), 'at most 50 levels of parentheses expected, this one is too many at character 51'],
    ['x'.repeat(5000), 'at most 4096 characters expected, this one is too many at character 4097'],
  ])('%j is refused: %s', (text, message) => {
    expect(problemOf(() => parseQuery(text))).toBe(`query: ${message}`);
  });

  test('any text is either a query or an error that points into it', () => {
    const piece = fc.constantFrom(
      ...'a b ( ) " : [ ] { } / \\ * ? ~ ^ > < = - + ! AND OR NOT TO level: && ||'.split(' '),
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        try {
          parseQuery(text);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError);
          const { at } = error as QueryError;
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof QueryError ? error.message : String(error);
  }
  return 'no error';
}

describe('the pointer', () => {
  test('stands under the character', () => {
    expect(pointerLines(new QueryError('query', 'level:error AND (timeout', 24, '")" expected'))).toEqual([
      'level:error AND (timeout',
      '                        ^',
    ]);
  });

  test('stands under the character of a long text, of which only the surroundings are shown', () => {
    const text = `${'a'.repeat(200)}!${'b'.repeat(200)}`;
    const [shown, caret] = pointerLines({ text, at: 200 });
    expect(shown.length).toBeLessThan(90);
    expect(shown[caret.length - 1]).toBe('!');
  });
});

describe('a query narrowed by a value', () => {
  test.each([
    ['', 'pod', 'hello-1', false, 'pod:hello-1'],
    ['timeout', 'level', 'error', false, 'timeout AND level:error'],
    ['a OR b', 'ns', 'shop', false, '(a OR b) AND ns:shop'],
    ['a b', 'ns', 'shop', true, 'a b AND NOT ns:shop'],
    ['', 'label.app', 'AND', false, 'label.app:"AND"'],
    ['', 'reason', 'say "hi" now', false, 'reason:"say \\"hi\\" now"'],
    ['broken (', 'pod', 'x', false, 'pod:x'],
  ])('%j and %s:%s', (query, field, value, isNegated, expected) => {
    const narrowed = withTerm(query, field, value, isNegated);
    expect(narrowed).toBe(expected);
    expect(() => parseQuery(narrowed)).not.toThrow();
  });

  test('any value can be asked for', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const node = parseQuery(withTerm('', 'pod', value));
        expect(node).toMatchObject({ field: 'pod', text: value });
      }),
    );
  });
});
