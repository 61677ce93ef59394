import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonShape, jsonSyntaxError, memberCount, parseJson } from './json-syntax.ts';

describe('jsonSyntaxError', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['[', 'unexpected end of JSON input'],
    ['hello', `invalid character 'h' looking for beginning of value`],
    ['{}garbage', `invalid character 'g' after top-level value`],
    ['{}{}', `invalid character '{' after top-level value`],
    ['[1 2]', `invalid character '2' after array element`],
    ['{"a" 1}', `invalid character '1' after object key`],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['{a:1}', `invalid character 'a' looking for beginning of object key string`],
    ['{"a":1,}', `invalid character '}' looking for beginning of object key string`],
    ['[1,]', `invalid character ']' looking for beginning of value`],
    ['"a\u0000b"', String.raw`invalid character '\x00' in string literal`],
    ['"a\nb"', String.raw`invalid character '\n' in string literal`],
    [String.raw`"\q"`, `invalid character 'q' in string escape code`],
    [String.raw`"\u12x4"`, String.raw`invalid character 'x' in \u hexadecimal character escape`],
    ['trux', `invalid character 'x' in literal true (expecting 'e')`],
    ['-a', `invalid character 'a' in numeric literal`],
    ['1.a', `invalid character 'a' after decimal point in numeric literal`],
    ['1ea', `invalid character 'a' in exponent of numeric literal`],
    ["'a'", String.raw`invalid character '\'' looking for beginning of value`],
    ['\uFEFF{}', `invalid character 'ï' looking for beginning of value`],
    ['['.repeat(100_000), `invalid character '[' exceeded max depth`],
  ])('says what is wrong with %j', (text, message) => {
    expect(jsonSyntaxError(text)).toBe(message);
  });

  it('finds fault with a text exactly when it is no JSON', () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...Array.from('{}[]:,"\\u01e-+. tfn\u0000')) }),
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...Array.from('{}[]:,"\\x'))).map(([text, at, more]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + more + text.slice(place);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(jsonSyntaxError(text) === undefined).toBe(isJson);
      }),
    );
  });
});

describe('members', () => {
  it.each([
    ['{"a":1,"a":2}', 2, 1],
    ['{"a":{"b":[{"c":1},{"c":1,"d":"}","c":{"e":0}}]}}', 7, 6],
    [String.raw`{"a":1,"\u0061":2}`, 2, 1],
    ['{"a":[1,2],"b":"a:","c":{}}', 3, 3],
  ])('are counted in the text and in the value of %s', (text, members, left) => {
    const { value, shape } = parseJson(Buffer.from(text));
    expect([shape.members, memberCount(value)]).toEqual([members, left]);
  });

  it('are as many in a text as in the value that it was written from', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        expect(jsonShape(Buffer.from(text)).members).toBe(memberCount(JSON.parse(text)));
      }),
    );
  });
});

it('JSON that nests too deep is refused before it is parsed', () => {
  expect(() => parseJson(Buffer.from(`${'['.repeat(10_001)}${']'.repeat(10_001)}`))).toThrow('exceeded max depth');
  expect(parseJson(Buffer.from(`${'['.repeat(1000)}${']'.repeat(1000)}`)).shape.depth).toBe(1000);
});
