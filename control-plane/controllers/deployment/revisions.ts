import { annotations as names } from '../../../lib/names.ts';
import type { Deployment, ReplicaSet } from '../../../lib/kube/types.ts';
import { rolloutLimits } from './limits.ts';
import { sameTemplate } from './template.ts';

/** The replica sets of a deployment: the one with today's template, and those of earlier templates, oldest first. */
export interface Revisions {
  readonly current?: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

const historyAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
/** Set on a replica set once all its pods were available: a revision that may be returned to. */
export const completedAnnotation = 'vigil.dev/completed';

/** The bound upstream puts on `revision-history`, in characters. */
const MAX_HISTORY_LENGTH = 2000;

/** Annotations of a deployment that say nothing about its replica sets. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  names.revision,
  historyAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
  completedAnnotation,
  'vigil.dev/reverted-to',
]);

export function revisionOf(object: { metadata?: ReplicaSet['metadata'] }): number {
  return Number.parseInt(object.metadata?.annotations?.[names.revision] ?? '0', 10) || 0;
}

/** Older first; same second: by name, so that everybody picks the same one. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const aTime = a.metadata?.creationTimestamp ?? '';
  const bTime = b.metadata?.creationTimestamp ?? '';
  if (aTime !== bTime) return aTime < bTime ? -1 : 1;
  return (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1;
}

/** Picks the oldest replica set with the deployment's template as current; all others are old. */
export function findRevisions(deployment: Deployment, sets: readonly ReplicaSet[]): Revisions {
  const sorted = sets.toSorted(byAge);
  const current = sorted.find((set) => sameTemplate(set.spec?.template, deployment.spec?.template));
  return { current, old: sorted.filter((set) => set !== current) };
}

/**
 * The annotations that the current replica set should have: its own, those of the deployment, and a revision above all old ones (a template that comes back gets
 * a new number and remembers its former ones).
 */
export function annotationsOfCurrent(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Record<string, string> {
  const before = current?.metadata?.annotations ?? {};
  const result: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(deployment.metadata?.annotations ?? {})) {
    if (!notCopied.has(name)) result[name] = value;
  }
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const former = current ? revisionOf(current) : 0;
  if (former < revision) {
    result[names.revision] = String(revision);
    if (former > 0) {
      const history = [...(before[historyAnnotation]?.split(',') ?? []), String(former)].filter(Boolean);
      while (history.join(',').length > MAX_HISTORY_LENGTH) history.shift();
      result[historyAnnotation] = history.join(',');
    }
  }
  return result;
}

/** What a replica set remembers of the size its deployment had when it was last scaled. */
export function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = deployment.spec?.replicas ?? 1;
  return {
    [desiredReplicasAnnotation]: String(replicas),
    [maxReplicasAnnotation]: String(replicas + rolloutLimits(deployment).maxSurge),
  };
}

/** Old replica sets beyond the history limit that nothing runs in any more, oldest revision first. */
export function expiredRevisions(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const candidates = old.filter((set) => set.metadata?.deletionTimestamp === undefined);
  return candidates
    .toSorted((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b))
    .slice(0, Math.max(0, candidates.length - limit))
    .filter(
      (set) =>
        (set.spec?.replicas ?? 0) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        (set.metadata?.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    );
}
