import { describe, expect, test } from 'vitest';
import { pod, testNowMs } from '../../test/support/kube-builders.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { evaluateMetric, type MetricSpec } from './evaluate-metric.ts';
import type { PodUsageSource } from './pod-readings.ts';

const options = {
  nowMs: testNowMs,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
  tolerance: { up: 0.1, down: 0.1 },
};
const Mi = 1024 * 1024;

/** Every pod uses half a core and 128 MiB in `main`, and a tenth of a core and 16 MiB in `proxy`. */
const usage: PodUsageSource = {
  podUsage: (_, __, name) => ({
    uid: `uid-${name}`,
    containers: [
      { name: 'main', timeMs: testNowMs, windowMs: 5_000, nanoCores: 5e8, memoryBytes: 128 * Mi },
      { name: 'proxy', timeMs: testNowMs, windowMs: 5_000, nanoCores: 1e8, memoryBytes: 16 * Mi },
    ],
  }),
};

function running(requests: Record<string, string> | undefined = { cpu: '200m', memory: '64Mi' }): Pod {
  const resources = requests === undefined ? {} : { resources: { requests } };
  const found = pod({
    node: 'node-1',
    readySinceMs: testNowMs - 500_000,
    spec: {
      containers: [
        { name: 'main', image: 'x', ...resources },
        { name: 'proxy', image: 'y', ...resources },
      ],
    },
  });
  if (found.status) found.status.startTime = kubeTime(testNowMs - 600_000);
  return found;
}
const cpu = (target: object): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: '', ...target } },
});

describe('one metric of an autoscaler', () => {
  test('use of requests over all containers of the pods', () => {
    expect(evaluateMetric(cpu({ averageUtilization: 50 }), 1, [running()], usage, options)).toMatchObject({
      ok: true,
      name: 'cpu resource utilization (percentage of request)',
      calculation: { replicas: 3, utilization: 150 },
      status: {
        type: 'Resource',
        resource: { name: 'cpu', current: { averageUtilization: 150, averageValue: '600m' } },
      },
    });
  });

  test('one container of the pods', () => {
    const spec: MetricSpec = {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'proxy', target: { type: 'Utilization', averageUtilization: 50 } },
    };
    expect(evaluateMetric(spec, 1, [running()], usage, options)).toMatchObject({
      name: 'cpu container resource utilization (percentage of request)',
      calculation: { replicas: 1, utilization: 50 },
      status: { type: 'ContainerResource', containerResource: { container: 'proxy' } },
    });
  });

  test('a mean per pod, which needs no requests', () => {
    const spec: MetricSpec = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '48Mi' } },
    };
    expect(evaluateMetric(spec, 1, [running({})], usage, options)).toMatchObject({
      name: 'memory resource',
      calculation: { replicas: 3 },
      status: { resource: { current: { averageValue: '144Mi' } } },
    });
  });

  test.each<[string, MetricSpec, string, string]>([
    [
      'of pods',
      { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue' } } },
      'FailedGetPodsMetric',
      'no API serves custom.metrics.k8s.io',
    ],
    ['of an object', { type: 'Object' }, 'FailedGetObjectMetric', 'no API serves custom.metrics.k8s.io'],
    ['from outside', { type: 'External' }, 'FailedGetExternalMetric', 'no API serves external.metrics.k8s.io'],
    [
      'of an unknown resource',
      { type: 'Resource', resource: { name: 'gpu', target: { type: '', averageUtilization: 5 } } },
      'FailedGetResourceMetric',
      'gpu',
    ],
    [
      'without a target',
      cpu({}),
      'FailedGetResourceMetric',
      'neither an average utilization nor an average value was set',
    ],
  ])('a metric %s is said to be unavailable', (_, spec, reason, message) => {
    const found = evaluateMetric(spec, 1, [running()], usage, options);
    expect(found).toMatchObject({ ok: false, reason });
    expect(found.ok ? '' : found.message).toContain(message);
  });

  test('a pod that took the name of the one that was measured has no metrics yet', () => {
    const other = running();
    if (other.metadata) other.metadata.uid = 'another';
    expect(evaluateMetric(cpu({ averageUtilization: 50 }), 1, [other], usage, options)).toMatchObject({
      ok: false,
      reason: 'FailedGetResourceMetric',
    });
  });
});
