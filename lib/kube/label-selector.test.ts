import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldValue, parseFieldSelector } from './field-selector.ts';
import {
  formatLabelSelector,
  labelMatcher,
  labelsMatcher,
  parseLabelSelector,
  SelectorError,
} from './label-selector.ts';

describe('parseLabelSelector', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['a in (x, y)', { a: 'y' }, true],
    ['a in (x,y),b notin (z)', { a: 'x' }, true],
    ['a notin (x)', { a: 'x' }, false],
    ['a in (,x)', { a: '' }, true],
    ['a=', { a: '' }, true],
    ['n>5', { n: '6' }, true],
    ['n>5', { n: '5' }, false],
    ['n<5', { n: 'four' }, false],
    ['n<5', {}, false],
    ['in=notin', { in: 'notin' }, true],
    [' a = b , c ', { a: 'b', c: '1' }, true],
    ['example.com/x=1', { 'example.com/x': '1' }, true],
    ['constructor', {}, false],
  ])('%s on %j: %s', (text, labels, expected) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(expected);
  });

  it.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a in x', "unable to parse requirement: found 'x' expected: '('"],
    ['a in (x y)', "unable to parse requirement: found 'y', expected: ',' or ')'"],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ['-a', 'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of'],
    ['a=b!', "found '!', expected: ',' or 'end of string'"],
    [
      'a=-b',
      'unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string or consist of',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(SelectorError);
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it('never does anything but match or refuse', () => {
    const piece = fc.constantFrom('a', 'b/c', ' ', '=', '!', '(', ')', ',', 'in', 'notin', '>', '<', '1', '-', '\t');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          parseLabelSelector(pieces.join('')).matches({ a: '1' });
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
    );
  });
});

describe('labelMatcher', () => {
  it('selects nothing when absent and everything when empty', () => {
    expect(labelMatcher(undefined).matches({})).toBe(false);
    expect(labelMatcher({}).matches({ a: 'b' })).toBe(true);
    expect(labelMatcher({}).isEverything).toBe(true);
  });

  it('agrees with its text form', () => {
    const key = fc.constantFrom('a', 'b', 'example.com/c');
    const value = fc.constantFrom('', 'x', 'y');
    const values = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
    const expression = fc.oneof(
      fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values }),
      fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
    );
    const selector = fc.record({
      matchLabels: fc.dictionary(key, value, { maxKeys: 2 }),
      matchExpressions: fc.array(expression, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(selector, fc.dictionary(key, value), (object, labels) => {
        const text = formatLabelSelector(object);
        expect(parseLabelSelector(text).matches(labels)).toBe(labelMatcher(object).matches(labels));
      }),
    );
  });

  it.each(['Near', 'constructor'])('refuses the operator %s, which it does not know', (operator) => {
    expect(() => labelMatcher({ matchExpressions: [{ key: 'a', operator }] })).toThrow(
      `"${operator}" is not a valid label selector operator`,
    );
  });

  it('matches plain label sets as Services do', () => {
    expect(labelsMatcher({ a: '1', b: '2' }).matches({ a: '1', b: '2', c: '3' })).toBe(true);
    expect(labelsMatcher({ a: '1', b: '2' }).matches({ a: '1' })).toBe(false);
  });
});

describe('parseFieldSelector', () => {
  const pod = { metadata: { name: 'a' }, spec: { nodeName: 'n=1', hostNetwork: true }, status: {} };
  const matches = (text: string) => parseFieldSelector(text).matches((field) => fieldValue(pod, field));

  it.each([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==a,status.phase=', true],
    ['metadata.name!=a', false],
    [String.raw`spec.nodeName=n\=1`, true],
    ['spec.hostNetwork=true', true],
    ['status.phase!=Running', true],
  ])('%s: %s', (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it.each([
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['a=b=c', 'unescaped character in value: 61'],
    [String.raw`a=b\x`, String.raw`invalid escape sequence: \x`],
  ])('refuses %s', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  it('tells the one value that a field must have', () => {
    const matcher = parseFieldSelector('spec.nodeName=n1,status.phase!=Failed');
    expect(matcher.exactValueOf('spec.nodeName')).toBe('n1');
    expect(matcher.exactValueOf('status.phase')).toBeUndefined();
  });
});
