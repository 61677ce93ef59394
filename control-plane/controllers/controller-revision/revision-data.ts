import type { ControllerRevision, PodTemplateSpec } from '../../../lib/kube/types.ts';

/**
 * What a revision keeps: a strategic merge patch that gives a workload the template of that time, which is what `kubectl rollout undo` sends. `$patch: replace` makes it the
 * whole template rather than a part.
 */
interface RevisionData {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: 'replace' } };
}

export function revisionData(template: PodTemplateSpec): RevisionData {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template of a revision; `undefined` when its data are not of this form. */
export function templateOf(revision: ControllerRevision | undefined): PodTemplateSpec | undefined {
  const data = revision?.data as Partial<RevisionData> | undefined;
  const kept = data?.spec?.template;
  if (typeof kept !== 'object') return undefined;
  const { $patch: _, ...template } = kept;
  return template;
}
