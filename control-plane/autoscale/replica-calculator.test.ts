import { describe, expect, test } from 'vitest';
import { NoReplicaCount, replicasFor, type MetricTarget, type PodReading } from './replica-calculator.ts';

const nowMs = 1_700_000_000_000;
const options = {
  nowMs,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
  tolerance: { up: 0.1, down: 0.1 },
};
const half: MetricTarget = { type: 'Utilization', percent: 50 };

function pod(milli: number | undefined, overrides: Partial<PodReading> = {}): PodReading {
  return {
    name: 'hello',
    phase: 'Running',
    isDeleted: false,
    startMs: nowMs - 600_000,
    ready: { isReady: true, sinceMs: nowMs - 590_000 },
    ...(milli === undefined ? {} : { usage: { milli, timeMs: nowMs - 1_000, windowMs: 5_000 } }),
    requestMilli: 200,
    ...overrides,
  };
}
const pods = (...milli: readonly (number | undefined)[]) => milli.map((one) => pod(one));
const starting = { ready: { isReady: false, sinceMs: nowMs - 20_000 }, startMs: nowMs - 20_000 };

describe('how many replicas a metric asks for', () => {
  test.each<[string, number, readonly PodReading[], MetricTarget, number]>([
    ['desired = ceil(current × metric ÷ target)', 3, pods(200, 200, 200), half, 6],
    ['it rounds up', 3, pods(120, 120, 120), half, 4],
    ['scales down alike', 4, pods(25, 25, 25, 25), half, 1],
    ['within a tenth of the target nothing is done', 3, pods(109, 109, 109), half, 3],
    ['a tenth above is still within', 3, pods(110, 110, 110), half, 3],
    ['beyond a tenth it acts', 3, pods(112, 112, 112), half, 4],
    ['an average value needs no requests', 2, pods(300, 300), { type: 'AverageValue', milli: 100 }, 6],
    ['a pod without metrics counts as idle when scaling up', 3, pods(300, 300, undefined), half, 6],
    ['…so that it may hold the decision back altogether', 3, pods(130, 130, undefined), half, 3],
    ['a pod without metrics counts as using all when scaling down', 3, pods(20, 20, undefined), half, 3],
    ['…yet a clear case still scales down', 6, pods(2, 2, 2, 2, 2, undefined), half, 3],
    ['a starting pod counts as idle when scaling up', 3, [...pods(300, 300), pod(300, starting)], half, 6],
    ['a starting pod is left out when scaling down', 3, [...pods(20, 20), pod(200, starting)], half, 1],
    ['a pending pod is like a starting one', 3, [...pods(300, 300), pod(undefined, { phase: 'Pending' })], half, 6],
    [
      'pods being deleted and failed ones are not there',
      3,
      [...pods(200, 200), pod(9, { isDeleted: true }), pod(9, { phase: 'Failed' })],
      half,
      4,
    ],
    [
      'the CPU of a young pod counts once it was measured after it became ready',
      1,
      [pod(200, { startMs: nowMs - 60_000, ready: { isReady: true, sinceMs: nowMs - 10_000 } })],
      half,
      2,
    ],
  ])('%s', (_, current, readings, target, expected) => {
    expect(replicasFor(current, 'cpu', target, readings, options).replicas).toBe(expected);
  });

  test.each<[string, readonly PodReading[], string]>([
    ['there are no pods', [], 'no pods returned by selector while calculating replica count'],
    [
      'nothing was measured',
      pods(undefined),
      'unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ],
    ['all are starting', [pod(200, starting)], 'did not receive metrics for targeted pods (pods might be unready)'],
    [
      'a container requests nothing',
      [pod(200, { requestMilli: undefined, withoutRequest: 'web' })],
      'failed to get cpu utilization: missing request for cpu in container web of Pod hello',
    ],
  ])('%s: it says so instead of guessing', (_, readings, message) => {
    expect(() => replicasFor(1, 'cpu', half, readings, options)).toThrow(new NoReplicaCount(message));
  });

  test('memory of a starting pod counts: it does not fall after the start', () => {
    expect(replicasFor(1, 'memory', half, [pod(200, starting)], options).replicas).toBe(2);
  });

  test('the answer carries the figures', () => {
    expect(replicasFor(3, 'cpu', half, pods(300, 100, undefined), options)).toMatchObject({
      utilization: 100,
      averageMilli: 200,
      counted: 2,
      missing: ['hello'],
    });
  });
});
