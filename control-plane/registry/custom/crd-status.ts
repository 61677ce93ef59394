import { kubeTime } from '../../../lib/kube/time.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';

type Status = NonNullable<CustomResourceDefinition['status']>;
type Condition = NonNullable<Status['conditions']>[number];

/** What is known of a definition. */
export interface CrdFacts {
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
  /** Objects that hold a definition which is being deleted; `undefined` when it is not. */
  readonly remaining: number | undefined;
  readonly nowMs: number;
}

const ownTypes: ReadonlySet<string> = new Set(['NamesAccepted', 'Established', 'Terminating']);

/** The status of a definition. Pure; conditions that stay as they are keep their time, and those of others stay. */
export function crdStatus(crd: CustomResourceDefinition, { conflict, remaining, nowMs }: CrdFacts): Status {
  const before = new Map((crd.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const condition = (type: string, isTrue: boolean, reason: string, message: string): Condition => {
    const old = before.get(type);
    const status = isTrue ? 'True' : 'False';
    const lastTransitionTime =
      old?.status === status && old.lastTransitionTime ? old.lastTransitionTime : kubeTime(nowMs);
    return { type, status, reason, message, lastTransitionTime };
  };
  const wasEstablished = before.get('Established')?.status === 'True';
  const conditions = [
    conflict
      ? condition('NamesAccepted', false, conflict.reason, conflict.message)
      : condition('NamesAccepted', true, 'NoConflicts', 'no conflicts found'),
    conflict && !wasEstablished
      ? condition('Established', false, 'NotAccepted', 'not all names are accepted')
      : condition('Established', true, 'InitialNamesAccepted', 'the initial names have been accepted'),
  ];
  if (remaining !== undefined) {
    conditions.push(
      condition('Terminating', true, 'InstanceDeletionInProgress', `${remaining} custom resource instances are left`),
    );
  }
  return {
    ...crd.status,
    acceptedNames: conflict && !wasEstablished ? { plural: '', kind: '' } : crd.spec.names,
    conditions: [...conditions, ...[...before.values()].filter(({ type }) => !ownTypes.has(type))],
  };
}
