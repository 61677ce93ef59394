import { isDeepStrictEqual } from 'node:util';
import type { Container, PodSpec, Toleration } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { forbiddenField, invalidValue } from './field-errors.ts';

const onlyTheseDetail =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod that exists can be given other images, an earlier deadline, further tolerations, and fewer scheduling gates; nothing else. */
export function validatePodSpecUpdate(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  if ((spec.containers ?? []).length !== (old.containers ?? []).length) {
    return [forbiddenField('spec.containers', 'pod updates may not add or remove containers')];
  }
  if ((spec.initContainers ?? []).length !== (old.initContainers ?? []).length) {
    return [forbiddenField('spec.initContainers', 'pod updates may not add or remove containers')];
  }
  const errors: FieldError[] = [
    ...validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds),
    ...validateTolerations(spec.tolerations ?? [], old.tolerations ?? []),
    ...validateGates(spec, old),
  ];
  const wasGated = (old.schedulingGates ?? []).length > 0;
  if (!isDeepStrictEqual(fixedPart(spec, old, wasGated), fixedPart(old, old, wasGated))) {
    errors.push(forbiddenField('spec', onlyTheseDetail));
  }
  return errors;
}

/** The spec with everything that may change taken out. */
function fixedPart(spec: PodSpec, old: PodSpec, isGated: boolean): unknown {
  const withoutImages = (containers: readonly Container[] | undefined) =>
    containers?.map(({ image: _image, ...rest }) => rest);
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    schedulingGates: _gates,
    terminationGracePeriodSeconds: grace,
    nodeSelector,
    affinity,
    ...rest
  } = spec;
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  const fixed = {
    ...rest,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    grace: wasNegative && grace === 1 ? old.terminationGracePeriodSeconds : grace,
    // Until it may be scheduled, where a pod may run can be narrowed.
    ...(isGated ? {} : { nodeSelector, affinity }),
  };
  return JSON.parse(JSON.stringify(fixed)) as unknown;
}

function validateDeadline(deadline: number | undefined, old: number | undefined): readonly FieldError[] {
  if (old === undefined) return [];
  const field = 'spec.activeDeadlineSeconds';
  if (deadline === undefined)
    return [invalidValue(field, null, 'must not update from a positive integer to nil value')];
  return deadline > old ? [invalidValue(field, deadline, 'must be less than or equal to previous value')] : [];
}

function validateTolerations(tolerations: readonly Toleration[], old: readonly Toleration[]): readonly FieldError[] {
  const withoutSeconds = ({ tolerationSeconds: _seconds, ...rest }: Toleration) => rest;
  const isKept = old.every((one) =>
    tolerations.some((other) => isDeepStrictEqual(withoutSeconds(one), withoutSeconds(other))),
  );
  return isKept
    ? []
    : [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateGates(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const known = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (spec.schedulingGates ?? [])
    .filter(({ name }) => !known.has(name))
    .map(({ name }) =>
      forbiddenField('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${name}'`),
    );
}
