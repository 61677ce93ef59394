import { describe, expect, test } from 'vitest';
import type { PolicyRule } from '../../lib/kube/types.ts';
import { ruleAllows, rulesCover } from './policy-rules.ts';

const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]): PolicyRule => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames ? { resourceNames } : {}),
});

describe('a rule', () => {
  test.each([
    [rule(['get'], [''], ['pods']), { verb: 'get', resource: 'pods' }, true],
    [rule(['get'], [''], ['pods']), { verb: 'list', resource: 'pods' }, false],
    [rule(['get'], [''], ['pods']), { verb: 'get', group: 'apps', resource: 'pods' }, false],
    [rule(['get'], [''], ['pods']), { verb: 'get', resource: 'pods', subresource: 'log' }, false],
    [rule(['get'], [''], ['pods/log']), { verb: 'get', resource: 'pods', subresource: 'log' }, true],
    [rule(['get'], [''], ['*/log']), { verb: 'get', resource: 'pods', subresource: 'log' }, true],
    [rule(['get'], [''], ['*/log']), { verb: 'get', resource: 'pods' }, false],
    [rule(['*'], ['*'], ['*']), { verb: 'delete', group: 'x', resource: 'y', subresource: 'z' }, true],
    [rule(['get'], [''], ['secrets'], ['a']), { verb: 'get', resource: 'secrets', name: 'a' }, true],
    [rule(['get'], [''], ['secrets'], ['a']), { verb: 'get', resource: 'secrets', name: 'b' }, false],
    [rule(['list'], [''], ['secrets'], ['a']), { verb: 'list', resource: 'secrets' }, false],
    [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }, { verb: 'get', nonResourcePath: '/api/v1' }, true],
    [{ verbs: ['get'], nonResourceURLs: ['/api'] }, { verb: 'get', nonResourcePath: '/api/v1' }, false],
    [rule(['*'], ['*'], ['*']), { verb: 'get', nonResourcePath: '/metrics' }, false],
    [{ verbs: ['*'], nonResourceURLs: ['*'] }, { verb: 'get', resource: 'pods' }, false],
  ])('%j on %j: %s', (one, asked, allowed) => {
    expect(ruleAllows(one, asked)).toBe(allowed);
  });
});

describe('rules cover a rule', () => {
  const own = [
    rule(['get', 'list'], ['', 'apps'], ['pods', 'deployments']),
    rule(['delete'], [''], ['secrets'], ['a', 'b']),
  ];
  test.each([
    [rule(['get'], [''], ['pods']), true],
    [rule(['get', 'list'], ['', 'apps'], ['deployments', 'pods']), true],
    [rule(['get', 'watch'], [''], ['pods']), false],
    [rule(['*'], [''], ['pods']), false],
    [rule(['get'], ['*'], ['pods']), false],
    [rule(['get'], [''], ['*']), false],
    [rule(['delete'], [''], ['secrets'], ['a']), true],
    [rule(['delete'], [''], ['secrets'], ['a', 'c']), false],
    [rule(['delete'], [''], ['secrets']), false],
    [{ verbs: ['get'], nonResourceURLs: ['/x'] }, false],
  ])('%j: %s', (wanted, covered) => {
    expect(rulesCover(own, wanted)).toBe(covered);
  });
});
