import { isPodFinished, readySinceMs } from '../../../lib/kube/pod-facts.ts';
import type { Pod, StatefulSet } from '../../../lib/kube/types.ts';
import { missingLabels, ordinalOf, revisionOfPod, wantedOrdinals } from './identity.ts';
import { planRollout } from './rollout.ts';
import { isRunningAndAvailable, isRunningAndReady, isTerminating, type RevisionNames } from './status.ts';
import type { StatefulSetAction, Step, Slots } from './step.ts';

/** Pods made or removed in one pass at most, where order does not matter; more follow in the next. */
const BURST_PODS = 500;

export interface StatefulSetPlan {
  readonly actions: readonly StatefulSetAction[];
  /** What keeps it from going on, in one sentence; absent when nothing does. */
  readonly waitsFor?: string | undefined;
  /** When time alone will change the answer (a pod becomes available). */
  readonly lookAgainAfterMs?: number | undefined;
}

export interface StatefulSetObservation {
  /** The pods that belong to the set. */
  readonly pods: readonly Pod[];
  readonly revisions: RevisionNames;
}

/**
 * What one look at a stateful set asks for, after upstream's rules: pods are made in ascending and removed in descending order of their ordinals; with the policy
 * OrderedReady each waits for those before it, with Parallel none does; updates replace pods from the highest ordinal down to the partition.
 */
export function planStatefulSet(
  set: StatefulSet,
  { pods, revisions }: StatefulSetObservation,
  nowMs: number,
): StatefulSetPlan {
  const lookAgainAfterMs = untilNextAvailable(set, pods, nowMs);
  if (set.metadata?.deletionTimestamp !== undefined) return { actions: [], lookAgainAfterMs };
  const { from, to } = wantedOrdinals(set);
  const byOrdinal = new Map<number, Pod>();
  const condemned: { readonly ordinal: number; readonly pod: Pod }[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    if (ordinal >= from && ordinal < to) byOrdinal.set(ordinal, pod);
    else condemned.push({ ordinal, pod });
  }
  const actions: StatefulSetAction[] = pods.flatMap((pod): StatefulSetAction[] => {
    const labels = isTerminating(pod) ? undefined : missingLabels(set, pod);
    return labels ? [{ kind: 'relabel', pod, labels }] : [];
  });
  const isOrdered = set.spec?.podManagementPolicy !== 'Parallel';
  for (const step of [
    () => fill(set, { byOrdinal, revisions, from, to, isOrdered, nowMs }),
    () => shrink(set, condemned, byOrdinal, isOrdered, nowMs),
    () => planRollout(set, { byOrdinal, revisions, from, to, nowMs }),
  ]) {
    const { actions: more, waitsFor } = step();
    actions.push(...more);
    if (waitsFor !== undefined) return { actions, waitsFor, lookAgainAfterMs };
  }
  return { actions, lookAgainAfterMs };
}

/** Makes missing pods from the lowest ordinal up, and removes those that have ended so that they can be made again. */
function fill(set: StatefulSet, slots: Slots & { readonly isOrdered: boolean }): Step {
  const { byOrdinal, revisions, from, to, isOrdered, nowMs } = slots;
  const actions: StatefulSetAction[] = [];
  for (let ordinal = from; ordinal < to && actions.length < BURST_PODS; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    const action = pod ? replacementOf(set, pod, ordinal, slots) : create(set, ordinal, revisions, from);
    if (action) actions.push(action);
    const waitsFor = action ? `pod ${ordinal} to be made` : pod && whyNotSteady(set, pod, nowMs);
    if (isOrdered && waitsFor !== undefined) return { actions, waitsFor };
  }
  // Outdated pods are left alone while others are still being made.
  return { actions, waitsFor: actions.length > 0 ? 'pods to be made' : undefined };
}

