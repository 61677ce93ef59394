import { expect, test } from 'vitest';
import type { ClusterRole, PolicyRule } from '../../lib/kube/types.ts';
import { aggregatedRules, areSameRules } from './aggregated-rules.ts';

const rule = (resource: string): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: [resource] });
const role = (name: string, labels: Record<string, string>, ...resources: string[]): ClusterRole => ({
  metadata: { name, labels },
  rules: resources.map(rule),
});
const both: ClusterRole = {
  metadata: { name: 'both', labels: { a: 'true' } },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'true' } }, { matchLabels: { b: 'true' } }] },
  rules: [rule('its-own')],
};

test('an aggregated role has the rules of those that one of its selectors takes, by their names, each once, and none of its own', () => {
  const all = [
    role('z', { a: 'true' }, 'pods', 'nodes'),
    both,
    role('c', { b: 'true' }, 'services', 'pods'),
    role('d', { c: 'true' }, 'secrets'),
  ];
  expect(aggregatedRules(both, all)).toEqual([rule('services'), rule('pods'), rule('nodes')]);
});

test('an aggregated role that selects nothing has no rules, and others are left alone', () => {
  expect(aggregatedRules(both, [both])).toEqual([]);
  expect(aggregatedRules(role('x', {}, 'pods'), [both])).toBeUndefined();
});

test('rules are the same whatever empty lists they spell out', () => {
  expect(areSameRules([rule('pods')], [{ ...rule('pods'), resourceNames: [] }])).toBe(true);
  expect(areSameRules([rule('pods')], [rule('nodes')])).toBe(false);
  expect(areSameRules([rule('pods')], [])).toBe(false);
});
