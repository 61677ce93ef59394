import { containerStatusesOf } from '../../../lib/kube/pod-facts.ts';
import type { Pod } from '../../../lib/kube/types.ts';

/** By itself, or because somebody deleted it and its node has let go of it. */
export function hasEnded({ status, metadata }: Pod): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  return metadata?.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}

export function hasFailed(pod: Pod): boolean {
  return hasEnded(pod) && pod.status?.phase !== 'Succeeded';
}

/** When the last of its containers ended, in milliseconds since the epoch. */
export function endOfPodMs(pod: Pod): number {
  const ends = containerStatusesOf(pod).map((status) => Date.parse(status.state?.terminated?.finishedAt ?? ''));
  const known = ends.filter((ms) => !Number.isNaN(ms));
  return known.length > 0 ? Math.max(...known) : Date.parse(pod.metadata?.creationTimestamp ?? '') || 0;
}

const FIRST_BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 360_000;

/** Between the last of so many failures and the next pod: 10 s after the first, doubled with each. */
export function backOffMs(failures: number): number {
  return Math.min(FIRST_BACK_OFF_MS * 2 ** (failures - 1), MAX_BACK_OFF_MS);
}
