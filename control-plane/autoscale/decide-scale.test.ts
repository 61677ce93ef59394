import { describe, expect, test } from 'vitest';
import { behaviorOf, type ScaleHistory } from './behavior.ts';
import { decideScale, type ScaleFacts } from './decide-scale.ts';
import type { Evaluated } from './evaluate-metric.ts';

const nowMs = 1_700_000_000_000;
const none: ScaleHistory = { recommendations: [], events: [] };
const cpu = 'cpu resource utilization (percentage of request)';

function asks(replicas: number, name = cpu): Evaluated {
  return {
    ok: true,
    name,
    calculation: { replicas, averageMilli: 100, ratio: 1, counted: 1, unready: [], missing: [] },
    status: { type: 'Resource' },
  };
}
const lost: Evaluated = { ok: false, reason: 'FailedGetPodsMetric', message: 'no API serves it' };

function facts(overrides: Partial<ScaleFacts> = {}): ScaleFacts {
  return {
    current: 2,
    min: 1,
    max: 10,
    metrics: () => [asks(2)],
    behavior: behaviorOf(undefined),
    history: none,
    nowMs,
    ...overrides,
  };
}
const ago = (ms: number, replicas: number) => ({ timeMs: nowMs - ms, replicas });
const condition = (overrides: Partial<ScaleFacts>, type: string) =>
  decideScale(facts(overrides)).conditions.findLast((one) => one.type === type);

describe('what an autoscaler decides', () => {
  test.each<[string, Partial<ScaleFacts>, number, string]>([
    ['leaves what is right', {}, 2, ''],
    ['scales up and names the metric', { metrics: () => [asks(4)] }, 4, `${cpu} above target`],
    [
      'takes the metric that asks for most',
      { metrics: () => [asks(3), asks(5, 'memory resource')] },
      5,
      'memory resource above target',
    ],
    ['scales down when all are below', { metrics: () => [asks(1)] }, 1, 'All metrics below target'],
    ['brings back what is above the maximum', { current: 12 }, 10, 'Current number of replicas above Spec.MaxReplicas'],
    ['brings back what is below the minimum', { min: 3 }, 3, 'Current number of replicas below Spec.MinReplicas'],
    ['does nothing when scaled to zero', { current: 0 }, 0, ''],
    ['does not scale down while a metric is missing', { current: 4, metrics: () => [asks(1), lost] }, 4, ''],
    ['scales up even then', { current: 4, metrics: () => [asks(6), lost] }, 6, `${cpu} above target`],
    ['does nothing without any metric', { metrics: () => [lost] }, 2, ''],
  ])('%s', (_, changed, desired, reason) => {
    expect(decideScale(facts(changed))).toMatchObject({ desired, reason });
  });

  test.each<[string, Partial<ScaleFacts>, number, string]>([
    ['four pods or double in 15 s', { current: 2, max: 50, metrics: () => [asks(40)] }, 6, 'ScaleUpLimit'],
    ['…double when that is more', { current: 10, max: 50, metrics: () => [asks(40)] }, 20, 'ScaleUpLimit'],
    [
      '…counted from where the period began',
      {
        current: 6,
        max: 50,
        metrics: () => [asks(40)],
        history: { ...none, events: [{ timeMs: nowMs - 5_000, change: 4 }] },
      },
      6,
      'ScaleUpLimit',
    ],
    ['the maximum', { metrics: () => [asks(40)], current: 8 }, 10, 'TooManyReplicas'],
    ['the minimum', { metrics: () => [asks(0)], current: 3, min: 2 }, 2, 'TooFewReplicas'],
    [
      'a policy of its own',
      {
        current: 8,
        metrics: () => [asks(1)],
        behavior: behaviorOf({
          scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
        }),
      },
      7,
      'ScaleDownLimit',
    ],
    [
      'a direction that is off',
      {
        current: 8,
        metrics: () => [asks(1)],
        behavior: behaviorOf({ scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' } }),
      },
      8,
      'ScaleDownLimit',
    ],
  ])('is limited by %s', (_, changed, desired, reason) => {
    expect(decideScale(facts(changed)).desired).toBe(desired);
    expect(condition(changed, 'ScalingLimited')).toMatchObject({ status: 'True', reason });
  });

  test('the highest recommendation of the last five minutes holds it up', () => {
    const changed = {
      current: 5,
      metrics: () => [asks(1)],
      history: { ...none, recommendations: [ago(299_000, 4), ago(301_000, 5), ago(10_000, 2)] },
    };
    expect(decideScale(facts(changed)).desired).toBe(4);
    expect(condition(changed, 'AbleToScale')).toMatchObject({ status: 'True', reason: 'ScaleDownStabilized' });
  });

  test('a metric that cannot be had is said as the reason', () => {
    expect(condition({ metrics: () => [lost] }, 'ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'FailedGetPodsMetric',
    });
    expect(decideScale(facts({ metrics: () => [lost] })).failure).toMatchObject({ reason: 'FailedGetPodsMetric' });
  });
});
