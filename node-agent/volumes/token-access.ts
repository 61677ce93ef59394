import type { Pod } from '../../lib/kube/types.ts';
import { allContainersOf } from '../pods/pod-containers.ts';
import type { PayloadFile } from './atomic-writer.ts';

/**
 * Who may read a pod's token, as the kubelet has it: the one user that all containers run as, or the pod's group (which the volume's writer lets read), and nobody
 * else. Of a pod that says neither it is not known who has to read it: then whoever `mode` lets.
 */
export function tokenAccess(pod: Pod, mode: number): Pick<PayloadFile, 'mode' | 'ownerId'> {
  const ownerId = commonUser(pod);
  const isNamed = ownerId !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  return { mode: isNamed ? 0o600 : mode, ownerId };
}

/** The user that each container is said to run as; `undefined` when they differ, or one runs as its image says. */
function commonUser(pod: Pod): number | undefined {
  const ofPod = pod.spec?.securityContext?.runAsUser;
  const [first, ...others] = allContainersOf(pod).map(({ securityContext }) => securityContext?.runAsUser ?? ofPod);
  return others.every((user) => user === first) ? first : undefined;
}
