import type { Container, PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { validateContainer } from './container-validation.ts';
import { duplicateValue, forbiddenField, valueNotFound } from './field-errors.ts';

const notForThese = 'cannot be set for an Ephemeral Container';

/** Nobody is to depend on an ephemeral container, so it has nothing by which the pod would be served, judged or scheduled. */
const fieldsOfServices = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** What is wrong with the ephemeral containers of the pod spec at `at`. Source: `pkg/apis/core/validation`. */
export function validateEphemeralContainers(spec: PodSpec, at: string): readonly FieldError[] {
  const ephemeral = spec.ephemeralContainers ?? [];
  if (ephemeral.length === 0) return [];
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const names = new Set(others);
  return ephemeral.flatMap((container, index) => {
    const place = `${at}.ephemeralContainers[${index}]`;
    const errors = [...validateContainer(container, place, volumes)];
    if (names.has(container.name)) errors.push(duplicateValue(`${place}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) errors.push(valueNotFound(`${place}.targetContainerName`, target));
    for (const field of fieldsOfServices) {
      if (isSet(container[field])) errors.push(forbiddenField(`${place}.${field}`, notForThese));
    }
    return [...errors, ...validateMounts(container, place)];
  });
}

/** A mount of a part of a volume is a mount of its own on the node, which nothing would take away before the pod ends. */
function validateMounts(container: Container, at: string): readonly FieldError[] {
  return (container.volumeMounts ?? []).flatMap((mount, index) =>
    (['subPath', 'subPathExpr'] as const)
      .filter((field) => mount[field])
      .map((field) => forbiddenField(`${at}.volumeMounts[${index}].${field}`, notForThese)),
  );
}

/** Defaults leave `resources: {}`, and a list may be sent empty: neither says anything. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Where a pod spec is not (yet) that of a running pod. */
export function noEphemeralContainers(spec: PodSpec, at: string, detail: string): readonly FieldError[] {
  return (spec.ephemeralContainers ?? []).length > 0 ? [forbiddenField(`${at}.ephemeralContainers`, detail)] : [];
}
