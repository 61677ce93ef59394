import { describe, expect, it } from 'vitest';
import {
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isLabelValue,
  isPathSegment,
  isPortName,
  isPortNumber,
  isQualifiedName,
  type NameRule,
} from './name-rules.ts';

describe('rules for names', () => {
  it.each<[string, NameRule, readonly string[], readonly string[]]>([
    [
      'isDns1123Label',
      isDns1123Label,
      ['a', 'a-b', '0', 'x'.repeat(63)],
      ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'x'.repeat(64), 'a\n'],
    ],
    [
      'isDns1123Subdomain',
      isDns1123Subdomain,
      ['a', 'a.b-c.d', '1.2.3'],
      ['', '.a', 'a..b', 'A', 'a/b', 'x'.repeat(254)],
    ],
    ['isDns1035Label', isDns1035Label, ['a', 'a-1'], ['1a', '', '-a', 'a.b']],
    [
      'isQualifiedName',
      isQualifiedName,
      ['a', 'A_b.c', 'example.com/a'],
      ['', '/a', 'a/', 'a/b/c', 'EXAMPLE.com/a', '-a', 'x'.repeat(64)],
    ],
    ['isLabelValue', isLabelValue, ['', 'a', 'A_b.c-1'], ['-a', 'a-', 'a b', 'x'.repeat(64)]],
    ['isEnvVarName', isEnvVarName, ['A', 'a.b-c', '1', 'A B'], ['', 'A=B', 'ä', 'a\n']],
    ['isConfigMapKey', isConfigMapKey, ['a', '.a', 'a..b', '_'], ['', '.', '..', '..a', 'a/b', 'x'.repeat(254)]],
    ['isPortName', isPortName, ['http', 'a-1'], ['', '80', 'a--b', '-a', 'A', 'x'.repeat(16)]],
    ['isPathSegment', isPathSegment, ['system:node', 'A b'], ['.', '..', 'a/b', 'a%b']],
  ])('%s takes what it should and refuses the rest', (_name, rule, good, bad) => {
    expect(good.filter((value) => rule(value).length > 0)).toEqual([]);
    expect(bad.filter((value) => rule(value).length === 0)).toEqual([]);
  });

  it('say what is wrong in the API’s words', () => {
    expect(isDns1123Label('x'.repeat(64))).toEqual(['must be no more than 63 characters']);
    expect(isQualifiedName('/a')).toEqual(['prefix part must be non-empty']);
    expect(isConfigMapKey('..')).toEqual(["must not be '..'"]);
    expect(isPortNumber(0)).toEqual(['must be between 1 and 65535, inclusive']);
  });
});
