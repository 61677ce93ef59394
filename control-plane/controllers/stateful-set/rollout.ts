import type { StatefulSet } from '../../../lib/kube/types.ts';
import { revisionOfPod } from './identity.ts';
import type { Slots, StatefulSetAction, Step } from './step.ts';
import { isRunningAndAvailable, isTerminating } from './status.ts';

/** Replaces pods of other revisions from the highest ordinal down to the partition, never so many that more than `maxUnavailable` are away. */
export function planRollout(set: StatefulSet, { byOrdinal, revisions, from, to, nowMs }: Slots): Step {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return { actions: [] };
  const away = [...byOrdinal.values()].filter((pod) => isTerminating(pod) || !isRunningAndAvailable(set, pod, nowMs));
  let budget = maxUnavailable(set) - away.length;
  const actions: StatefulSetAction[] = [];
  for (let ordinal = to - 1; ordinal >= from + (rollingUpdate?.partition ?? 0); ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (!pod || isTerminating(pod) || revisionOfPod(pod) === revisions.update) continue;
    if (budget <= 0)
      return {
        actions,
        waitsFor: away[0] ? `pod ${away[0].metadata?.name ?? ''} to be available` : 'updated pods to be available',
      };
    actions.push({ kind: 'delete', pod, why: 'outdated' });
    budget--;
  }
  return { actions };
}

/** How many pods may be away at a time during an update: a percentage is of the wanted ones, rounded down, and one at least. */
function maxUnavailable(set: StatefulSet): number {
  const wanted = set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const count =
    typeof wanted === 'number'
      ? wanted
      : Math.floor((Number.parseInt(wanted, 10) / 100) * (set.spec?.replicas ?? 1)) || 0;
  return Math.max(1, count);
}
