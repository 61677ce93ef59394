import { describe, expect, it } from 'vitest';
import { problems, updateProblems, deployment } from '../../../test/support/strategy-verdicts.ts';
import { deploymentStrategy } from './deployment.ts';
import { horizontalPodAutoscalerStrategy } from './horizontal-pod-autoscaler.ts';

describe('validation of workloads', () => {
  it.each<[string, object, string]>([
    [
      'negative replicas',
      deployment({ replicas: -1 }),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a selector that misses its template',
      deployment({ selector: { matchLabels: { app: 'b' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
    ['no selector', deployment({ selector: undefined }), 'spec.selector: Required value'],
    [
      'an empty selector',
      deployment({ selector: {} }),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      'a strategy',
      deployment({ strategy: { type: 'Yolo' } }),
      'spec.strategy: Unsupported value: {"Type":"Yolo","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'rolling-update figures for Recreate',
      deployment({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'no room to move',
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'a percentage',
      deployment({ strategy: { rollingUpdate: { maxSurge: 'half' } } }),
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [
      'a deadline before readiness',
      deployment({ minReadySeconds: 600 }),
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
    [
      'a template',
      deployment({
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [], restartPolicy: 'Never' } },
      }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ])('refuses %s', (_name, object, expected) => {
    expect(problems(deploymentStrategy, object)).toContain(expected);
  });

  it('accepts an ordinary deployment and keeps its selector', () => {
    expect(problems(deploymentStrategy, deployment())).toEqual([]);
    expect(
      updateProblems(deploymentStrategy, deployment(), deployment({ selector: { matchLabels: { app: 'b' } } })),
    ).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable']);
  });

  it('lets an autoscaler scale a replication controller, which has no group', () => {
    const scaleTargetRef = { apiVersion: 'v1', kind: 'ReplicationController', name: 'a' };
    expect(problems(horizontalPodAutoscalerStrategy, { spec: { maxReplicas: 1, scaleTargetRef } })).toEqual([]);
  });

  it.each<[object, string]>([
    [{ maxReplicas: 0 }, 'spec.maxReplicas: Required value: must be set and greater than 0'],
    [
      { maxReplicas: 1, minReplicas: 2 },
      'spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`',
    ],
    [{ minReplicas: 0, maxReplicas: 1 }, 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    [{ maxReplicas: 1 }, 'spec.scaleTargetRef.name: Required value'],
    [
      { metrics: [{ type: 'Resource' }] },
      'spec.metrics[0].resource: Required value: must populate information for the given metric source',
    ],
    [
      { metrics: [{ type: 'Mood' }] },
      'spec.metrics[0].type: Unsupported value: "Mood": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
    [
      { scaleTargetRef: { apiVersion: 'v1', kind: 'Pod', name: 'a' } },
      'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
    ],
    [
      { scaleTargetRef: { apiVersion: 'a/b/c', kind: 'Thing', name: 'a' } },
      'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
    [
      { metrics: [{ type: 'External', external: { target: { value: '1', averageValue: '1' } } }] },
      'spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
    ],
    [{ metrics: [{ type: 'Object', object: {} }] }, 'spec.metrics[0].object.describedObject.kind: Required value'],
  ])('refuses an autoscaler with %j', (spec, expected) => {
    expect(problems(horizontalPodAutoscalerStrategy, { spec })).toContain(expected);
  });
});
