import { safeSysctls } from '../../lib/kube/safe-sysctls.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { PodVerdict } from './status.ts';

/** Prefixes of kernel parameters by the namespace that they belong to, in the kubelet's words. */
const namespaced = [
  ['ipc', ['kernel.sem', 'kernel.shm', 'kernel.msg', 'fs.mqueue.']],
  ['net', ['net.']],
] as const;

type SysctlNamespace = (typeof namespaced)[number][0];

/** The namespace that a parameter, or all that a pattern means, belongs to; `undefined` when one pod's value would be everybody's. */
export function namespaceOf(name: string): SysctlNamespace | undefined {
  return namespaced.find(([, prefixes]) => prefixes.some((prefix) => name.startsWith(prefix)))?.[0];
}

/** The name with dots between its parts: it may be written with slashes, and then a dot is part of an interface's name. */
export function dotted(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? name.replaceAll(/[./]/g, (sign) => (sign === '/' ? '.' : '/')) : name;
}

/** The verdict over a pod that sets a parameter that it may not: unsafe ones are those of `allowed`, and none of a namespace that is the machine's. */
export function forbiddenSysctl({ spec }: Pod, allowed: readonly string[]): PodVerdict | undefined {
  for (const { name } of spec?.securityContext?.sysctls ?? []) {
    const sysctl = dotted(name);
    const why = refusalOf(sysctl, allowed, { ipc: spec?.hostIPC === true, net: spec?.hostNetwork === true });
    if (why !== undefined)
      return {
        reason: 'SysctlForbidden',
        message: `Pod was rejected: forbidden sysctl: ${JSON.stringify(sysctl)} ${why}`,
      };
  }
  return undefined;
}

function refusalOf(
  sysctl: string,
  allowed: readonly string[],
  isOfMachine: Readonly<Record<SysctlNamespace, boolean>>,
): string | undefined {
  const isAllowed =
    safeSysctls.has(sysctl) ||
    allowed
      .map(dotted)
      .some((pattern) => (pattern.endsWith('*') ? sysctl.startsWith(pattern.slice(0, -1)) : sysctl === pattern));
  if (!isAllowed) return 'not allowlisted';
  const namespace = namespaceOf(sysctl);
  return namespace !== undefined && isOfMachine[namespace] ? `not allowed with host ${namespace} enabled` : undefined;
}
