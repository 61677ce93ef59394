import { describe, expect, test } from 'vitest';
import { labelMatcher } from '../../../lib/kube/label-selector.ts';
import type { Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { pod, replicaSet, testNowMs, type PodOptions } from '../../../test/support/kube-builders.ts';
import { byDeletionOrder } from '../deletion-order.ts';
import { planReplicaSet } from './plan.ts';

const owner = { kind: 'ReplicaSet', name: 'hello-1', uid: 'uid-hello-1' };
const mine = (name: string, options: PodOptions = {}) => pod({ name, owner, node: 'node-1', ...options });
const ready = { readySinceMs: testNowMs - 60_000 };

function plan(set: ReplicaSet, pods: readonly Pod[], failure?: { reason: 'FailedCreate'; message: string }) {
  const selector = labelMatcher(set.spec?.selector);
  return planReplicaSet(
    set,
    {
      pods,
      related: pods,
      failure,
      matches: (one) => selector.matches(one.metadata?.labels),
      countsTerminating: true,
    },
    testNowMs,
  );
}

describe('a replica set', () => {
  test.each([
    { name: 'makes what is missing', replicas: 3, pods: [mine('a')], create: 2, remove: [] },
    { name: 'does nothing when it has enough', replicas: 1, pods: [mine('a')], create: 0, remove: [] },
    { name: 'makes nothing at zero', replicas: 0, pods: [], create: 0, remove: [] },
    { name: 'removes what is too many', replicas: 0, pods: [mine('a')], create: 0, remove: ['a'] },
    { name: 'replaces a failed pod', replicas: 1, pods: [mine('a', { phase: 'Failed' })], create: 1, remove: [] },
    {
      name: 'replaces a pod that is being deleted',
      replicas: 1,
      pods: [mine('a', { deleting: true })],
      create: 1,
      remove: [],
    },
    { name: 'makes at most 500 pods in one pass', replicas: 2000, pods: [], create: 500, remove: [] },
  ])('$name', ({ replicas, pods, create, remove }) => {
    const result = plan(replicaSet({ replicas }), pods);
    expect(result.create).toBe(create);
    expect(result.remove.map((one) => one.metadata?.name)).toEqual(remove);
  });

  test('adopts a matching pod that belongs to nobody instead of making one', () => {
    const orphan = pod({ name: 'orphan' });
    const result = plan(replicaSet({ replicas: 1 }), [orphan]);
    expect(result.adopt).toEqual([orphan]);
    expect(result.create).toBe(0);
  });

  test('lets go of a pod whose labels no longer match, and replaces it', () => {
    const stranger = mine('a', { labels: { app: 'debug' } });
    const result = plan(replicaSet({ replicas: 1 }), [stranger]);
    expect(result.release).toEqual([stranger]);
    expect(result.create).toBe(1);
  });

  test('leaves the pods of another owner alone', () => {
    const other = pod({ name: 'a', owner: { ...owner, uid: 'another' } });
    const result = plan(replicaSet({ replicas: 1 }), [other]);
    expect([result.adopt, result.release, result.remove]).toEqual([[], [], []]);
    expect(result.create).toBe(1);
  });

  test('makes and removes nothing while it is being deleted', () => {
    const set = replicaSet({ replicas: 3, meta: { deletionTimestamp: '2023-01-01T00:00:00Z' } });
    const result = plan(set, [pod({ name: 'orphan' })]);
    expect([result.create, result.adopt, result.remove]).toEqual([0, [], []]);
  });

  test('counts its pods in its status', () => {
    const set = replicaSet({ replicas: 3, minReadySeconds: 30 });
    const result = plan(set, [
      mine('a', ready),
      mine('b', { readySinceMs: testNowMs - 10_000 }),
      mine('c'),
      mine('d', { deleting: true, ...ready }),
    ]);
    expect(result.status).toMatchObject({
      replicas: 3,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      fullyLabeledReplicas: 3,
      observedGeneration: 1,
    });
    expect(result.lookAgainAfterMs).toBe(20_000);
  });

  test('writes no status that is already there', () => {
    const set = replicaSet({ replicas: 1 });
    const first = plan(set, [mine('a', ready)]);
    expect(
      plan({ ...set, ...(first.status ? { status: first.status } : {}) }, [mine('a', ready)]).status,
    ).toBeUndefined();
  });

  test('says why pods could not be made, and stops saying so when they could', () => {
    const set = replicaSet({ replicas: 1 });
    const failed = plan(set, [], { reason: 'FailedCreate', message: 'no quota' }).status;
    expect(failed?.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', message: 'no quota' }]);
    const told = { ...set, ...(failed ? { status: failed } : {}) };
    // Another pod's name in the message is no news, or the set would be tried again without end.
    expect(plan(told, [], { reason: 'FailedCreate', message: 'no quota for another' }).status).toBeUndefined();
    expect(plan(told, [mine('a')]).status?.conditions).toBeUndefined();
  });
});

describe('the order of deletion', () => {
  const pairs: { name: string; first: Pod; second: Pod }[] = [
    {
      name: 'unassigned before assigned',
      first: pod({ name: 'z' }),
      second: pod({ name: 'a', node: 'node-1', phase: 'Pending' }),
    },
    { name: 'pending before running', first: mine('z', { phase: 'Pending' }), second: mine('a') },
    { name: 'not ready before ready', first: mine('z'), second: mine('a', ready) },
    {
      name: 'a lower deletion cost before a higher one',
      first: mine('z', { ...ready, meta: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } }),
      second: mine('a', ready),
    },
    {
      name: 'ready for a shorter time first',
      first: mine('z', { readySinceMs: testNowMs - 5_000 }),
      second: mine('a', { readySinceMs: testNowMs - 500_000 }),
    },
    {
      name: 'more restarts first',
      first: mine('z', { ...ready, restarts: 4 }),
      second: mine('a', { ...ready, restarts: 1 }),
    },
    {
      name: 'younger before older',
      first: mine('z', { ...ready, meta: { creationTimestamp: new Date(testNowMs - 5_000).toISOString() } }),
      second: mine('a', ready),
    },
  ];
  test.each(pairs)('takes $name', ({ first, second }) => {
    for (const pods of [
      [first, second],
      [second, first],
    ]) {
      expect(byDeletionOrder(pods, [], testNowMs).map((one) => one.metadata?.name)).toEqual(['z', 'a']);
    }
  });

  test('takes from the node with more siblings', () => {
    const pods = [mine('a', ready), mine('b', { ...ready, node: 'node-2' }), mine('c', { ...ready, node: 'node-2' })];
    expect(byDeletionOrder(pods, pods, testNowMs)[2]?.metadata?.name).toBe('a');
  });
});
