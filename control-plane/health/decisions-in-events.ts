import type { WorkloadRef } from '../../lib/health-api.ts';
import type { CoreEvent } from '../../lib/kube/types.ts';
import type { DecisionRecord } from '../../lib/signals/records.ts';

/** Event reason → decision and the part that decided. Upstream's own reasons stand for decisions too. */
const reasons: ReadonlyMap<string, { readonly decision: string; readonly component: string }> = new Map([
  ['OutOfService', { decision: 'OutOfService', component: 'health' }],
  ['BackInService', { decision: 'BackInService', component: 'health' }],
  ['Replace', { decision: 'Replace', component: 'health' }],
  ['NotMoved', { decision: 'NotMoved', component: 'health' }],
  ['AlertFired', { decision: 'AlertFired', component: 'alerts' }],
  ['AlertResolved', { decision: 'AlertResolved', component: 'alerts' }],
  ['Scheduled', { decision: 'Schedule', component: 'scheduler' }],
]);

/** What an Event is about: the workload of a pod that is still there, a workload itself; `undefined` for anything else. */
export type WorkloadOfObject = (object: CoreEvent['involvedObject']) => WorkloadRef | undefined;

/**
 * The decisions that Events still tell of, oldest first: what a timeline shows of the time before the control plane was started. The evidence is in the records
 * of the log store only. What was told on a pod and on its workload counts once.
 */
export function decisionsInEvents(
  events: readonly CoreEvent[],
  workloadOf: WorkloadOfObject,
): readonly DecisionRecord[] {
  const found = new Map<string, DecisionRecord>();
  for (const event of events) {
    const known = reasons.get(event.reason ?? '');
    const time = event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
    const { kind, namespace, name, uid } = event.involvedObject;
    const workload = known && workloadOf(event.involvedObject);
    if (!known || !workload || time === undefined || kind === undefined || name === undefined) continue;
    const reason = event.message ?? '';
    const key = `${namespace} ${workload.kind} ${workload.name} ${known.decision} ${reason}`;
    if (found.has(key) && kind !== 'Pod') continue;
    const node = /^Successfully assigned \S+ to (\S+)/.exec(reason)?.[1];
    found.set(key, {
      type: 'decision',
      time: new Date(Date.parse(time)).toISOString(),
      decision: known.decision,
      component: known.component,
      object: { kind, namespace, name, uid },
      workload,
      ...(node === undefined ? {} : { node }),
      reason,
      evidence: {},
    });
  }
  return [...found.values()].sort((a, b) => a.time.localeCompare(b.time));
}
