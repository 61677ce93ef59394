import { containerStatusesOf } from '../../lib/kube/pod-facts.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { ContainerStatus, Pod, PodStatus } from '../../lib/kube/types.ts';
import { podConditions, type ResizeView } from './conditions.ts';
import { containerStatus, unseenEnd, type ContainerStatusInput } from './container-status.ts';
import { latestRun, runningSandbox } from './observed-pod.ts';
import { ephemeralContainersOf, initContainersOf, isRestarted, isSidecar, mainContainersOf } from './pod-containers.ts';
import { qosClassOf } from './qos.ts';

/** Decides over the head of the containers: rejected, evicted, out of time. */
export interface PodVerdict {
  readonly reason: string;
  readonly message: string;
}

export interface StatusInput extends Omit<ContainerStatusInput, 'previous'> {
  readonly verdict?: PodVerdict | undefined;
  /** Runs that were ended to be started anew. */
  readonly renewed?: ReadonlySet<string> | undefined;
  /** True when the pod only ends (deleted, verdict) and nothing of it runs any more. */
  readonly hasEnded: boolean;
  readonly hostIP: string;
  readonly resize?: ResizeView | undefined;
  readonly nowMs: number;
}

/** The pod's status as the API should have it. Pure; fields that others own are taken over from the pod. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, nowMs } = input;
  const before = pod.status;
  const previous = new Map(containerStatusesOf(pod).map((status) => [status.name, status]));
  const statusInput = { ...input, previous };
  const initStatuses = initContainersOf(pod).map((container) =>
    containerStatus(statusInput, container, isSidecar(container) ? 'sidecar' : 'init'),
  );
  const mainStatuses = mainContainersOf(pod).map((container) => containerStatus(statusInput, container, 'main'));
  const ephemeralStatuses = ephemeralContainersOf(pod).map((container) =>
    containerStatus(statusInput, container, 'ephemeral'),
  );
  const phase = phaseOf(input, initStatuses, mainStatuses);
  const sandbox = runningSandbox(input.observed);
  const podIP = pod.spec?.hostNetwork === true ? input.hostIP : sandbox?.ip;
  const verdict = input.verdict ?? earlierVerdict(pod);
  // A pod that was refused before anything of it ran has no containers to speak of.
  const hasNeverRun =
    verdict !== undefined && phase === 'Failed' && input.observed.runs.size === 0 && previous.size === 0;
  return {
    ...(before?.nominatedNodeName ? { nominatedNodeName: before.nominatedNodeName } : {}),
    ...(pod.metadata?.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions({
      pod,
      phase,
      hasSandbox: sandbox !== undefined,
      initStatuses,
      mainStatuses,
      resize: input.resize,
      nowMs,
    }),
    ...(verdict ? { reason: verdict.reason, message: verdict.message } : {}),
    hostIP: input.hostIP,
    hostIPs: [{ ip: input.hostIP }],
    ...(podIP ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    startTime: before?.startTime ?? kubeTime(nowMs),
    ...(initStatuses.length > 0 && !hasNeverRun ? { initContainerStatuses: settled(initStatuses, phase) } : {}),
    ...(hasNeverRun ? {} : { containerStatuses: settled(mainStatuses, phase) }),
    ...(ephemeralStatuses.length > 0 && !hasNeverRun
      ? { ephemeralContainerStatuses: settled(ephemeralStatuses, phase) }
      : {}),
    qosClass: before?.qosClass ?? qosClassOf(pod),
  };
}

/** In a pod that has failed nothing waits any more: what never ran is shown as lost. */
function settled(statuses: readonly ContainerStatus[], phase: string): ContainerStatus[] {
  if (phase !== 'Failed') return [...statuses];
  return statuses.map((status) => (status.state?.waiting ? { ...status, state: { terminated: unseenEnd } } : status));
}

/** A pod that failed for a reason of its own keeps that reason. */
function earlierVerdict(pod: Pod): PodVerdict | undefined {
  const { phase, reason, message } = pod.status ?? {};
  return phase === 'Failed' && reason ? { reason, message: message ?? '' } : undefined;
}

function phaseOf(
  input: StatusInput,
  initStatuses: readonly ContainerStatus[],
  mainStatuses: readonly ContainerStatus[],
): string {
  const { pod } = input;
  const before = pod.status?.phase;
  // Once ended, always ended.
  if (before === 'Succeeded' || before === 'Failed') return before;
  if (input.verdict && input.hasEnded) return 'Failed';
  const anyRuns = [...initStatuses, ...mainStatuses].some((status) => status.state?.running);
  const mains = mainContainersOf(pod);
  const exits = mainStatuses.map((status) => status.state?.terminated?.exitCode);
  const allEnded = exits.length > 0 && exits.every((exit) => exit !== undefined);
  if (input.hasEnded && !anyRuns) return allEnded && exits.every((exit) => exit === 0) ? 'Succeeded' : 'Failed';
  const isInitFailed = initContainersOf(pod).some((container) => {
    const exit = initStatuses.find(({ name }) => name === container.name)?.state?.terminated?.exitCode;
    return !isSidecar(container) && exit !== undefined && exit !== 0 && !isRestarted(pod, container, 'init', exit);
  });
  if (isInitFailed && !anyRuns) return 'Failed';
  const noneRestarts = mains.every((container, at) => {
    const exit = exits[at];
    if (exit === undefined || input.renewed?.has(latestRun(input.observed, container.name)?.id ?? '') === true)
      return false;
    return !isRestarted(pod, container, 'main', exit);
  });
  if (allEnded && noneRestarts) {
    // Sidecars still run: the phase follows when they have ended.
    if (anyRuns) return 'Running';
    return exits.every((exit) => exit === 0) ? 'Succeeded' : 'Failed';
  }
  const neverRan = mainStatuses.some((status) => status.state?.waiting && !status.lastState?.terminated);
  return neverRan ? 'Pending' : 'Running';
}
