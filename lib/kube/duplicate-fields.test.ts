import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duplicateFields } from './duplicate-fields.ts';

describe('members that are there twice', () => {
  test.each<[string, string[]]>([
    ['{"a":1,"b":{"a":2}}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"replicas":2,"x":[{"y":1},{"z":1,"y":1,"z":2}],"replicas":3}}', ['spec.x[1].z', 'spec.replicas']],
    [String.raw`{"a\"b":1,"a\"b" : 2, "c":"\\","c":"d"}`, ['a"b', 'c']],
    [String.raw`{"a":1,"\u0061":2}`, ['a']],
    ['[[{"a":1,"a":1}],{"a":",\\"a\\":"}]', ['[0][0].a']],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['"a"', []],
  ])('%s', (json, paths) => expect(duplicateFields(json)).toEqual(paths));

  test('are found in any object, and only there', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string(), fc.nat(2), (value, name, indent) => {
        expect(duplicateFields(JSON.stringify(value, undefined, indent))).toEqual([]);
        const key = JSON.stringify(name);
        expect(duplicateFields(`{"x":${JSON.stringify(value, undefined, indent)},"y":{${key}:1,${key}:[]}}`)).toEqual([
          `y.${name}`,
        ]);
      }),
    );
  });
});
