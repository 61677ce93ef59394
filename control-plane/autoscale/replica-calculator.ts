/**
 * The published algorithm of the Horizontal Pod Autoscaler: how many replicas one metric asks for.
 * Source: kubernetes.io "Horizontal Pod Autoscaling", and `pkg/controller/podautoscaler/replica_calculator.go`. All amounts are in thousandths.
 */

/** A pod of the target with what is known of its use. */
export interface PodReading {
  readonly name: string;
  readonly phase: string;
  readonly isDeleted: boolean;
  readonly startMs?: number | undefined;
  readonly ready?: { readonly isReady: boolean; readonly sinceMs: number } | undefined;
  readonly usage?: { readonly milli: number; readonly timeMs: number; readonly windowMs: number } | undefined;
  /** What the pod requests of the resource; absent when a container (`withoutRequest`) requests none. */
  readonly requestMilli?: number | undefined;
  readonly withoutRequest?: string | undefined;
}

export interface CalculatorOptions {
  readonly nowMs: number;
  /** The CPU of a pod younger than this counts only when it is ready and was measured since. */
  readonly cpuInitializationMs: number;
  /** A pod that has not been ready within this time of its start has never been ready. */
  readonly initialReadinessDelayMs: number;
  readonly tolerance: Tolerance;
}

export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

export type MetricTarget =
  | { readonly type: 'Utilization'; readonly percent: number }
  | { readonly type: 'AverageValue'; readonly milli: number };

export interface Calculation {
  readonly replicas: number;
  /** Use of requests in per cent, for a utilization target. */
  readonly utilization?: number | undefined;
  /** Mean per pod. */
  readonly averageMilli: number;
  readonly ratio: number;
  readonly counted: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
}

/** Why nothing can be said; the message ends up in the autoscaler's condition. */
export class NoReplicaCount extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoReplicaCount';
  }
}

interface Grouped {
  readonly counted: readonly PodReading[];
  readonly unready: readonly PodReading[];
  readonly missing: readonly PodReading[];
}

/** Throws `NoReplicaCount`. */
export function replicasFor(
  current: number,
  resource: string,
  target: MetricTarget,
  pods: readonly PodReading[],
  options: CalculatorOptions,
): Calculation {
  if (pods.length === 0) throw new NoReplicaCount('no pods returned by selector while calculating replica count');
  if (pods.every((pod) => pod.usage === undefined)) {
    throw new NoReplicaCount(
      `unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`,
    );
  }
  const grouped = groupPods(pods, resource, options);
  if (grouped.counted.length === 0) {
    throw new NoReplicaCount('did not receive metrics for targeted pods (pods might be unready)');
  }
  if (target.type === 'Utilization') checkRequests(pods, resource);
  const measured = grouped.counted.map((pod) => ({ pod, milli: pod.usage?.milli ?? 0 }));
  const { ratio, utilization } = ratioOf(measured, target);
  return {
    replicas: wanted(current, measured, ratio, grouped, target, options),
    utilization,
    averageMilli: Math.trunc(measured.reduce((sum, { milli }) => sum + milli, 0) / measured.length),
    ratio,
    counted: grouped.counted.length,
    unready: grouped.unready.map((pod) => pod.name),
    missing: grouped.missing.map((pod) => pod.name),
  };
}

interface Measured {
  readonly pod: PodReading;
  readonly milli: number;
}

function wanted(
  current: number,
  measured: readonly Measured[],
  ratio: number,
  grouped: Grouped,
  target: MetricTarget,
  { tolerance }: CalculatorOptions,
): number {
  const countUnready = grouped.unready.length > 0 && ratio > 1;
  if (!countUnready && grouped.missing.length === 0) {
    return isWithin(ratio, tolerance) ? current : Math.ceil(ratio * grouped.counted.length);
  }
  const all = [...measured];
  // Pods of which nothing is known are taken at what holds the decision back: all of their target when scaling down, nothing when scaling up.
  if (ratio < 1) all.push(...grouped.missing.map((pod) => ({ pod, milli: fullUse(pod, target) })));
  if (ratio > 1) all.push(...grouped.missing.map((pod) => ({ pod, milli: 0 })));
  if (countUnready) all.push(...grouped.unready.map((pod) => ({ pod, milli: 0 })));
  const newRatio = ratioOf(all, target).ratio;
  if (isWithin(newRatio, tolerance) || (ratio < 1 && newRatio > 1) || (ratio > 1 && newRatio < 1)) return current;
  const replicas = Math.ceil(newRatio * all.length);
  if ((newRatio < 1 && replicas > current) || (newRatio > 1 && replicas < current)) return current;
  return replicas;
}

function fullUse(pod: PodReading, target: MetricTarget): number {
  if (target.type === 'AverageValue') return target.milli;
  return ((pod.requestMilli ?? 0) * Math.max(100, target.percent)) / 100;
}

function ratioOf(
  measured: readonly Measured[],
  target: MetricTarget,
): { readonly ratio: number; readonly utilization?: number } {
  const total = measured.reduce((sum, { milli }) => sum + milli, 0);
  if (target.type === 'AverageValue') return { ratio: Math.trunc(total / measured.length) / target.milli };
  const requested = measured.reduce((sum, { pod }) => sum + (pod.requestMilli ?? 0), 0);
  if (requested === 0) throw new NoReplicaCount('no metrics returned matched known pods');
  const utilization = Math.trunc((total * 100) / requested);
  return { ratio: utilization / target.percent, utilization };
}

function isWithin(ratio: number, tolerance: Tolerance): boolean {
  return 1 - tolerance.down <= ratio && ratio <= 1 + tolerance.up;
}

function checkRequests(pods: readonly PodReading[], resource: string): void {
  const without = pods.find((pod) => pod.requestMilli === undefined);
  if (without) {
    throw new NoReplicaCount(
      `failed to get ${resource} utilization: missing request for ${resource} in container ${without.withoutRequest ?? ''} of Pod ${without.name}`,
    );
  }
}

function groupPods(pods: readonly PodReading[], resource: string, options: CalculatorOptions): Grouped {
  const counted: PodReading[] = [];
  const unready: PodReading[] = [];
  const missing: PodReading[] = [];
  for (const pod of pods) {
    if (pod.isDeleted || pod.phase === 'Failed') continue;
    if (pod.phase === 'Pending') unready.push(pod);
    else if (!pod.usage) missing.push(pod);
    else if (resource === 'cpu' && isStarting(pod, pod.usage, options)) unready.push(pod);
    else counted.push(pod);
  }
  return { counted, unready, missing };
}

/** Whether the CPU that a pod uses is still that of its start. */
function isStarting(pod: PodReading, usage: NonNullable<PodReading['usage']>, options: CalculatorOptions): boolean {
  if (!pod.ready || pod.startMs === undefined) return true;
  if (pod.startMs + options.cpuInitializationMs > options.nowMs) {
    return !pod.ready.isReady || usage.timeMs < pod.ready.sinceMs + usage.windowMs;
  }
  return !pod.ready.isReady && pod.startMs + options.initialReadinessDelayMs > pod.ready.sinceMs;
}
