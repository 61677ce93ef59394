import type { ControllerRevision, PodTemplateSpec } from '../../../lib/kube/types.ts';
import { sameTemplate } from '../deployment/template.ts';
import { templateOf } from './revision-data.ts';

/** Which revision a workload's template of today is. */
export type UpdateRevision =
  | { readonly kind: 'kept'; readonly revision: ControllerRevision }
  /** It was the template before: it gets the newest number. */
  | { readonly kind: 'renumbered'; readonly revision: ControllerRevision; readonly number: number }
  | { readonly kind: 'new'; readonly number: number };

/** Oldest first; the same number: by age, then by name, so that everybody picks the same one. */
export function inOrder(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  const key = ({ revision, metadata }: ControllerRevision) =>
    [revision, metadata?.creationTimestamp ?? '', metadata?.name ?? ''] as const;
  return revisions.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left[0] !== right[0]) return left[0] - right[0];
    if (left[1] !== right[1]) return left[1] < right[1] ? -1 : 1;
    return left[2] < right[2] ? -1 : 1;
  });
}

export function planUpdateRevision(
  template: PodTemplateSpec,
  revisions: readonly ControllerRevision[],
): UpdateRevision {
  const sorted = inOrder(revisions);
  const newest = sorted.at(-1);
  const number = (newest?.revision ?? 0) + 1;
  const same = sorted.findLast((revision) => sameTemplate(templateOf(revision), template));
  if (!same) return { kind: 'new', number };
  return same === newest ? { kind: 'kept', revision: same } : { kind: 'renumbered', revision: same, number };
}

/** Revisions beyond the limit that nothing runs of, oldest first. `live` are names. */
export function expiredRevisions(
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
  limit: number,
): ControllerRevision[] {
  const history = inOrder(revisions).filter(({ metadata }) => !live.has(metadata?.name ?? ''));
  return history.slice(0, Math.max(0, history.length - limit));
}
