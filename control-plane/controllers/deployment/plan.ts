import type { Deployment, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { annotations as names } from '../../../lib/names.ts';
import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { controllerRef } from '../../../lib/kube/owner.ts';
import { deployments } from '../../../lib/kube/resources.ts';
import { planRevert, type Revert } from './auto-revert.ts';
import type { DeploymentStatus } from './conditions.ts';
import {
  annotationsOfCurrent,
  completedAnnotation,
  expiredRevisions,
  findRevisions,
  revisionOf,
  scaleAnnotations,
  type Revisions,
} from './revisions.ts';
import { shrinkOld, sizeOfCurrent } from './rolling-update.ts';
import { replicasOf, scale, wasScaled, type Resize } from './scaling.ts';
import { withFoundCondition, withPauseCondition } from './rollout-conditions.ts';
import { countStatus, isComplete, sameStatus, untilDeadline, withProgress } from './status.ts';
import { templateHash, templateHashLabel } from './template.ts';

/** One thing to do. They are done in order; the next change of a replica set brings the next plan. */
export type DeploymentAction =
  | { readonly type: 'createReplicaSet'; readonly set: ReplicaSet }
  | {
      readonly type: 'resize';
      readonly set: ReplicaSet;
      readonly from: number;
      readonly replicas: number;
      /** Annotations for proportional scaling later on. */
      readonly figures: Readonly<Record<string, string>>;
    }
  /** Writes the annotations and `minReadySeconds` of `set`. */
  | { readonly type: 'annotate'; readonly set: ReplicaSet }
  | { readonly type: 'deleteReplicaSet'; readonly set: ReplicaSet }
  | { readonly type: 'setRevision'; readonly revision: string }
  | { readonly type: 'revert'; readonly revert: Revert }
  | { readonly type: 'status'; readonly status: DeploymentStatus };

export interface DeploymentPlan {
  readonly actions: readonly DeploymentAction[];
  /** When time alone will change the answer (a deadline passes). */
  readonly lookAgainAfterMs?: number | undefined;
}

/** Upstream looks one second after the deadline, when it has surely passed in whole seconds. */
const AFTER_DEADLINE_MS = 1000;

/**
 * Compares what a deployment wants with its replica sets. `pods` are those of its replica sets: `Recreate` waits until the last old one has ended, and the
 * automatic revert looks at crashes.
 */
export function planDeployment(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  pods: readonly Pod[],
  nowMs: number,
): DeploymentPlan {
  const revisions = findRevisions(deployment, sets);
  if (deployment.metadata?.deletionTimestamp !== undefined) {
    return { actions: statusAction(deployment, countStatus(deployment, revisions, nowMs)) };
  }
  const base = withPauseCondition(deployment, nowMs);
  const scaling = base.spec?.paused === true || wasScaled(base, revisions);
  const work = scaling ? scalingActions(base, revisions) : rolloutActions(base, revisions, pods);
  const status = statusFor(base, revisions, work, scaling, nowMs);
  const complete = !scaling && isComplete(base, status);
  const done = complete ? completedActions(base, revisions, work) : [];
  const leftMs = untilDeadline(base, status.conditions ?? [], nowMs);
  const revert = scaling ? undefined : planRevert(base, revisions, pods, status);
  const back: DeploymentAction[] = revert ? [{ type: 'revert', revert }] : [];
  return {
    actions: [...work, ...done, ...statusAction(deployment, status), ...back],
    lookAgainAfterMs: leftMs === undefined ? undefined : Math.max(leftMs, 0) + AFTER_DEADLINE_MS,
  };
}

/** Paused or scaled: sizes follow, the template does not. */
function scalingActions(deployment: Deployment, revisions: Revisions): DeploymentAction[] {
  const cleanUp = deployment.spec?.paused ? expiredRevisions(deployment, revisions.old) : [];
  return [
    ...revisionActions(deployment, revisions),
    ...resizeActions(deployment, scale(deployment, revisions)),
    ...cleanUp.map((set): DeploymentAction => ({ type: 'deleteReplicaSet', set })),
  ];
}

function rolloutActions(deployment: Deployment, revisions: Revisions, pods: readonly Pod[]): DeploymentAction[] {
  const { current, old } = revisions;
  if (deployment.spec?.strategy?.type === 'Recreate') {
    const active = old.filter((set) => replicasOf(set) > 0);
    const ending = resizeActions(
      deployment,
      active.map((set) => ({ set, replicas: 0 })),
    );
    if (ending.length > 0) return [...revisionActions(deployment, revisions), ...ending];
    if (oldPodsRun(old, pods)) return revisionActions(deployment, revisions);
  }
  if (!current) {
    const made = creation(deployment, old);
    return [made, ...revisionOfDeployment(deployment, made.set.metadata?.annotations ?? {})];
  }
  const grown = sizeOfCurrent(deployment, current, old);
  const growth = grown === replicasOf(current) ? [] : resizeActions(deployment, [{ set: current, replicas: grown }]);
  // Growing and shrinking in one pass would count pods twice; the grown set's status brings the next pass.
  const shrinking = growth.length > 0 ? [] : resizeActions(deployment, shrinkOld(deployment, revisions));
  return [...revisionActions(deployment, revisions), ...growth, ...shrinking];
}

function resizeActions(deployment: Deployment, resizes: readonly Resize[]): DeploymentAction[] {
  return resizes.map(({ set, replicas }) => ({
    type: 'resize',
    set,
    from: replicasOf(set),
    replicas,
    figures: scaleAnnotations(deployment),
  }));
}

/** Keeps annotations, revision and minReadySeconds of the current replica set, and the deployment's own revision, up to date. */
function revisionActions(deployment: Deployment, { current, old }: Revisions): DeploymentAction[] {
  if (!current) return [];
  const annotations = annotationsOfCurrent(deployment, current, old);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const actions: DeploymentAction[] = [];
  if (
    JSON.stringify(annotations) !== JSON.stringify(current.metadata?.annotations ?? {}) ||
    minReadySeconds !== (current.spec?.minReadySeconds ?? 0)
  ) {
    actions.push({
      type: 'annotate',
      set: {
        ...current,
        metadata: { ...current.metadata, annotations },
        spec: { ...current.spec, selector: current.spec?.selector ?? {}, minReadySeconds },
      },
    });
  }
  return [...actions, ...revisionOfDeployment(deployment, annotations)];
}

function revisionOfDeployment(deployment: Deployment, ofSet: Readonly<Record<string, string>>): DeploymentAction[] {
  const revision = ofSet[names.revision];
  const unchanged = revision === undefined || deployment.metadata?.annotations?.[names.revision] === revision;
  return unchanged ? [] : [{ type: 'setRevision', revision }];
}

/** The replica set of today's template. Its name is the hash, so that two attempts cannot make two. */
function creation(
  deployment: Deployment,
  old: readonly ReplicaSet[],
): DeploymentAction & { readonly type: 'createReplicaSet' } {
  const template = deployment.spec?.template ?? {};
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  const selector = deployment.spec?.selector ?? {};
  const { name, namespace } = deployment.metadata ?? {};
  return {
    type: 'createReplicaSet',
    set: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: { ...annotationsOfCurrent(deployment, undefined, old), ...scaleAnnotations(deployment) },
        ownerReferences: [controllerRef(deployments, deployment)],
      },
      spec: {
        replicas: sizeOfCurrent(deployment, undefined, old),
        minReadySeconds: deployment.spec?.minReadySeconds ?? 0,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    },
  };
}

