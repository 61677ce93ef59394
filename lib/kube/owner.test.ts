import { describe, expect, it } from 'vitest';
import { controllerOf, controllerRef, isControlledBy, workloadOf } from './owner.ts';
import { deployments, replicaSets } from './resources.ts';

const deployment = { metadata: { name: 'hello', namespace: 'd', uid: 'u1' } };
const replicaSet = {
  metadata: { name: 'hello-abc', namespace: 'd', uid: 'u2', ownerReferences: [controllerRef(deployments, deployment)] },
};
const pod = {
  metadata: {
    name: 'hello-abc-x',
    namespace: 'd',
    labels: { 'pod-template-hash': 'abc' },
    ownerReferences: [controllerRef(replicaSets, replicaSet)],
  },
};

describe('owners', () => {
  it('refer to what manages an object', () => {
    expect(controllerOf(pod)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'hello-abc',
      uid: 'u2',
      controller: true,
      blockOwnerDeletion: true,
    });
    expect(isControlledBy(pod, replicaSet)).toBe(true);
    expect(isControlledBy(pod, { metadata: { name: 'hello-abc', uid: 'another' } })).toBe(false);
  });

  it('lead from a pod to what a person deployed', () => {
    expect(workloadOf(pod, () => replicaSet)).toEqual({ kind: 'Deployment', name: 'hello' });
    expect(workloadOf(pod)).toEqual({ kind: 'Deployment', name: 'hello' });
    expect(workloadOf({ metadata: { name: 'bare' } })).toEqual({ kind: 'Pod', name: 'bare' });
    expect(workloadOf(pod, () => ({ metadata: { name: 'hello-abc' } }))).toEqual({
      kind: 'ReplicaSet',
      name: 'hello-abc',
    });
    const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'x', controller: true };
    expect(workloadOf({ metadata: { ownerReferences: [job] } })).toEqual({ kind: 'Job', name: 'j' });
  });
});
