import type { Pod } from '../../../lib/kube/types.ts';

/** What a dot says; the word goes with it, so that colour never stands alone. */
export type DotState = 'ok' | 'warn' | 'bad' | 'unknown';

export function podState(pod: Pod): { readonly state: DotState; readonly word: string } {
  if (pod.metadata?.deletionTimestamp !== undefined) return { state: 'warn', word: 'Terminating' };
  const waiting = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    (status) => status.state?.waiting?.reason !== undefined,
  );
  const reason = waiting?.state?.waiting?.reason;
  if (reason !== undefined && /BackOff|Err|Invalid/.test(reason)) return { state: 'bad', word: reason };
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  switch (pod.status?.phase) {
    case 'Running':
      return ready === 'True'
        ? { state: 'ok', word: 'Ready' }
        : ready === 'Unknown'
          ? { state: 'unknown', word: 'Unknown' }
          : { state: 'warn', word: 'Not ready' };
    case 'Succeeded':
      return { state: 'ok', word: 'Completed' };
    case 'Failed':
      return { state: 'bad', word: pod.status.reason ?? 'Failed' };
    case undefined:
    default:
      return { state: 'warn', word: reason ?? 'Pending' };
  }
}
