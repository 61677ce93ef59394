import type { FieldError } from '../strategy.ts';
import { nonNegative } from './field-checks.ts';
import { invalidValue } from './field-errors.ts';

type Status = Readonly<Record<string, unknown>> | undefined;

/** Counts that controllers keep in a status: none is below zero. */
export function countsInStatus(status: Status, names: readonly string[]): readonly FieldError[] {
  return names.flatMap((name) => nonNegative(`status.${name}`, numberAt(status, name)));
}

/** Some pods are of a kind that others are as well: there are at most as many. `above` is how messages call those. */
export function notMoreThan(
  status: Status,
  names: readonly string[],
  of: string,
  above: string,
): readonly FieldError[] {
  const limit = numberAt(status, of) ?? 0;
  return names.flatMap((name) => {
    const count = numberAt(status, name) ?? 0;
    return count > limit ? [invalidValue(`status.${name}`, count, `cannot be greater than ${above}`)] : [];
  });
}

/** How often names were taken is what the next name is made from. */
export function collisionsStay(status: Status, old: Status): readonly FieldError[] {
  const [after, before] = [numberAt(status, 'collisionCount'), numberAt(old, 'collisionCount')];
  if (before === undefined || (after ?? -1) >= before) return [];
  return [invalidValue('status.collisionCount', after ?? 0, 'cannot be decremented')];
}

/** What a set of equal pods counts. */
export function replicasInStatus(status: Status): readonly FieldError[] {
  const kinds = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
  return [
    ...countsInStatus(status, ['replicas', ...kinds, 'terminatingReplicas', 'observedGeneration']),
    ...notMoreThan(status, kinds, 'replicas', 'status.replicas'),
    ...notMoreThan(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas'),
  ];
}

function numberAt(status: Status, name: string): number | undefined {
  const value = status?.[name];
  return typeof value === 'number' ? value : undefined;
}
