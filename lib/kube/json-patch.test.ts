import fastJsonPatch from 'fast-json-patch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch, createMergePatch } from './merge-patch.ts';
import { PatchError } from './patch-error.ts';

describe('applyJsonPatch', () => {
  it.each([
    [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/1', value: 9 }], { a: [1, 9, 2] }],
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/-', value: 9 }], { a: [1, 2, 9] }],
    [{ a: [1, 2] }, [{ op: 'remove', path: '/a/0' }], { a: [2] }],
    [{ a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: null }], { a: { b: null } }],
    [{ a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
    [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [{ 'x/y': { 'm~n': 1 } }, [{ op: 'replace', path: '/x~1y/m~0n', value: 2 }], { 'x/y': { 'm~n': 2 } }],
    [{ a: 1 }, [{ op: 'test', path: '/a', value: 1 }], { a: 1 }],
    [{ a: 1 }, [{ op: 'replace', path: '', value: 3 }], 3],
  ])('%j with %j gives %j', (document, patch, expected) => {
    expect(applyJsonPatch(document, patch)).toEqual(expected);
  });

  it.each([
    [[{ op: 'remove', path: '/b' }], 'unprocessable'],
    [[{ op: 'replace', path: '/b/c', value: 1 }], 'unprocessable'],
    [[{ op: 'add', path: '/b/c', value: 1 }], 'unprocessable'],
    [[{ op: 'test', path: '/a', value: 2 }], 'testFailed'],
    [[{ op: 'add', path: '/list/7', value: 2 }], 'unprocessable'],
    [[{ op: 'twist', path: '/a' }], 'unprocessable'],
    [[{ op: 'add', path: 'a', value: 1 }], 'unprocessable'],
    [{ op: 'add' }, 'invalid'],
    [Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 })), 'tooLarge'],
  ])('refuses %j', (patch, kind) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, patch)).toThrow(PatchError);
    try {
      applyJsonPatch({ a: 1, list: [] }, patch);
    } catch (error) {
      expect((error as PatchError).kind).toBe(kind);
    }
  });

  it('never reaches the prototype of objects', () => {
    const result = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    expect(Object.hasOwn(result as object, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('turns any document into any other by the difference that another implementation computed', () => {
    const json = fc
      .dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
      .filter(plain);
    fc.assert(
      fc.property(json, json, (from, to) => {
        const patch = fastJsonPatch.compare(from, to);
        const before = JSON.stringify(from);
        expect(JSON.stringify(sorted(applyJsonPatch(from, patch)))).toBe(JSON.stringify(sorted(to)));
        expect(JSON.stringify(from)).toBe(before);
      }),
    );
  });
});

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j gives %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  it('undoes createMergePatch for documents without nulls', () => {
    const json = fc
      .dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
      .filter((value) => plain(value) && !JSON.stringify(value).includes('null'));
    fc.assert(
      fc.property(json, json, (from, to) => {
        const patch = createMergePatch(from, to);
        expect(sorted(patch === undefined ? from : applyMergePatch(from, patch))).toEqual(sorted(to));
      }),
    );
  });
});

/** The other implementation cannot handle `__proto__` members. */
function plain(value: unknown): boolean {
  return !JSON.stringify(value).includes('__proto__');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
