import type { Container, EphemeralContainer, Pod } from '../../lib/kube/types.ts';

/** A container of any sort. Only an ephemeral one can have a target: the container whose processes it sees. */
export type PodContainer = Container & Pick<EphemeralContainer, 'targetContainerName'>;

/** An init container that runs beside the others for the pod's whole life. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function initContainersOf(pod: Pod): readonly Container[] {
  return pod.spec?.initContainers ?? [];
}

export function mainContainersOf(pod: Pod): readonly Container[] {
  return pod.spec?.containers ?? [];
}

/** Added while the pod runs, to look into it: started once, judged by nothing. */
export function ephemeralContainersOf(pod: Pod): readonly PodContainer[] {
  return pod.spec?.ephemeralContainers ?? [];
}

/** Init containers, ordinary ones, ephemeral ones, each in the order of the spec. */
export function allContainersOf(pod: Pod): readonly PodContainer[] {
  return [...initContainersOf(pod), ...mainContainersOf(pod), ...ephemeralContainersOf(pod)];
}

export function sidecarsOf(pod: Pod): readonly Container[] {
  return initContainersOf(pod).filter(isSidecar);
}

/** Containers whose resources may change while they run. */
export function resizableContainersOf(pod: Pod): readonly Container[] {
  return [...mainContainersOf(pod), ...sidecarsOf(pod)];
}

export type ContainerRole = 'init' | 'sidecar' | 'main' | 'ephemeral';

/** Whether a container that ended with `exitCode` runs again. */
export function isRestarted(pod: Pod, container: Container, role: ContainerRole, exitCode: number): boolean {
  if (role === 'ephemeral') return false;
  const policy = role === 'sidecar' ? 'Always' : (container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always');
  // An init container has done its work when it ends well, whatever the policy.
  if (role === 'init' && exitCode === 0) return false;
  if (policy === 'Never') return false;
  return policy === 'Always' || exitCode !== 0;
}

/** `web-1_shop(6f0c…)`: how messages name a pod. */
export function fullPodName(pod: Pod): string {
  return `${pod.metadata?.name ?? ''}_${pod.metadata?.namespace ?? ''}(${pod.metadata?.uid ?? ''})`;
}

/** Upstream's default when the API did not fill it in. */
const DEFAULT_GRACE_SECONDS = 30;

/** Grace for the whole pod to end, in milliseconds: the deletion's when it is being deleted, else the spec's. */
export function podGraceMs(pod: Pod): number {
  const seconds = pod.metadata?.deletionTimestamp
    ? (pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds)
    : pod.spec?.terminationGracePeriodSeconds;
  return (seconds ?? DEFAULT_GRACE_SECONDS) * 1000;
}

export function isBeingDeleted(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}
