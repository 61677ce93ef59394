import type { Container, Pod } from '../../lib/kube/types.ts';
import type { ContainerConfig, MountConfig } from '../runtime/runtime.ts';
import { expand } from './expand.ts';
import { oomScoreOf } from './qos.ts';
import { engineAmounts } from './resize/engine-amounts.ts';
import { containerSpecHash } from './spec-hash.ts';

export interface ContainerInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly sandboxId: string;
  /** The container whose processes it sees, unless the pod's containers all see one another's. */
  readonly targetId?: string | undefined;
  readonly restartCount: number;
  readonly backOffStep: number;
  readonly env: ReadonlyMap<string, string>;
  /** Of volumes, hosts, resolv.conf and the termination log. */
  readonly mounts: readonly MountConfig[];
  readonly machineMemoryBytes: number;
  readonly minOomScoreAdj: number;
}

/** What the engine is told of a container of a pod. Pure. */
export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, env, sandboxId, targetId } = input;
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  const valueOf = (variable: string) => env.get(variable);
  const pidHolder = pod.spec?.shareProcessNamespace === true ? sandboxId : targetId;
  const pidNamespace = pidHolder === undefined ? ('own' as const) : { containerId: pidHolder };
  const oomScoreAdj = Math.max(oomScoreOf(pod, container, input.machineMemoryBytes), input.minOomScoreAdj);
  return {
    name: `k8s_${container.name}_${name}_${namespace}_${uid}_${input.restartCount}`,
    kind: 'container',
    owner: {
      podNamespace: namespace,
      podName: name,
      podUid: uid,
      containerName: container.name,
      restartCount: input.restartCount,
      backOffStep: input.backOffStep,
      specHash: containerSpecHash(container),
    },
    image: container.image ?? '',
    ...(container.command ? { entrypoint: container.command.map((word) => expand(word, valueOf)) } : {}),
    ...(container.args ? { command: container.args.map((word) => expand(word, valueOf)) } : {}),
    env: [...env].map(([key, value]) => `${key}=${value}`),
    workingDir: container.workingDir,
    user: userOf(pod, container),
    supplementalGroups: groupsOf(pod),
    stopSignal: container.lifecycle?.stopSignal,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    mounts: input.mounts,
    network: pod.spec?.hostNetwork === true ? { kind: 'host' } : { kind: 'container', containerId: sandboxId },
    pid: pod.spec?.hostPID === true ? 'host' : pidNamespace,
    ipc: pod.spec?.hostIPC === true ? 'host' : { containerId: sandboxId },
    resources: { ...engineAmounts(container.resources ?? {}), oomScoreAdj },
    security: securityOf(container),
    sysctls: {},
    hostPorts: [],
  };
}

function userOf(pod: Pod, container: Container): string | undefined {
  const user = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const group = container.securityContext?.runAsGroup ?? pod.spec?.securityContext?.runAsGroup;
  if (user === undefined) return group === undefined ? undefined : `0:${group}`;
  return group === undefined ? String(user) : `${user}:${group}`;
}

function groupsOf(pod: Pod): number[] {
  const { fsGroup, supplementalGroups } = pod.spec?.securityContext ?? {};
  return [...new Set([...(supplementalGroups ?? []), ...(fsGroup === undefined ? [] : [fsGroup])])];
}

function securityOf(container: Container): ContainerConfig['security'] {
  const { securityContext: context } = container;
  return {
    privileged: context?.privileged === true,
    readOnlyRootFilesystem: context?.readOnlyRootFilesystem === true,
    noNewPrivileges: context?.allowPrivilegeEscalation === false,
    addCapabilities: context?.capabilities?.add ?? [],
    dropCapabilities: context?.capabilities?.drop ?? [],
  };
}
