import type { Evaluated, MetricStatus } from './evaluate-metric.ts';
import { limitReplicas, type Behavior, type ScaleHistory } from './behavior.ts';

export interface ConditionUpdate {
  readonly type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export interface ScaleFacts {
  /** `spec.replicas` of the target. */
  readonly current: number;
  readonly min: number;
  readonly max: number;
  /** One for each metric of the spec; not looked at when the current size is out of bounds. */
  readonly metrics: () => readonly Evaluated[];
  readonly behavior: Behavior;
  readonly history: ScaleHistory;
  readonly nowMs: number;
}

export interface ScaleDecision {
  /** What the target should have; equal to `current` for "leave it". */
  readonly desired: number;
  /** As upstream's event says it: `cpu resource utilization (percentage of request) above target`. Empty when nothing changes. */
  readonly reason: string;
  /** What the metrics alone ask for, to be remembered for stabilization. */
  readonly recommendation?: number | undefined;
  readonly conditions: readonly ConditionUpdate[];
  readonly metrics: readonly MetricStatus[];
  /** Set when nothing could be computed. */
  readonly failure?: { readonly reason: string; readonly message: string } | undefined;
  /** The figures, for the record. */
  readonly evaluated: readonly Evaluated[];
}

/** What one synchronisation of an autoscaler decides. Source: `reconcileAutoscaler` of the published algorithm. */
export function decideScale(facts: ScaleFacts): ScaleDecision {
  const { current, min, max } = facts;
  if (current === 0 && min !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    return outOfBounds(0, '', [{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled', message }]);
  }
  if (current > max) return outOfBounds(max, 'Current number of replicas above Spec.MaxReplicas', []);
  if (current < min) return outOfBounds(min, 'Current number of replicas below Spec.MinReplicas', []);
  return byMetrics(facts);
}

function outOfBounds(desired: number, reason: string, conditions: readonly ConditionUpdate[]): ScaleDecision {
  return { desired, reason, conditions, metrics: [], evaluated: [] };
}

function byMetrics(facts: ScaleFacts): ScaleDecision {
  const { current } = facts;
  const evaluated = facts.metrics();
  const good = evaluated.filter((one) => one.ok);
  const bad = evaluated.find((one) => !one.ok);
  const metrics = good.map((one) => one.status);
  let highest = good[0];
  for (const one of good) if (highest && one.calculation.replicas > highest.calculation.replicas) highest = one;
  // With a metric missing the others may only scale up: the missing one might ask for more.
  if (!highest || (bad && highest.calculation.replicas < current)) {
    const failure = bad ?? { reason: 'FailedComputeMetricsReplicas', message: 'the autoscaler has no metrics' };
    const { reason, message } = failure;
    return {
      desired: current,
      reason: '',
      conditions: [{ type: 'ScalingActive', status: 'False', reason, message }],
      metrics,
      failure: { reason, message },
      evaluated,
    };
  }
  const wanted = highest.calculation.replicas;
  const limited = limitReplicas(current, wanted, facts, facts.behavior, facts.history, facts.nowMs);
  const { isLimited, ...limitWords } = limited.limited;
  return {
    desired: limited.replicas,
    reason: reasonOf(current, limited.replicas, highest.name),
    recommendation: wanted,
    conditions: [
      {
        type: 'ScalingActive',
        status: 'True',
        reason: 'ValidMetricFound',
        message: `the HPA was able to successfully calculate a replica count from ${highest.name}`,
      },
      { type: 'AbleToScale', status: 'True', ...limited.stabilized },
      { type: 'ScalingLimited', status: isLimited ? 'True' : 'False', ...limitWords },
    ],
    metrics,
    evaluated,
  };
}

function reasonOf(current: number, desired: number, metric: string): string {
  if (desired > current) return `${metric} above target`;
  return desired < current ? 'All metrics below target' : '';
}