function create(set: StatefulSet, ordinal: number, revisions: RevisionNames, from: number): StatefulSetAction {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  const isHeldBack = type === 'RollingUpdate' && ordinal < from + (rollingUpdate?.partition ?? 0);
  return { kind: 'create', ordinal, revision: isHeldBack ? revisions.current : revisions.update };
}

/**
 * A pod that must be made anew: it has ended, or it cannot run and its template is not wanted any more, so that waiting for it might be for ever (upstream waits). One that
 * runs and is not ready at the moment is waited for: it may be one of the few that still hold the data.
 */
function replacementOf(
  set: StatefulSet,
  pod: Pod,
  ordinal: number,
  { revisions, from }: Slots,
): StatefulSetAction | undefined {
  if (isTerminating(pod)) return undefined;
  if (isPodFinished(pod)) return { kind: 'delete', pod, why: 'ended' };
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  const mayUpdate = type === 'RollingUpdate' && ordinal >= from + (rollingUpdate?.partition ?? 0);
  const isOutdated = mayUpdate && revisionOfPod(pod) !== revisions.update;
  return isOutdated && cannotRun(pod) ? { kind: 'delete', pod, why: 'outdated' } : undefined;
}

function cannotRun({ status }: Pod): boolean {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return status?.phase === 'Pending' || containers.some(({ state }) => state?.waiting !== undefined);
}

/** Removes pods beyond the wanted ordinals, the highest first. */
function shrink(
  set: StatefulSet,
  condemned: readonly { readonly ordinal: number; readonly pod: Pod }[],
  byOrdinal: ReadonlyMap<number, Pod>,
  isOrdered: boolean,
  nowMs: number,
): Step {
  const descending = condemned.toSorted((a, b) => b.ordinal - a.ordinal);
  const present = descending.filter(({ pod }) => !isTerminating(pod));
  if (!isOrdered) {
    const actions = present
      .slice(0, BURST_PODS)
      .map(({ pod }): StatefulSetAction => ({ kind: 'delete', pod, why: 'scaled away' }));
    return { actions, waitsFor: actions.length > 0 ? 'pods to be removed' : undefined };
  }
  const [highest] = descending;
  if (!highest) return { actions: [] };
  const ending = descending.find(({ pod }) => isTerminating(pod));
  if (ending) return { actions: [], waitsFor: `pod ${ending.pod.metadata?.name ?? ''} to end` };
  // The set is not made smaller while another of its pods is unwell; one that is unwell itself may go.
  const unwell = [...byOrdinal.values(), ...descending.slice(1).map(({ pod }) => pod)].find(
    (pod) => whyNotSteady(set, pod, nowMs) !== undefined,
  );
  if (unwell && whyNotSteady(set, highest.pod, nowMs) !== undefined) {
    return { actions: [], waitsFor: whyNotSteady(set, unwell, nowMs) };
  }
  return {
    actions: [{ kind: 'delete', pod: highest.pod, why: 'scaled away' }],
    waitsFor: `pod ${highest.pod.metadata?.name ?? ''} to end`,
  };
}

/** Why the next pod in order must wait for this one; `undefined` when it need not. */
function whyNotSteady(set: StatefulSet, pod: Pod, nowMs: number): string | undefined {
  const name = pod.metadata?.name ?? '';
  if (isTerminating(pod)) return `pod ${name} to end`;
  if (!isRunningAndReady(pod)) return `pod ${name} to be running and ready`;
  return isRunningAndAvailable(set, pod, nowMs) ? undefined : `pod ${name} to be available`;
}

function untilNextAvailable(set: StatefulSet, pods: readonly Pod[], nowMs: number): number | undefined {
  const minReadyMs = (set.spec?.minReadySeconds ?? 0) * 1000;
  if (minReadyMs <= 0) return undefined;
  const waits = pods
    .map(readySinceMs)
    .filter((sinceMs) => sinceMs !== undefined)
    .map((sinceMs) => sinceMs + minReadyMs - nowMs)
    .filter((waitMs) => waitMs > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
