import { containerStatusesOf } from '../../../lib/kube/pod-facts.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { annotations as names } from '../../../lib/names.ts';
import { conditionOf, type DeploymentStatus } from './conditions.ts';
import { completedAnnotation, revisionOf, type Revisions } from './revisions.ts';
import { templateHashLabel } from './template.ts';

/** So many crashes of one container of a new revision are taken as the revision's fault. */
const CRASHES_BEFORE_REVERT = 3;

/** Set on a deployment that was reverted: the template it was given. A revert is not itself reverted, or two bad revisions would take turns for ever. */
export const revertedToAnnotation = 'vigil.dev/reverted-to';

/** Going back to a revision that was well, and why. */
export interface Revert {
  readonly to: ReplicaSet;
  readonly fromRevision: number;
  readonly toRevision: number;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/**
 * For deployments that ask for it (`vigil.dev/auto-revert: "true"`): a revision that was never complete and misses its progress deadline, or whose containers crash again
 * and again, gives way to the newest one that was complete.
 */
export function planRevert(
  deployment: Deployment,
  { current, old }: Revisions,
  pods: readonly Pod[],
  status: DeploymentStatus,
): Revert | undefined {
  const annotations = deployment.metadata?.annotations ?? {};
  if (annotations[names.autoRevert] !== 'true' || deployment.spec?.paused || !current) return undefined;
  const hash = current.metadata?.labels?.[templateHashLabel];
  const fromRevision = revisionOf(current);
  if (annotations[revertedToAnnotation] === hash) return undefined;
  if (current.metadata?.annotations?.[completedAnnotation] === String(fromRevision)) return undefined;
  const [to] = old
    .filter((set) => set.metadata?.annotations?.[completedAnnotation] === String(revisionOf(set)))
    .toSorted((a, b) => revisionOf(b) - revisionOf(a));
  if (!to) return undefined;
  const fault = faultOf(current, pods, status);
  if (!fault) return undefined;
  const toRevision = revisionOf(to);
  const reason = `Revision ${fromRevision} ${fault.what}: back to revision ${toRevision}`;
  return { to, fromRevision, toRevision, reason, evidence: fault.evidence };
}

interface Fault {
  readonly what: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

function faultOf(current: ReplicaSet, pods: readonly Pod[], status: DeploymentStatus): Fault | undefined {
  const mine = pods.filter((pod) =>
    pod.metadata?.ownerReferences?.some(({ uid, controller }) => controller && uid === current.metadata?.uid),
  );
  for (const pod of mine) {
    const crashing = containerStatusesOf(pod).find(
      ({ restartCount, ready }) => restartCount >= CRASHES_BEFORE_REVERT && !ready,
    );
    if (!crashing) continue;
    const { exitCode, reason } = crashing.lastState?.terminated ?? crashing.state?.terminated ?? {};
    return {
      what: `keeps crashing (container ${crashing.name} of ${pod.metadata?.name}, ${crashing.restartCount} restarts)`,
      evidence: {
        pod: pod.metadata?.name,
        container: crashing.name,
        restarts: crashing.restartCount,
        node: pod.spec?.nodeName,
        exitCode,
        lastReason: reason,
      },
    };
  }
  const progressing = conditionOf(status.conditions, 'Progressing');
  if (progressing?.reason !== 'ProgressDeadlineExceeded') return undefined;
  return {
    what: 'missed its progress deadline',
    evidence: {
      updatedReplicas: status.updatedReplicas,
      availableReplicas: status.availableReplicas,
      notReadyPods: mine.map((pod) => pod.metadata?.name),
      lastProgress: progressing.lastUpdateTime,
    },
  };
}
