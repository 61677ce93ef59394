import { safeSysctls } from '../../../lib/kube/safe-sysctls.ts';
import type { Container, PodSpec } from '../../../lib/kube/types.ts';

/** What a check found: a short reason and where. */
export interface PodSecurityViolation {
  readonly reason: string;
  readonly detail: string;
}

type Check = (spec: PodSpec) => PodSecurityViolation | undefined;

/** Capabilities that containers have anyway. */
const usualCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const selinuxTypes: ReadonlySet<string> = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const restrictedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function containersOf(spec: PodSpec): Container[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec.ephemeralContainers ?? []) as unknown as Container[]),
  ];
}

function named(kind: string, names: readonly string[]): string {
  return `${kind}${names.length === 1 ? '' : 's'} ${names.map((name) => JSON.stringify(name)).join(', ')}`;
}

function containersThat(spec: PodSpec, test: (container: Container) => boolean): string[] {
  return containersOf(spec)
    .filter(test)
    .map((container) => container.name);
}

function found(
  reason: string,
  names: readonly string[],
  must: string,
  kind = 'container',
): PodSecurityViolation | undefined {
  return names.length === 0 ? undefined : { reason, detail: `${named(kind, names)} must ${must}` };
}

/** The level "baseline": what lets a pod out of its box. Source: "Pod Security Standards" in the documentation of Kubernetes. */
export const baselineChecks: readonly Check[] = [
  (spec) =>
    found(
      'hostProcess',
      containersThat(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
      'not set securityContext.windowsOptions.hostProcess=true',
    ),
  ({ hostNetwork, hostPID, hostIPC }) => {
    const shared = Object.entries({ hostNetwork, hostPID, hostIPC }).filter(([, isShared]) => isShared);
    return shared.length === 0
      ? undefined
      : { reason: 'host namespaces', detail: shared.map(([name]) => `${name}=true`).join(', ') };
  },
  (spec) =>
    found(
      'privileged',
      containersThat(spec, ({ securityContext }) => securityContext?.privileged === true),
      'not set securityContext.privileged=true',
    ),
  (spec) => {
    const extra = (container: Container) =>
      (container.securityContext?.capabilities?.add ?? []).filter((name) => !usualCapabilities.has(name));
    const names = containersThat(spec, (container) => extra(container).length > 0);
    const added = [...new Set(containersOf(spec).flatMap(extra))].sort().map((name) => JSON.stringify(name));
    return found(
      'non-default capabilities',
      names,
      `not include ${added.join(', ')} in securityContext.capabilities.add`,
    );
  },
  ({ volumes }) => {
    const names = (volumes ?? []).filter((volume) => volume.hostPath).map(({ name }) => name);
    return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: named('volume', names) };
  },
  (spec) => {
    const ports = (container: Container) =>
      (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : []));
    const names = containersThat(spec, (container) => ports(container).length > 0);
    const used = [...new Set(containersOf(spec).flatMap(ports))].sort((a, b) => a - b);
    return names.length === 0
      ? undefined
      : {
          reason: 'hostPort',
          detail: `${named('container', names)} use${names.length === 1 ? 's' : ''} hostPort${used.length === 1 ? '' : 's'} ${used.join(', ')}`,
        };
  },
  (spec) => {
    const isBad = (type: string | undefined) => type === 'Unconfined';
    return anywhere(spec, 'AppArmor profile', 'not set AppArmor profile type to "Unconfined"', (context) =>
      isBad(context?.appArmorProfile?.type),
    );
  },
  (spec) =>
    anywhere(
      spec,
      'seLinuxOptions',
      'not set securityContext.seLinuxOptions to another type, user or role',
      (context) => {
        const { type = '', user, role } = context?.seLinuxOptions ?? {};
        return !selinuxTypes.has(type) || Boolean(user) || Boolean(role);
      },
    ),
  (spec) =>
    found(
      'procMount',
      containersThat(spec, ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default'),
      'not set securityContext.procMount to "Unmasked"',
    ),
  (spec) =>
    anywhere(
      spec,
      'seccompProfile',
      'not set securityContext.seccompProfile.type to "Unconfined"',
      (context) => context?.seccompProfile?.type === 'Unconfined',
    ),
  ({ securityContext }) => {
    const unsafe = (securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safeSysctls.has(name));
    return unsafe.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: unsafe.join(', ') };
  },
];

