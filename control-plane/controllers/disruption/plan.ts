import { isPodReady } from '../../../lib/kube/pod-facts.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { Pod, PodDisruptionBudget } from '../../../lib/kube/types.ts';

/** An eviction whose pod is still there after this is forgotten: it came to nothing. */
const EVICTION_MS = 2 * 60_000;

type Status = NonNullable<PodDisruptionBudget['status']>;

/** What the controller knows besides the budget itself. */
export interface DisruptionFacts {
  /** Pods that the budget selects. */
  readonly pods: readonly Pod[];
  /** How many pods their owners want; `undefined` when an owner does not say. */
  readonly wanted: number | undefined;
  /** Why `wanted` could not be found. */
  readonly failure: string | undefined;
  readonly nowMs: number;
}

/** The status of a budget: how many of its pods may be evicted now. Pure. */
export function budgetStatus(budget: PodDisruptionBudget, facts: DisruptionFacts): Status {
  const { pods, nowMs } = facts;
  const disrupted = stillDisrupted(budget.status?.disruptedPods, pods, nowMs);
  const isCounted = (pod: Pod) =>
    pod.metadata?.deletionTimestamp === undefined && !Object.hasOwn(disrupted, pod.metadata?.name ?? '');
  const currentHealthy = pods.filter((pod) => isCounted(pod) && isPodReady(pod)).length;
  const { expected, desired } = wish(budget, facts);
  const allowed = expected > 0 && facts.failure === undefined ? Math.max(0, currentHealthy - desired) : 0;
  return {
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    currentHealthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    observedGeneration: budget.metadata?.generation,
    conditions: [condition(budget, allowed, facts)],
  };
}

function wish(
  { spec }: PodDisruptionBudget,
  { pods, wanted }: DisruptionFacts,
): { readonly expected: number; readonly desired: number } {
  const { minAvailable, maxUnavailable } = spec ?? {};
  const share = (value: number | string, of: number) =>
    typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) / 100) * of);
  if (maxUnavailable !== undefined) {
    const expected = wanted ?? 0;
    return { expected, desired: Math.max(0, expected - share(maxUnavailable, expected)) };
  }
  if (typeof minAvailable === 'string') {
    const expected = wanted ?? 0;
    return { expected, desired: share(minAvailable, expected) };
  }
  return { expected: pods.length, desired: minAvailable ?? 1 };
}

function stillDisrupted(
  disrupted: Status['disruptedPods'],
  pods: readonly Pod[],
  nowMs: number,
): Record<string, string> {
  const alive = new Map(pods.map((pod) => [pod.metadata?.name ?? '', pod]));
  return Object.fromEntries(
    Object.entries(disrupted ?? {}).filter(([name, time]) => {
      const pod = alive.get(name);
      return (
        pod?.metadata?.deletionTimestamp === undefined && pod !== undefined && nowMs - Date.parse(time) < EVICTION_MS
      );
    }),
  );
}

function condition(
  budget: PodDisruptionBudget,
  allowed: number,
  { failure, nowMs }: DisruptionFacts,
): NonNullable<Status['conditions']>[number] {
  const before = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const status = allowed > 0 ? 'True' : 'False';
  const reason = failure === undefined ? (allowed > 0 ? 'SufficientPods' : 'InsufficientPods') : 'SyncFailed';
  const isSame = before?.status === status && before.reason === reason;
  return {
    type: 'DisruptionAllowed',
    status,
    reason,
    message: failure ?? '',
    observedGeneration: budget.metadata?.generation,
    lastTransitionTime: isSame ? before.lastTransitionTime : kubeTime(nowMs),
  };
}
