import { describe, expect, test } from 'vitest';
import type { HorizontalPodAutoscaler } from '../../lib/kube/types.ts';
import type { ConditionUpdate } from './decide-scale.ts';
import { nextStatus } from './hpa-status.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');
const able = (reason: string, status: 'True' | 'False' = 'True'): ConditionUpdate => ({
  type: 'AbleToScale',
  status,
  reason,
  message: reason,
});
const hpa = (status?: HorizontalPodAutoscaler['status']): HorizontalPodAutoscaler => ({
  metadata: { name: 'a', generation: 2 },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'a' }, maxReplicas: 3 },
  ...(status ? { status } : {}),
});

describe('the status of an autoscaler', () => {
  test('the last of several conditions of a type stands', () => {
    const status = nextStatus(hpa(), { conditions: [able('SucceededGetScale'), able('ReadyForNewScale')] }, nowMs);
    expect(status?.conditions).toEqual([{ ...able('ReadyForNewScale'), lastTransitionTime: '2026-01-01T00:01:00Z' }]);
    expect(status?.observedGeneration).toBe(2);
  });

  test('a condition keeps its time while its status stays', () => {
    const before = { ...able('SucceededRescale'), lastTransitionTime: '2026-01-01T00:00:00Z' };
    const old = { desiredReplicas: 1, conditions: [before] };
    const times = (update: ConditionUpdate) =>
      nextStatus(hpa(old), { conditions: [update] }, nowMs)?.conditions?.map((one) => one.lastTransitionTime);
    expect(times(able('ReadyForNewScale'))).toEqual(['2026-01-01T00:00:00Z']);
    expect(times(able('FailedGetScale', 'False'))).toEqual(['2026-01-01T00:01:00Z']);
  });

  test('what says nothing new is not written', () => {
    const update = { currentReplicas: 2, desiredReplicas: 2, conditions: [able('ReadyForNewScale')] };
    const first = nextStatus(hpa(), update, nowMs);
    expect(nextStatus(hpa(first), update, nowMs + 5_000)).toBeUndefined();
    expect(nextStatus(hpa(first), { ...update, desiredReplicas: 3, scaled: true }, nowMs + 5_000)).toMatchObject({
      desiredReplicas: 3,
      lastScaleTime: '2026-01-01T00:01:05Z',
    });
  });
});
