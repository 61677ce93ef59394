import { isDeepStrictEqual } from 'node:util';
import type { Container, PodSpec, Toleration } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { validateImage } from './container-validation.ts';
import { forbiddenField, invalidValue } from './field-errors.ts';

const MAX_INT32 = 2_147_483_647;

const offByThemselves: ReadonlySet<string> = new Set([
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
]);

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
    ...validateImages(spec.containers ?? [], 'spec.containers'),
    ...validateImages(spec.initContainers ?? [], 'spec.initContainers'),
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
  return JSON.parse(JSON.stringify(fixed, withoutUnset)) as unknown;
}

/** A second time, after the validation of the containers themselves: upstream says it twice. */
function validateImages(containers: readonly Container[], at: string): readonly FieldError[] {
  return containers.flatMap(({ image }, index) => validateImage(image, `${at}[${index}].image`));
}

/** What means the same as to say nothing: empty texts and lists, and of the switches those that are off by themselves. */
function withoutUnset(field: string, value: unknown): unknown {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return undefined;
  return value === false && offByThemselves.has(field) ? undefined : value;
}

function validateDeadline(deadline: number | undefined, old: number | undefined): readonly FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  if (deadline === undefined) {
    return old === undefined ? [] : [invalidValue(field, null, 'must not update from a positive integer to nil value')];
  }
  if (deadline < 0) return [invalidValue(field, deadline, `must be between 0 and ${MAX_INT32}, inclusive`)];
  return old !== undefined && deadline > old
    ? [invalidValue(field, deadline, 'must be less than or equal to previous value')]
    : [];
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
