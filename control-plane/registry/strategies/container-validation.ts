import { isPortName } from '../../../lib/kube/name-rules.ts';
import type { Container, Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { validateEnv } from './env-validation.ts';
import { named, oneOf, portNumber, relativePath, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, valueNotFound } from './field-errors.ts';
import { validateHandler, validateProbes } from './probe-validation.ts';
import { validateResizePolicy } from './resize-policy-validation.ts';
import { validateResources } from './resources-validation.ts';
import { validateContainerSecurity } from './security-validation.ts';
import { validateDevices } from './volume-devices.ts';

type VolumeMount = NonNullable<Container['volumeMounts']>[number];

/** All containers of a pod, whose names share one space. */
export function validateContainers(
  spec: {
    readonly initContainers?: Container[];
    readonly containers?: Container[];
    readonly volumes?: Volume[];
    readonly restartPolicy?: string;
    readonly terminationGracePeriodSeconds?: number;
  },
  at: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  if ((spec.containers ?? []).length === 0) errors.push(requiredValue(`${at}.containers`));
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const place = `${at}.${list}[${index}]`;
      errors.push(...validateContainer(container, place, volumes, spec.terminationGracePeriodSeconds));
      errors.push(...validateResizePolicy(container, place, spec.restartPolicy));
      if (list === 'initContainers') errors.push(...validateInitOnly(container, place));
      if (names.has(container.name)) errors.push(duplicateValue(`${place}.name`, container.name));
      names.add(container.name);
      // Init containers have ended by the time that the others listen.
      if (list === 'containers') errors.push(...validateHostPorts(container, place, hostPorts));
    }
  }
  return errors;
}

/** What is wrong with one container of whatever kind, when the pod has these volumes and so many seconds to end. */
export function validateContainer(
  container: Container,
  at: string,
  volumes: ReadonlyMap<string, Volume>,
  graceSeconds?: number,
): readonly FieldError[] {
  const { lifecycle, securityContext } = container;
  return [
    ...named(`${at}.name`, container.name),
    ...validateImage(container.image, `${at}.image`),
    ...requiredOneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...requiredOneOf(`${at}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...oneOf(`${at}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure']),
    ...validatePorts(container, at),
    ...validateEnv(container, at),
    ...validateMounts(container, at, volumes),
    ...validateDevices(container, at, volumes),
    ...validateProbes(container, at),
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, `${at}.lifecycle.postStart`, graceSeconds) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, `${at}.lifecycle.preStop`, graceSeconds) : []),
    ...(container.resources ? validateResources(container.resources, `${at}.resources`) : []),
    ...(securityContext ? validateContainerSecurity(securityContext, `${at}.securityContext`) : []),
  ];
}

export function validateImage(image: string | undefined, field: string): readonly FieldError[] {
  if (!image) return [requiredValue(field)];
  return image === image.trim() ? [] : [invalidValue(field, image, 'must not have leading or trailing whitespace')];
}

function validatePorts(container: Container, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of (container.ports ?? []).entries()) {
    const place = `${at}.ports[${index}]`;
    if (port.name) {
      errors.push(...isPortName(port.name).map((detail) => invalidValue(`${place}.name`, port.name, detail)));
      if (names.has(port.name)) errors.push(duplicateValue(`${place}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(requiredValue(`${place}.containerPort`));
    else errors.push(...portNumber(`${place}.containerPort`, port.containerPort));
    if (port.hostPort) errors.push(...portNumber(`${place}.hostPort`, port.hostPort));
    errors.push(...requiredOneOf(`${place}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  }
  return errors;
}

/** A port of the host can be taken once. */
function validateHostPorts(container: Container, at: string, taken: Set<string>): readonly FieldError[] {
  return (container.ports ?? []).flatMap(({ hostPort, hostIP = '', protocol }, index) => {
    if (!hostPort) return [];
    const id = `${protocol}/${hostIP}/${hostPort}`;
    if (taken.has(id)) return [duplicateValue(`${at}.ports[${index}].hostPort`, id)];
    taken.add(id);
    return [];
  });
}

function validateMounts(container: Container, at: string, volumes: ReadonlyMap<string, Volume>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  const isPrivileged = container.securityContext?.privileged === true;
  // Some of what is wrong with a mount upstream does not say of which.
  const all = `${at}.volumeMounts`;
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const place = `${all}[${index}]`;
    if (!mount.name) errors.push(requiredValue(`${place}.name`));
    if (!volumes.has(mount.name ?? '')) errors.push(valueNotFound(`${place}.name`, mount.name ?? ''));
    if (!mount.mountPath) errors.push(requiredValue(`${place}.mountPath`));
    if (paths.has(mount.mountPath)) errors.push(invalidValue(`${place}.mountPath`, mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    if (mount.subPath && mount.subPathExpr) {
      errors.push(
        invalidValue(`${place}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
      );
    }
    if (mount.subPath) errors.push(...relativePath(`${all}.subPath`, mount.subPath));
    if (mount.subPathExpr) errors.push(...relativePath(`${all}.subPathExpr`, mount.subPathExpr));
    errors.push(...validatePropagation(mount, isPrivileged, all));
  }
  return errors;
}

function validatePropagation(
  { mountPropagation: propagation, recursiveReadOnly: recursive, readOnly }: VolumeMount,
  isPrivileged: boolean,
  at: string,
): readonly FieldError[] {
  const errors: FieldError[] = [
    ...oneOf(`${at}.mountPropagation`, propagation, ['Bidirectional', 'HostToContainer', 'None']),
    ...oneOf(`${at}.recursiveReadOnly`, recursive, ['Disabled', 'Enabled', 'IfPossible']),
  ];
  if (propagation === 'Bidirectional' && !isPrivileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbiddenField(`${at}.mountPropagation`, detail));
  }
  if (recursive !== 'Enabled' && recursive !== 'IfPossible') return errors;
  if (!readOnly) errors.push(forbiddenField(`${at}.recursiveReadOnly`, 'may only be specified when readOnly is true'));
  if (propagation && propagation !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    errors.push(forbiddenField(`${at}.recursiveReadOnly`, detail));
  }
  return errors;
}

/** What an init container that ends cannot have; one with `restartPolicy: Always` runs beside the others and may. */
function validateInitOnly(container: Container, at: string): readonly FieldError[] {
  if (container.restartPolicy === 'Always') return [];
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((field) => container[field] !== undefined)
    .map((field) =>
      forbiddenField(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}
