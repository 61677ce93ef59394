import { describe, expect, test } from 'vitest';
import { compileJsonPath, JsonPathError } from './json-path.ts';

const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'shop' } },
  spec: { replicas: 3, containers: [{ image: 'a' }, { image: 'b' }] },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', n: 1 },
      { type: 'Synced', status: 'False', n: 2 },
    ],
  },
};

describe('a path of a printer column', () => {
  test.each<[string, unknown[]]>([
    ['.spec.replicas', [3]],
    ['{.spec.replicas}', [3]],
    ['$.spec.replicas', [3]],
    ['.metadata.labels.app\\.kubernetes\\.io/name', ['shop']],
    [".metadata.labels['app.kubernetes.io/name']", ['shop']],
    ['.spec.containers[*].image', ['a', 'b']],
    ['.spec.containers[0].image', ['a']],
    ['.spec.containers[-1].image', ['b']],
    ['.spec.containers[7].image', []],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type == 'Synced')].n", [2]],
    ['.status.conditions[?(@.n!=1)].type', ['Synced']],
    ['.spec.constructor', []],
    ['.nothing.at.all', []],
    ['.', [object]],
  ])('%s', (text, values) => expect(compileJsonPath(text).valuesOf(object)).toEqual(values));

  test.each<[string, number]>([
    ['', 0],
    ['spec', 0],
    ['.spec..x', 6],
    ['.spec[', 6],
    ['.spec[?(@.a>1)]', 6],
    ['.spec.replicas x', 14],
  ])('%j is refused with the place', (text, at) => {
    try {
      compileJsonPath(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(JsonPathError);
      expect((error as JsonPathError).at).toBe(at);
    }
  });
});
