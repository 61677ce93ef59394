import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rewriteMessageLiterals } from './message-literals.ts';

const by = { Object: 'newObject' };
const rewrite = (expression: string) => rewriteMessageLiterals(expression, by).text;

describe('message literals', () => {
  test.each([
    ['Object{}', 'newObject("Object", {})'],
    ['Object.spec { a : 1 , }', 'newObject("Object.spec", { "a" : 1 , })'],
    [
      'x ? Object{a: {"b": c}} : Object{?d: e}',
      'x ? newObject("Object", {"a": {"b": c}}) : newObject("Object", {"?d": e})',
    ],
    ['[Object.a{b: [1, c], d: f(e, {g: h})}]', '[newObject("Object.a", {"b": [1, c], "d": f(e, {g: h})})]'],
    ['Object{a: Object.a{b: 1}, c: 2}', 'newObject("Object", {"a": newObject("Object.a", {"b": 1}), "c": 2})'],
    ['"Object{a: 1}" + \'}\' // Object{', '"Object{a: 1}" + \'}\' // Object{'],
    [
      String.raw`Object{a: "\"}", b: r"\", c: """x"y"""}`,
      String.raw`newObject("Object", {"a": "\"}", "b": r"\", "c": """x"y"""})`,
    ],
    ['x in {"a": 1}', 'x in {"a": 1}'],
    ['Other{a: 1}', 'Other{a: 1}'],
    ['my.Object{a: 1}', 'my.Object{a: 1}'],
    ['Object{a: x.Object}', 'newObject("Object", {"a": x.Object})'],
  ])('%s', (expression, rewritten) => expect(rewrite(expression)).toBe(rewritten));

  test('are found again where they were written', () => {
    const expression = 'a + Object.b{c: d, ?e: f} + g';
    const { text, originalAt } = rewriteMessageLiterals(expression, by);
    for (const name of ['a', 'd', 'f', 'g'])
      expect(originalAt(text.search(new RegExp(`\\b${name}\\b`)))).toBe(expression.search(new RegExp(`\\b${name}\\b`)));
  });

  test('are all that is changed, and whatever is written is read', () => {
    const piece = fc.constantFrom(
      'Object',
      'Object.a',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ',',
      ':',
      '?',
      '"',
      "'",
      '\\',
      'a',
      ' ',
      '1',
      '//',
      '\n',
      '.',
      'r"',
      '"""',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const expression = pieces.join('');
        const { text, originalAt } = rewriteMessageLiterals(expression, by);
        if (!expression.includes('Object')) expect(text).toBe(expression);
        let before = 0;
        for (let at = 0; at <= text.length; at++) {
          const place = originalAt(at);
          expect(place).toBeGreaterThanOrEqual(before);
          expect(place).toBeLessThanOrEqual(expression.length);
          before = place;
        }
      }),
    );
  });
});
