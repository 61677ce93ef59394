import { describe, expect, it } from 'vitest';
import { problems, updateProblems } from '../../../test/support/strategy-verdicts.ts';
import { configMapStrategy } from './config-map.ts';
import { eventStrategy } from './event.ts';
import { nodeStrategy } from './node.ts';
import { clusterRoleBindingStrategy, roleBindingStrategy } from './role-binding.ts';
import { clusterRoleStrategy, roleStrategy } from './role.ts';
import { secretStrategy } from './secret.ts';

describe('validation of configuration and access', () => {
  it('refuses keys that cannot be file names', () => {
    expect(problems(configMapStrategy, { data: { '..': 'x' } })).toEqual([
      'data[..]: Invalid value: "..": must not be \'..\'',
    ]);
  });

  it('refuses more than a mebibyte', () => {
    expect(problems(configMapStrategy, { data: { a: 'x'.repeat(1_048_577) } })).toEqual([
      '[]: Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('keeps what was declared immutable', () => {
    const old = { immutable: true, data: { a: '1' } };
    expect(updateProblems(configMapStrategy, old, { immutable: true, data: { a: '2' } })).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    expect(updateProblems(configMapStrategy, old, { data: { a: '1' } })).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ]);
  });

  it('asks secrets of a type for their keys, and keeps the type', () => {
    expect(problems(secretStrategy, { type: 'kubernetes.io/tls' })).toEqual([
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ]);
    expect(problems(secretStrategy, { type: 'constructor' })).toEqual([]);
    expect(updateProblems(secretStrategy, { type: 'a' }, { type: 'b' })).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });

  it('never quotes what a secret holds', () => {
    const secret = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'c2VjcmV0' } };
    expect(problems(secretStrategy, secret).join()).not.toContain('secret"');
    expect(problems(secretStrategy, secret).join()).not.toContain('c2VjcmV0');
  });

  it('refuses rules that say nothing', () => {
    expect(problems(roleStrategy, { rules: [{}] })).toEqual([
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ]);
    expect(problems(clusterRoleStrategy, { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] })).toEqual([]);
  });

  it('refuses bindings to nobody and to nothing, and keeps the role', () => {
    expect(problems(roleBindingStrategy, { subjects: [{ kind: 'ServiceAccount' }] })).toEqual([
      'roleRef.kind: Unsupported value: "": supported values: "Role", "ClusterRole"',
      'roleRef.name: Required value',
      'subjects[0].name: Required value',
    ]);
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const subjects = [{ kind: 'ServiceAccount', name: 'a' }];
    expect(problems(roleBindingStrategy, { roleRef, subjects })).toEqual([]);
    expect(problems(clusterRoleBindingStrategy, { roleRef, subjects })).toEqual([
      'subjects[0].namespace: Required value',
    ]);
    expect(
      updateProblems(
        roleBindingStrategy,
        { roleRef: { kind: 'Role', name: 'a' } },
        { roleRef: { kind: 'Role', name: 'b' } },
      ),
    ).toHaveLength(1);
  });

  it('refuses taints with an unknown effect', () => {
    expect(problems(nodeStrategy, { spec: { taints: [{ key: 'a', effect: 'No' }] } })).toEqual([
      'metadata.taints[0].effect: Unsupported value: "No": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
  });

  it('keeps events in the namespace of what they are about', () => {
    expect(problems(eventStrategy, { metadata: { namespace: 'a' }, involvedObject: { namespace: 'b' } })).toEqual([
      'involvedObject.namespace: Invalid value: "b": does not match event.namespace',
    ]);
    expect(problems(eventStrategy, { metadata: { namespace: 'default' }, involvedObject: { kind: 'Node' } })).toEqual(
      [],
    );
  });
});