/** The level "restricted" asks for these on top: what a pod must say to run with nothing that it does not need. */
export const restrictedChecks: readonly Check[] = [
  (spec) =>
    found(
      'allowPrivilegeEscalation != false',
      containersThat(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false),
      'set securityContext.allowPrivilegeEscalation=false',
    ),
  (spec) => {
    const lacking = containersThat(
      spec,
      ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true,
    );
    const adding = containersThat(spec, ({ securityContext }) =>
      (securityContext?.capabilities?.add ?? []).some((name) => name !== 'NET_BIND_SERVICE'),
    );
    const details = [
      found('', lacking, 'set securityContext.capabilities.drop=["ALL"]')?.detail,
      found('', adding, 'not include anything but "NET_BIND_SERVICE" in securityContext.capabilities.add')?.detail,
    ].filter((detail) => detail !== undefined);
    return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
  },
  ({ volumes }) => {
    const bad = (volumes ?? []).flatMap((volume) => {
      const type = Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
      return restrictedVolumes.has(type) ? [] : [{ name: volume.name, type }];
    });
    if (bad.length === 0) return undefined;
    const types = [...new Set(bad.map(({ type }) => JSON.stringify(type)))].join(', ');
    const names = bad.map(({ name }) => name);
    return {
      reason: 'restricted volume types',
      detail: `${named('volume', names)} use${names.length === 1 ? 's' : ''} restricted volume type${bad.length === 1 ? '' : 's'} ${types}`,
    };
  },
  (spec) =>
    unlessPodSays(
      spec,
      'runAsNonRoot != true',
      'set securityContext.runAsNonRoot=true',
      (context) => context?.runAsNonRoot,
    ),
  (spec) => {
    const byPod = spec.securityContext?.runAsUser === 0;
    const names = containersThat(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
    if (!byPod && names.length === 0) return undefined;
    const who = [...(byPod ? ['pod'] : []), ...(names.length > 0 ? [named('container', names)] : [])].join(' and ');
    return { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
  },
  (spec) =>
    unlessPodSays(
      spec,
      'seccompProfile',
      'set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
      (context) => {
        const type = context?.seccompProfile?.type;
        return type === undefined ? undefined : type === 'RuntimeDefault' || type === 'Localhost';
      },
    ),
];

/** What pods and containers both may say. */
type Context = Pick<
  NonNullable<Container['securityContext']>,
  'appArmorProfile' | 'seLinuxOptions' | 'seccompProfile' | 'runAsNonRoot'
>;

function anywhere(
  spec: PodSpec,
  reason: string,
  must: string,
  isBad: (context: Context | undefined) => boolean,
): PodSecurityViolation | undefined {
  const byPod = isBad(spec.securityContext);
  const names = containersThat(spec, ({ securityContext }) => isBad(securityContext));
  if (!byPod && names.length === 0) return undefined;
  const who = [...(byPod ? ['pod'] : []), ...(names.length > 0 ? [named('container', names)] : [])].join(' and ');
  return { reason, detail: `${who} must ${must}` };
}

/** A container that says nothing takes what the pod says. */
function unlessPodSays(
  spec: PodSpec,
  reason: string,
  must: string,
  isGood: (context: Context | undefined) => boolean | undefined,
): PodSecurityViolation | undefined {
  const pod = isGood(spec.securityContext);
  const wrong = containersThat(spec, ({ securityContext }) => isGood(securityContext) === false);
  const silent = containersThat(spec, ({ securityContext }) => isGood(securityContext) === undefined);
  if (wrong.length > 0) return { reason, detail: `${named('container', wrong)} must ${must}` };
  if (silent.length === 0 || pod === true) return undefined;
  return { reason, detail: `pod or ${named('container', silent)} must ${must}` };
}
