import { describe, expect, test } from 'vitest';
import type { StatefulSet } from '../../lib/kube/types.ts';
import { deployment } from '../../test/support/kube-builders.ts';
import { deploymentRollout } from './deployment-rollout.ts';
import { statefulSetRollout } from './stateful-set-rollout.ts';

type Status = NonNullable<StatefulSet['status']>;

describe('the rollout of a stateful set', () => {
  const set = (status: Partial<Status>, updateStrategy: object = { type: 'RollingUpdate' }): StatefulSet => ({
    metadata: { name: 'web', generation: 2 },
    spec: { replicas: 3, serviceName: 'web', selector: {}, template: {}, updateStrategy },
    status: { replicas: 3, observedGeneration: 2, currentRevision: 'web-1', updateRevision: 'web-2', ...status },
  });
  const done = { readyReplicas: 3, updatedReplicas: 3, currentRevision: 'web-2' };

  test.each<[string, StatefulSet, string, string]>([
    ['is not seen yet', set({ observedGeneration: 1 }), 'waiting', 'waiting for statefulset "web" to be observed'],
    ['waits for pods', set({ readyReplicas: 2 }), 'waiting', '2 of 3 pods are ready'],
    ['goes on', set({ readyReplicas: 3, updatedReplicas: 1 }), 'waiting', '1 of 3 pods have been updated'],
    ['is done', set(done), 'done', 'statefulset "web" successfully rolled out'],
    [
      'is done but for what is held back',
      set({ readyReplicas: 3, updatedReplicas: 1 }, { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }),
      'done',
      'statefulset "web" rolled out to 1 pods, 2 held back by its partition',
    ],
    [
      'is for others to do',
      set({}, { type: 'OnDelete' }),
      'failed',
      'statefulset "web" is updated by deleting its pods (OnDelete)',
    ],
  ])('%s', (_what, object, state, message) => {
    expect(statefulSetRollout.state(object)).toEqual({ state, message });
  });
});

test.each<[string, object, string]>([
  ['updates', { observedGeneration: 1, updatedReplicas: 1 }, 'waiting'],
  ['ends old pods', { observedGeneration: 1, updatedReplicas: 3, replicas: 4 }, 'waiting'],
  ['is done', { observedGeneration: 1, updatedReplicas: 3, replicas: 3, availableReplicas: 3 }, 'done'],
  [
    'has failed',
    {
      observedGeneration: 1,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    },
    'failed',
  ],
])('the rollout of a deployment that %s', (_what, status, state) => {
  expect(deploymentRollout.state(deployment({ status })).state).toBe(state);
});
