import { isPodFinished, priorityOf } from '../../../lib/kube/pod-facts.ts';
import { milliValue, wholeValue } from '../../../lib/kube/quantity.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { requestedOf, type NodeCapacity } from '../pod-admission.ts';
import { qosClassOf } from '../qos.ts';

/** Whether a node gives a pod what it wants now: never, not now, or yes. */
export type ResizeVerdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'Deferred' | 'Infeasible'; readonly message: string };

/** `wanted` is the pod as the API has it, `others` are the pods beside it with what was allocated to them. Pure. */
export function decideResize(wanted: Pod, others: readonly Pod[], allocatable: NodeCapacity): ResizeVerdict {
  const capacity = { cpu: milliValue(allocatable.cpu), memory: wholeValue(allocatable.memory) };
  const kinds = ['cpu', 'memory'] as const;
  const beyond = kinds.filter((kind) => requestedOf(wanted, kind) > capacity[kind]);
  if (beyond.length > 0) {
    const texts = beyond.map(
      (kind) =>
        `Node didn't have enough capacity: ${kind}, requested: ${requestedOf(wanted, kind)}, capacity: ${capacity[kind]}`,
    );
    return { kind: 'Infeasible', message: texts.join(', ') };
  }
  const active = others.filter((other) => !isPodFinished(other));
  for (const kind of kinds) {
    const requested = requestedOf(wanted, kind);
    const used = active.reduce((sum, other) => sum + requestedOf(other, kind), 0);
    if (requested > 0 && used + requested > capacity[kind]) {
      const message = `Node didn't have enough resource: ${kind}, requested: ${requested}, used: ${used}, capacity: ${capacity[kind]}`;
      return { kind: 'Deferred', message };
    }
  }
  return { kind: 'fits' };
}

/** A pod that waits for room, as it is and as it wants to be. */
export interface WaitingResize {
  readonly wanted: Pod;
  readonly allocated: Pod;
}

/** Who is asked first: those that want no more than they have, then by priority, class, and how long they wait. Pure. */
export function inOrderOfResize<T extends WaitingResize>(waiting: readonly T[]): readonly T[] {
  return [...waiting].sort(
    (a, b) =>
      Number(isIncrease(a)) - Number(isIncrease(b)) ||
      priorityOf(b.wanted) - priorityOf(a.wanted) ||
      Number(qosClassOf(b.wanted) === 'Guaranteed') - Number(qosClassOf(a.wanted) === 'Guaranteed') ||
      waitingSinceMs(a.wanted) - waitingSinceMs(b.wanted),
  );
}

function isIncrease({ wanted, allocated }: WaitingResize): boolean {
  return (['cpu', 'memory'] as const).some((kind) => requestedOf(wanted, kind) > requestedOf(allocated, kind));
}

/** One that nobody has looked at yet comes last. */
function waitingSinceMs(pod: Pod): number {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'PodResizePending');
  const sinceMs = Date.parse(condition?.lastTransitionTime ?? '');
  return Number.isNaN(sinceMs) ? Number.MAX_SAFE_INTEGER : sinceMs;
}
