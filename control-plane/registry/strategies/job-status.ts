import type { Job } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { countsInStatus } from './counts-in-status.ts';
import { duplicateValue, invalidValue } from './field-errors.ts';
import { countIndexes, JobIndexesError } from './job-indexes.ts';

type Status = NonNullable<Job['status']>;

/** What is wrong with what a controller says of its job: its own, or that of somebody else (`spec.managedBy`). */
export function jobStatusErrors(
  { spec, status = {} }: Pick<Job, 'spec' | 'status'>,
  { status: old = {} }: Job,
): readonly FieldError[] {
  return [
    ...countsInStatus(status, ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...readyErrors(status),
    ...uncountedErrors(status),
    ...(mayShrink(spec) ? [] : decrease('succeeded', status, old)),
    ...decrease('failed', status, old),
    ...(spec?.completionMode === 'Indexed' ? indexErrors(status, old, spec.completions ?? 0) : []),
  ];
}

/** A job of indexes that run all at once can be made smaller, and then fewer have succeeded. */
function mayShrink(spec: Job['spec']): boolean {
  return spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
}

function decrease(count: 'succeeded' | 'failed', status: Status, old: Status): readonly FieldError[] {
  const value = status[count] ?? 0;
  if (value >= (old[count] ?? 0)) return [];
  return [invalidValue(`status.${count}`, value, `cannot decrease the ${count} counter`)];
}

function readyErrors({ ready = 0, active = 0 }: Status): readonly FieldError[] {
  return ready > active ? [invalidValue('status.ready', ready, 'cannot set more ready pods than active')] : [];
}

/** Pods that have ended and are not yet counted: each is there once. */
function uncountedErrors({ uncountedTerminatedPods: pods }: Status): readonly FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (pods?.[list] ?? []).flatMap((uid, index) => {
      const field = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === '') return [invalidValue(field, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicateValue(field, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function indexErrors(status: Status, old: Status, completions: number): readonly FieldError[] {
  return (['completedIndexes', 'failedIndexes'] as const).flatMap((list) => {
    if (status[list] === old[list]) return [];
    try {
      countIndexes(status[list] ?? '', completions);
      return [];
    } catch (error) {
      if (!(error instanceof JobIndexesError)) throw error;
      return [invalidValue(`status.${list}`, status[list], `error parsing ${list}: ${error.message}`)];
    }
  });
}
