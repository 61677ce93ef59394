import { expect, test } from 'vitest';
import { kubeTime } from '../../../lib/kube/time.ts';
import { pod, testNowMs } from '../../../test/support/kube-builders.ts';
import { planPodGarbage } from './plan.ts';

const isGone = (node: string) => node === 'gone';

test('pods of nodes that are gone, pods that never had one and are being deleted, and the oldest finished ones go', () => {
  const finished = (name: string, ageMs: number) =>
    pod({ name, node: 'node-1', phase: 'Succeeded', meta: { creationTimestamp: kubeTime(testNowMs - ageMs) } });
  const garbage = planPodGarbage(
    [
      pod({ name: 'runs', node: 'node-1' }),
      pod({ name: 'lost', node: 'gone' }),
      pod({ name: 'never', deleting: true }),
      pod({ name: 'waits' }),
      pod({ name: 'ends', node: 'node-1', deleting: true }),
      finished('young', 1_000),
      finished('old', 9_000),
      finished('middle', 5_000),
    ],
    isGone,
    2,
  );
  expect(garbage.map((one) => [one.pod.metadata?.name, one.why])).toEqual([
    ['lost', 'node is gone'],
    ['never', 'never had a node'],
    ['old', 'too many finished pods'],
  ]);
});
