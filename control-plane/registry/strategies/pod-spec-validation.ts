import { isDns1123Label, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { validateContainers } from './container-validation.ts';
import { validateEphemeralContainers } from './ephemeral-validation.ts';
import { ipAddress, named, optionallyNamed, requiredOneOf } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';
import { validateScheduling } from './scheduling-validation.ts';
import { validateUserIds } from './security-validation.ts';
import { validateVolumes } from './volume-validation.ts';

const MAX_INT32 = 2_147_483_647;

/** What is wrong with a pod spec at `at` (`spec`, `spec.template.spec`), after defaulting. Source: `pkg/apis/core/validation`. */
export function validatePodSpec(spec: PodSpec, at: string): readonly FieldError[] {
  const errors: FieldError[] = [
    ...validateVolumes(spec.volumes ?? [], `${at}.volumes`),
    ...validateContainers(spec, at),
    ...validateEphemeralContainers(spec, at),
    ...requiredOneOf(`${at}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...requiredOneOf(`${at}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
    ...validateScheduling(spec, at),
    ...optionallyNamed(`${at}.serviceAccountName`, spec.serviceAccountName, isDns1123Subdomain),
    ...optionallyNamed(`${at}.nodeName`, spec.nodeName, isDns1123Subdomain),
    ...optionallyNamed(`${at}.hostname`, spec.hostname, isDns1123Label),
    ...optionallyNamed(`${at}.subdomain`, spec.subdomain, isDns1123Label),
    ...optionallyNamed(`${at}.priorityClassName`, spec.priorityClassName, isDns1123Subdomain),
    ...validateUserIds(spec.securityContext ?? {}, `${at}.securityContext`),
  ];
  if (spec.dnsPolicy === 'None' && (spec.dnsConfig?.nameservers ?? []).length === 0) {
    errors.push(
      spec.dnsConfig
        ? requiredValue(
            `${at}.dnsConfig.nameservers`,
            'must provide at least one DNS nameserver when `dnsPolicy` is None',
          )
        : requiredValue(`${at}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'),
    );
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    errors.push(invalidValue(`${at}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_INT32}, inclusive`));
  }
  for (const [index, secret] of (spec.imagePullSecrets ?? []).entries()) {
    errors.push(...named(`${at}.imagePullSecrets[${index}].name`, secret.name, isDns1123Subdomain));
  }
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    errors.push(...ipAddress(`${at}.hostAliases[${index}].ip`, alias.ip));
    for (const name of alias.hostnames ?? []) {
      errors.push(...named(`${at}.hostAliases[${index}].hostnames`, name, isDns1123Subdomain));
    }
  }
  if (spec.hostNetwork) errors.push(...validateHostPorts(spec, at));
  return errors;
}

/** In the host's network a container's port is the host's. */
function validateHostPorts(spec: PodSpec, at: string): readonly FieldError[] {
  return (spec.containers ?? []).flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, place) =>
      port.hostPort === port.containerPort
        ? []
        : [
            invalidValue(
              `${at}.containers[${index}].ports[${place}].containerPort`,
              port.containerPort,
              'must match `hostPort` when `hostNetwork` is true',
            ),
          ],
    ),
  );
}
