import { messageOf } from '../../lib/errors.ts';
import { formatQuantity, milliValue } from '../../lib/kube/quantity.ts';
import type { HorizontalPodAutoscaler, Pod } from '../../lib/kube/types.ts';
import { podReading, type PodUsageSource } from './pod-readings.ts';
import {
  NoReplicaCount,
  replicasFor,
  type Calculation,
  type CalculatorOptions,
  type MetricTarget,
} from './replica-calculator.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
export type MetricSpec = NonNullable<Spec['metrics']>[number];
export type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];

export type Evaluated =
  | { readonly ok: true; readonly name: string; readonly calculation: Calculation; readonly status: MetricStatus }
  /** `reason` is that of the condition ScalingActive. */
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** Metrics that would need an adapter, which this cluster does not have. */
const unavailable: Readonly<Record<string, { readonly reason: string; readonly group: string }>> = {
  Pods: { reason: 'FailedGetPodsMetric', group: 'custom.metrics.k8s.io' },
  Object: { reason: 'FailedGetObjectMetric', group: 'custom.metrics.k8s.io' },
  External: { reason: 'FailedGetExternalMetric', group: 'external.metrics.k8s.io' },
};

/** What one metric of the spec asks for. */
export function evaluateMetric(
  spec: MetricSpec,
  current: number,
  pods: readonly Pod[],
  source: PodUsageSource,
  options: CalculatorOptions,
): Evaluated {
  const missing = unavailable[spec.type];
  if (missing) {
    return failed(missing.reason, `no API serves ${missing.group}`);
  }
  const isContainer = spec.type === 'ContainerResource';
  const reason = isContainer ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric';
  const metric = isContainer ? spec.containerResource : spec.resource;
  if (!metric) return failed('InvalidMetricSourceType', `unknown metric source type "${spec.type}"`);
  const container = isContainer ? spec.containerResource?.container : undefined;
  const target = targetOf(metric.target);
  if (!target) {
    return failed(
      reason,
      `invalid resource metric source: neither an average utilization nor an average value was set`,
    );
  }
  if (metric.name !== 'cpu' && metric.name !== 'memory') {
    return failed(
      reason,
      `unable to get metrics for resource ${metric.name}: no metrics returned from resource metrics API`,
    );
  }
  try {
    const readings = pods.map((pod) => podReading(pod, metric.name, container, source));
    const calculation = replicasFor(current, metric.name, target, readings, options);
    const kind = isContainer ? 'container resource' : 'resource';
    const name =
      target.type === 'Utilization'
        ? `${metric.name} ${kind} utilization (percentage of request)`
        : `${metric.name} ${kind}`;
    return { ok: true, name, calculation, status: statusOf(metric.name, container, calculation) };
  } catch (error) {
    if (error instanceof NoReplicaCount) return failed(reason, messageOf(error));
    throw error;
  }
}

function failed(reason: string, message: string): Evaluated {
  return { ok: false, reason, message: `the HPA was unable to compute the replica count: ${message}` };
}

function targetOf(target: {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
}): MetricTarget | undefined {
  if (target.averageValue !== undefined) return { type: 'AverageValue', milli: milliValue(target.averageValue) };
  if (target.averageUtilization === undefined || target.averageUtilization <= 0) return undefined;
  return { type: 'Utilization', percent: target.averageUtilization };
}

function statusOf(resource: string, container: string | undefined, calculation: Calculation): MetricStatus {
  const averageValue = formatQuantity({
    nano: BigInt(calculation.averageMilli) * 1_000_000n,
    format: resource === 'memory' ? 'BinarySI' : 'DecimalSI',
  });
  const current = {
    averageValue,
    ...(calculation.utilization === undefined ? {} : { averageUtilization: calculation.utilization }),
  };
  return container === undefined
    ? { type: 'Resource', resource: { name: resource, current } }
    : { type: 'ContainerResource', containerResource: { name: resource, container, current } };
}
