import { horizontalPodAutoscalers } from '../../../lib/kube/resources.ts';
import type { HorizontalPodAutoscaler } from '../../../lib/kube/types.ts';
import type { ApiObject } from '../api-object.ts';
import type { ResourceView } from '../definition.ts';

type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];

/** What `autoscaling/v1` cannot say travels in annotations, as upstream does it. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const CURRENT = 'autoscaling.alpha.kubernetes.io/current-metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

/** Autoscalers under `autoscaling/v1`, which knows of CPU only. `kubectl autoscale` falls back to it. */
export const autoscalerView: ResourceView = {
  resource: { ...horizontalPodAutoscalers, version: 'v1' },
  toView: (object) => toV1(object as ApiObject & HorizontalPodAutoscaler),
  fromView,
};

function isCpu(metric: Metric): boolean {
  return (
    metric.type === 'Resource' &&
    metric.resource?.name === 'cpu' &&
    metric.resource.target.averageUtilization !== undefined
  );
}

function toV1(object: ApiObject & HorizontalPodAutoscaler): ApiObject {
  const { metrics = [], behavior, ...spec } = object.spec ?? { metrics: [], maxReplicas: 1 };
  const { currentMetrics = [], conditions, ...status } = object.status ?? {};
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric) => metric !== cpu);
  const current = currentMetrics.find((metric) => metric.resource?.name === 'cpu')?.resource?.current
    .averageUtilization;
  const annotations = {
    ...object.metadata.annotations,
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others) } : {}),
    ...(conditions ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
    ...(currentMetrics.length > 0 ? { [CURRENT]: JSON.stringify(currentMetrics) } : {}),
    ...(behavior ? { [BEHAVIOR]: JSON.stringify(behavior) } : {}),
  };
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...spec, ...(cpu ? { targetCPUUtilizationPercentage: cpu.resource?.target.averageUtilization } : {}) },
    status: { ...status, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) },
  };
}

function fromView(object: ApiObject): ApiObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = (object['spec'] ?? {}) as Record<string, unknown>;
  const { currentCPUUtilizationPercentage: _, ...status } = (object['status'] ?? {}) as Record<string, unknown>;
  const {
    [METRICS]: metrics,
    [CONDITIONS]: _c,
    [CURRENT]: _m,
    [BEHAVIOR]: behavior,
    ...annotations
  } = object.metadata.annotations ?? {};
  const others = parseOr<unknown[]>(metrics, []);
  const cpu =
    typeof target === 'number'
      ? [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } }]
      : [];
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: { ...object.metadata, ...(object.metadata.annotations ? { annotations } : {}) },
    spec: {
      ...spec,
      ...(cpu.length + others.length > 0 ? { metrics: [...others, ...cpu] } : {}),
      ...(behavior ? { behavior: parseOr(behavior, undefined) } : {}),
    },
    ...(object['status'] === undefined ? {} : { status }),
  };
}

function parseOr<T>(text: string | undefined, otherwise: T): T {
  if (text === undefined) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}
