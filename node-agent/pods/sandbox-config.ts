import type { Pod } from '../../lib/kube/types.ts';
import type { ContainerConfig, HostPort } from '../runtime/runtime.ts';
import { mainContainersOf } from './pod-containers.ts';
import { podHostname } from './pod-files.ts';
import { dotted } from './sysctls.ts';

export interface SandboxInput {
  readonly pod: Pod;
  readonly attempt: number;
  readonly pauseImage: string;
  /** Absent on the machine's network. */
  readonly ip?: string | undefined;
  readonly networkName: string;
  readonly minOomScoreAdj: number;
}

/** As upstream: the last to be killed. */
const SANDBOX_OOM_SCORE = -998;

/** The container that holds a pod's namespaces: it does nothing and uses next to nothing. */
export function sandboxConfig({
  pod,
  attempt,
  pauseImage,
  ip,
  networkName,
  minOomScoreAdj,
}: SandboxInput): ContainerConfig {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  const { spec } = pod;
  return {
    name: `k8s_POD_${name}_${namespace}_${uid}_${attempt}`,
    kind: 'sandbox',
    owner: {
      podNamespace: namespace,
      podName: name,
      podUid: uid,
      containerName: 'POD',
      restartCount: attempt,
      backOffStep: 0,
      specHash: '',
    },
    image: pauseImage,
    env: [],
    supplementalGroups: [],
    ...(ip === undefined ? {} : { hostname: podHostname(pod) }),
    stdin: false,
    stdinOnce: false,
    tty: false,
    mounts: [],
    network: ip === undefined ? { kind: 'host' } : { kind: 'bridge', name: networkName, ip },
    pid: spec?.hostPID === true ? 'host' : 'own',
    ipc: spec?.hostIPC === true ? 'host' : 'own',
    resources: { cpuShares: 2, oomScoreAdj: Math.max(SANDBOX_OOM_SCORE, minOomScoreAdj) },
    security: {
      privileged: false,
      readOnlyRootFilesystem: true,
      noNewPrivileges: true,
      addCapabilities: [],
      dropCapabilities: [],
    },
    sysctls: Object.fromEntries((spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [dotted(name), value])),
    hostPorts: ip === undefined ? [] : hostPortsOf(pod),
  };
}

function hostPortsOf(pod: Pod): HostPort[] {
  return mainContainersOf(pod).flatMap((container) =>
    (container.ports ?? []).flatMap((port) =>
      port.hostPort === undefined
        ? []
        : [
            {
              hostPort: port.hostPort,
              containerPort: port.containerPort,
              protocol: port.protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
              hostIP: port.hostIP ?? '',
            },
          ],
    ),
  );
}
