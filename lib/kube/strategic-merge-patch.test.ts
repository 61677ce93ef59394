import { describe, expect, it } from 'vitest';
import { PatchError } from './patch-error.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const apply = (original: unknown, patch: unknown, type = 'V1PodSpec') =>
  applyStrategicMergePatch(type, original, patch);

describe('applyStrategicMergePatch', () => {
  it('merges list items by their merge key and keeps the others, behind the new ones', () => {
    expect(
      apply(
        {
          containers: [
            { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
            { name: 'b', image: 'b:1' },
          ],
        },
        {
          containers: [
            { name: 'a', image: 'a:2', env: [{ name: 'Y', value: '2' }] },
            { name: 'c', image: 'c:1' },
          ],
        },
      ),
    ).toEqual({
      containers: [
        {
          name: 'a',
          image: 'a:2',
          env: [
            { name: 'Y', value: '2' },
            { name: 'X', value: '1' },
          ],
        },
        { name: 'c', image: 'c:1' },
        { name: 'b', image: 'b:1' },
      ],
    });
  });

  it('replaces lists that have no merge key', () => {
    expect(apply({ tolerations: [{ key: 'a' }, { key: 'b' }] }, { tolerations: [{ key: 'c' }] })).toEqual({
      tolerations: [{ key: 'c' }],
    });
  });

  it('removes what is null', () => {
    expect(apply({ nodeName: 'n', hostname: 'h' }, { nodeName: null })).toEqual({ hostname: 'h' });
  });

  it('deletes a list item that says $patch: delete', () => {
    expect(
      apply({ containers: [{ name: 'a' }, { name: 'b' }] }, { containers: [{ name: 'a', $patch: 'delete' }] }),
    ).toEqual({ containers: [{ name: 'b' }] });
  });

  it('replaces a whole list that contains $patch: replace', () => {
    expect(
      apply({ containers: [{ name: 'a' }, { name: 'b' }] }, { containers: [{ name: 'c' }, { $patch: 'replace' }] }),
    ).toEqual({ containers: [{ name: 'c' }] });
  });

  it('replaces a structure that is merged by replacing it', () => {
    const before = { selector: { matchLabels: { a: 'b' } }, minAvailable: 1 };
    const patch = { selector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } };
    expect(applyStrategicMergePatch('V1PodDisruptionBudgetSpec', before, patch)).toEqual({ ...before, ...patch });
  });

  it('replaces a structure that says $patch: replace', () => {
    expect(
      apply({ securityContext: { runAsUser: 1 } }, { securityContext: { $patch: 'replace', runAsGroup: 2 } }),
    ).toEqual({ securityContext: { runAsGroup: 2 } });
  });

  it('treats scalar lists with merge strategy as sets and deletes from them', () => {
    expect(
      apply(
        { finalizers: ['a', 'b', 'c'] },
        { finalizers: ['d', 'a'], '$deleteFromPrimitiveList/finalizers': ['b'] },
        'V1ObjectMeta',
      ),
    ).toEqual({ finalizers: ['d', 'a', 'c'] });
    expect(apply({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['b'] }, 'V1ObjectMeta')).toEqual(
      {
        finalizers: ['a'],
      },
    );
  });

  it('brings items into the order that the patch asks for and leaves the server’s own in their place', () => {
    expect(
      apply(
        { containers: [{ name: 'a' }, { name: 'server' }, { name: 'b' }] },
        {
          '$setElementOrder/containers': [{ name: 'b' }, { name: 'new' }, { name: 'a' }],
          containers: [{ name: 'new' }],
        },
      ),
    ).toEqual({ containers: [{ name: 'server' }, { name: 'b' }, { name: 'new' }, { name: 'a' }] });
  });

  it('reorders a list of which only the order is given', () => {
    expect(
      apply(
        { containers: [{ name: 'a' }, { name: 'b' }] },
        { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      ),
    ).toEqual({ containers: [{ name: 'b' }, { name: 'a' }] });
  });

  it('keeps only the members that $retainKeys names', () => {
    expect(
      apply(
        { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
        { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
        'V1DeploymentSpec',
      ),
    ).toEqual({ strategy: { type: 'Recreate' } });
  });

  it('merges maps of strings', () => {
    expect(apply({ labels: { a: '1', b: '2' } }, { labels: { b: null, c: '3' } }, 'V1ObjectMeta')).toEqual({
      labels: { a: '1', c: '3' },
    });
  });

  it('merges ports by number', () => {
    expect(
      apply(
        { ports: [{ port: 80, targetPort: 8080 }] },
        { ports: [{ port: 80, name: 'http' }, { port: 443 }] },
        'V1ServiceSpec',
      ),
    ).toEqual({ ports: [{ port: 80, targetPort: 8080, name: 'http' }, { port: 443 }] });
  });

  it('leaves both arguments as they were', () => {
    const original = { containers: [{ name: 'a', env: [{ name: 'X', value: '1' }] }] };
    const patch = { containers: [{ name: 'a', env: [{ name: 'X', $patch: 'delete' }] }] };
    const before = JSON.stringify([original, patch]);
    apply(original, patch);
    expect(JSON.stringify([original, patch])).toBe(before);
  });

  it('takes what replaces something as it is, with instructions and nulls', () => {
    const tolerations = [{ $patch: 'delete', key: 'a' }, { key: null }];
    expect(apply({ tolerations: [{ key: 'b' }] }, { tolerations })).toEqual({ tolerations });
    const selector = { $patch: 'replace', matchLabels: { a: null } };
    expect(apply({ selector: { matchLabels: { b: 'c' } } }, { selector }, 'V1DeploymentSpec')).toEqual({
      selector: { matchLabels: { a: null } },
    });
    expect(apply({ containers: [{ name: 'a' }] }, { containers: [{ name: 'b', image: null }] })).toEqual({
      containers: [{ name: 'b', image: null }, { name: 'a' }],
    });
  });

  it('takes what stands where there was nothing without nulls and without what carries an instruction', () => {
    const patch = {
      containers: [{ name: 'a', image: null, env: [{ $patch: 'delete', name: 'A' }, { name: 'B' }] }],
      nodeSelector: { $patch: 'replace', a: 'b' },
    };
    expect(apply({}, patch)).toEqual({ containers: [{ name: 'a', env: [{ name: 'B' }] }] });
  });

  it('keeps items that have the same merge key, and changes the first of them', () => {
    const ports = [
      { containerPort: 53, protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ];
    expect(apply({ ports }, { ports: [{ containerPort: 53, name: 'dns' }] }, 'V1Container')).toEqual({
      ports: [{ ...ports[0], name: 'dns' }, ports[1]],
    });
  });

  it('leaves a list that is replaced as a whole alone when only its order is given, and deletes from it', () => {
    const before = { args: ['a', 'b'] };
    expect(apply(before, { '$setElementOrder/args': ['b'] }, 'V1Container')).toEqual(before);
    expect(apply(before, { '$deleteFromPrimitiveList/args': ['b'] }, 'V1Container')).toEqual({ args: ['a'] });
  });

  it.each([
    [{ containers: [{ image: 'x' }] }, 'does not contain declared merge key: name'],
    [{ $patch: 'append' }, 'unexpected value for $patch'],
    [{ containers: [{ name: 'a', $patch: 'merge' }] }, 'unexpected value for $patch'],
    [{ containers: ['a'] }, 'not identical'],
  ])('refuses %j', (patch, message) => {
    const before = { containers: [{ name: 'a' }] };
    expect(() => apply(before, patch)).toThrow(PatchError);
    expect(() => apply(before, patch)).toThrow(message);
  });
});
