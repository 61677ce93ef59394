import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../lib/kube/types.ts';
import { planGarbage, type OwnerState } from './plan.ts';

function object(
  options: {
    uid?: string;
    owners?: readonly string[];
    blocking?: boolean;
    deleting?: boolean;
    finalizers?: string[];
  } = {},
): KubeObject {
  return {
    metadata: {
      name: options.uid ?? 'it',
      uid: options.uid ?? 'it',
      ...(options.deleting ? { deletionTimestamp: '2023-01-01T00:00:00Z' } : {}),
      ...(options.finalizers ? { finalizers: options.finalizers } : {}),
      ownerReferences: (options.owners ?? []).map((uid) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: uid,
        uid,
        blockOwnerDeletion: options.blocking ?? true,
      })),
    },
  };
}

const states: Readonly<Record<string, OwnerState>> = { alive: 'solid', gone: 'absent', going: 'waiting' };
const plan = (of: KubeObject, dependents: readonly KubeObject[] = []) =>
  planGarbage(of, ({ uid }) => states[uid] ?? 'solid', dependents);

describe('an object with owners', () => {
  test.each([
    { owners: [], expected: { type: 'keep' } },
    { owners: ['alive'], expected: { type: 'keep' } },
    { owners: ['gone'], expected: { type: 'delete', policy: 'Background' } },
    { owners: ['gone', 'alive'], expected: { type: 'disown', ownerUids: ['gone'] } },
    { owners: ['going', 'alive'], expected: { type: 'disown', ownerUids: ['going'] } },
    { owners: ['going'], expected: { type: 'delete', policy: 'Background' } },
    { owners: ['going', 'gone'], expected: { type: 'delete', policy: 'Background' } },
  ])('of $owners', ({ owners, expected }) => {
    expect(plan(object({ owners }))).toEqual(expected);
  });

  test('whose owner waits goes in the foreground when it has dependents itself', () => {
    expect(plan(object({ owners: ['going'] }), [object({ uid: 'child', owners: ['it'] })])).toEqual({
      type: 'delete',
      policy: 'Foreground',
    });
  });

  test('keeps the way of deletion that its finalizers ask for', () => {
    expect(plan(object({ owners: ['gone'], finalizers: ['orphan'] }))).toEqual({ type: 'delete', policy: 'Orphan' });
  });
});

describe('an object being deleted', () => {
  test('in the foreground asks for its dependents first', () => {
    const it = object({ deleting: true, finalizers: ['foregroundDeletion'] });
    const children = [object({ uid: 'a', owners: ['it'] }), object({ uid: 'b', owners: ['it'], deleting: true })];
    expect(plan(it, children)).toEqual({ type: 'visitDependents', uids: ['a'] });
  });

  test('in the foreground goes when no blocking dependent is left', () => {
    const it = object({ deleting: true, finalizers: ['foregroundDeletion'] });
    const free = { type: 'removeFinalizer', finalizer: 'foregroundDeletion' };
    expect(plan(it)).toEqual(free);
    expect(plan(it, [object({ uid: 'a', owners: ['it'], blocking: false })])).toEqual(free);
  });

  test('with orphans lets them go first', () => {
    const it = object({ deleting: true, finalizers: ['orphan'] });
    expect(plan(it, [object({ uid: 'a', owners: ['it'] })])).toEqual({ type: 'orphanDependents', uids: ['a'] });
  });

  test('is otherwise left to whoever holds it', () => {
    expect(plan(object({ deleting: true, owners: ['gone'], finalizers: ['example.com/hold'] }))).toEqual({
      type: 'keep',
    });
  });
});
