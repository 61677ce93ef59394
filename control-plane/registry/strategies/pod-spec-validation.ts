import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { validateContainers } from './container-validation.ts';
import { validateDns } from './dns-validation.ts';
import { validateEphemeralContainers } from './ephemeral-validation.ts';
import { ipAddress } from './addresses.ts';
import { conforming, oneOf, optionallyNamed, requiredOneOf } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';
import { validateResourceClaims } from './pod-resource-claims.ts';
import { validateAmounts } from './resources-validation.ts';
import { validateScheduling } from './scheduling-validation.ts';
import { validatePodSecurity } from './security-validation.ts';
import { validateVolumes } from './volume-validation.ts';

const MAX_INT32 = 2_147_483_647;

/** What is wrong with a pod spec at `at` (`spec`, `spec.template.spec`), after defaulting. Source: `pkg/apis/core/validation`. */
export function validatePodSpec(spec: PodSpec, at: string): readonly FieldError[] {
  const errors: FieldError[] = [
    ...validateVolumes(spec.volumes ?? [], `${at}.volumes`),
    ...validateContainers(spec, at),
    ...validateEphemeralContainers(spec, at),
    ...requiredOneOf(`${at}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...validateDns(spec, at),
    ...validateScheduling(spec, at),
    ...validateResourceClaims(spec, at),
    ...optionallyNamed(`${at}.serviceAccountName`, spec.serviceAccountName, isDns1123Subdomain),
    ...validateNodeName(spec, at),
    ...optionallyNamed(`${at}.hostname`, spec.hostname, isDns1123Label),
    ...optionallyNamed(`${at}.subdomain`, spec.subdomain, isDns1123Label),
    ...optionallyNamed(`${at}.priorityClassName`, spec.priorityClassName, isDns1123Subdomain),
    ...validatePodSecurity(spec.securityContext ?? {}, `${at}.securityContext`),
  ];
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    errors.push(invalidValue(`${at}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_INT32}, inclusive`));
  }
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    const place = `${at}.hostAliases[${index}]`;
    errors.push(...ipAddress(`${place}.ip`, alias.ip ?? ''));
    for (const [index, name] of (alias.hostnames ?? []).entries()) {
      errors.push(...conforming(`${place}.hostnames[${index}]`, name, isDns1123Subdomain));
    }
  }
  if (spec.hostNetwork) errors.push(...validateHostPorts(spec, at));
  errors.push(...validateHostSharing(spec, at), ...validateSystem(spec.os, `${at}.os`));
  for (const [index, gate] of (spec.readinessGates ?? []).entries())
    errors.push(...conforming(`${at}.readinessGates[${index}].conditionType`, gate.conditionType, isQualifiedName));
  if (spec.overhead) errors.push(...validateAmounts(spec.overhead, `${at}.overhead.limits`));
  return errors;
}

/** Where a pod runs, if that is decided. */
export function validateNodeName(
  { nodeName, schedulingGates = [] }: Pick<PodSpec, 'nodeName' | 'schedulingGates'>,
  at: string,
): readonly FieldError[] {
  const place = `${at}.nodeName`;
  const isEarly = Boolean(nodeName) && schedulingGates.length > 0;
  return [
    ...optionallyNamed(place, nodeName, isDns1123Subdomain),
    ...(isEarly ? [forbiddenField(place, 'cannot be set until all schedulingGates have been cleared')] : []),
  ];
}

/** What a pod may have of its host, where that excludes something else. */
function validateHostSharing(spec: PodSpec, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (spec.hostUsers === false) {
    const detail = 'when `hostUsers` is false';
    if (spec.hostNetwork) errors.push(forbiddenField(`${at}.hostNetwork`, detail));
    if (spec.hostPID) errors.push(forbiddenField(`${at}.HostPID`, detail));
    if (spec.hostIPC) errors.push(forbiddenField(`${at}.HostIPC`, detail));
  }
  if (spec.hostPID && spec.shareProcessNamespace) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalidValue(`${at}.securityContext.shareProcessNamespace`, true, detail));
  }
  return errors;
}

function validateSystem(os: PodSpec['os'], at: string): readonly FieldError[] {
  if (!os) return [];
  return os.name ? oneOf(at, os.name, ['linux', 'windows']) : [requiredValue(`${at}.name`)];
}

/** In the host's network a container's port is the host's. */
function validateHostPorts(spec: PodSpec, at: string): readonly FieldError[] {
  return (spec.containers ?? []).flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, place) =>
      port.hostPort === port.containerPort
        ? []
        : [
            invalidValue(
              `${at}.containers[${index}].ports[${place}].hostPort`,
              port.hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ],
    ),
  );
}