/** After a complete rollout: the revision is marked as one to return to, and the history is kept short. */
function completedActions(
  deployment: Deployment,
  { current, old }: Revisions,
  work: readonly DeploymentAction[],
): DeploymentAction[] {
  const actions: DeploymentAction[] = expiredRevisions(deployment, old).map((set) => ({
    type: 'deleteReplicaSet',
    set,
  }));
  const busy = work.some((action) => action.type === 'annotate' || action.type === 'resize');
  const revision = String(current ? revisionOf(current) : 0);
  if (current && !busy && current.metadata?.annotations?.[completedAnnotation] !== revision) {
    const annotations = { ...current.metadata?.annotations, [completedAnnotation]: revision };
    actions.push({ type: 'annotate', set: { ...current, metadata: { ...current.metadata, annotations } } });
  }
  return actions;
}

function oldPodsRun(old: readonly ReplicaSet[], pods: readonly Pod[]): boolean {
  const owners = new Set(old.map((set) => set.metadata?.uid));
  return pods.some(
    (pod) =>
      !isPodFinished(pod) &&
      pod.metadata?.ownerReferences?.some(({ uid, controller }) => controller && owners.has(uid)),
  );
}

function statusFor(
  deployment: Deployment,
  revisions: Revisions,
  work: readonly DeploymentAction[],
  scaling: boolean,
  nowMs: number,
): DeploymentStatus {
  const counted = countStatus(deployment, revisions, nowMs);
  if (scaling) return counted;
  const created = work.find((action) => action.type === 'createReplicaSet')?.set;
  const renumbered = work.some((action) => action.type === 'setRevision');
  const found = withFoundCondition(deployment, { created, found: revisions.current, renumbered }, counted, nowMs);
  return withProgress(deployment, revisions, found, nowMs);
}

function statusAction(deployment: Deployment, status: DeploymentStatus): DeploymentAction[] {
  return sameStatus(deployment.status, status) ? [] : [{ type: 'status', status }];
}
