import type { Container, PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { oneOf } from './field-checks.ts';
import { duplicateValue, invalidValue, requiredValue } from './field-errors.ts';
import { validateAppArmorProfile, validateSeccompProfile } from './security-profiles.ts';

const MAX_ID = 2_147_483_647;
const MAX_SYSCTL_LENGTH = 253;
/** Segments divided by dots or slashes. Upstream names it in its message, which is why it is a text. */
const SYSCTL_NAME = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlName = new RegExp(SYSCTL_NAME);

/** What all containers of a pod run with. */
export function validatePodSecurity(
  context: NonNullable<PodSpec['securityContext']>,
  at: string,
): readonly FieldError[] {
  return [
    ...validateUserIds(context, at),
    ...oneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...oneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['Recursive']),
    ...oneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...validateSeccompProfile(context.seccompProfile, `${at}.seccompProfile`),
    ...validateAppArmorProfile(context.appArmorProfile, `${at}.appArmorProfile`),
    ...validateSysctls(context.sysctls ?? [], `${at}.sysctls`),
  ];
}

/** What one container runs with. */
export function validateContainerSecurity(
  context: NonNullable<Container['securityContext']>,
  at: string,
): readonly FieldError[] {
  const errors: FieldError[] = [
    ...validateUserIds(context, at),
    ...oneOf(`${at}.procMount`, context.procMount, ['Default', 'Unmasked']),
    ...validateSeccompProfile(context.seccompProfile, `${at}.seccompProfile`),
    ...validateAppArmorProfile(context.appArmorProfile, `${at}.appArmorProfile`),
  ];
  if (context.allowPrivilegeEscalation !== false) return errors;
  if (context.privileged) {
    errors.push(invalidValue(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  if ((context.capabilities?.add ?? []).includes('CAP_SYS_ADMIN')) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalidValue(at, context, detail));
  }
  return errors;
}

/** User and group numbers of a security context. */
function validateUserIds(
  context: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly fsGroup?: number;
    readonly supplementalGroups?: number[];
  },
  at: string,
): readonly FieldError[] {
  return [
    ...userId(`${at}.runAsUser`, context.runAsUser),
    ...userId(`${at}.runAsGroup`, context.runAsGroup),
    ...userId(`${at}.fsGroup`, context.fsGroup),
    ...(context.supplementalGroups ?? []).flatMap((group, index) =>
      userId(`${at}.supplementalGroups[${index}]`, group),
    ),
  ];
}

/** Of a user or a group. */
export function userId(field: string, value: number | undefined): readonly FieldError[] {
  return value === undefined || isUserId(value)
    ? []
    : [invalidValue(field, value, `must be between 0 and ${MAX_ID}, inclusive`)];
}

export function isUserId(value: number): boolean {
  return value >= 0 && value <= MAX_ID;
}

/** Names of kernel settings; whether the node has them and may set them is its to say. */
function validateSysctls(sysctls: readonly { readonly name?: string }[], at: string): readonly FieldError[] {
  return sysctls.flatMap(({ name = '' }, index) => {
    const field = `${at}[${index}].name`;
    if (name === '') return [requiredValue(field)];
    if (name.length > MAX_SYSCTL_LENGTH || !sysctlName.test(name)) {
      return [
        invalidValue(field, name, `must have at most ${MAX_SYSCTL_LENGTH} characters and match regex ${SYSCTL_NAME}`),
      ];
    }
    const isSecond = sysctls.slice(0, index).some((other) => other.name === name);
    return isSecond ? [duplicateValue(field, name)] : [];
  });
}
