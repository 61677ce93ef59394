import { kubeTime } from '../../lib/kube/time.ts';
import type { ContainerState, ContainerStatus, Pod } from '../../lib/kube/types.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { goDuration } from './back-off.ts';
import { latestRun, type ObservedPod } from './observed-pod.ts';
import type { ProbeView } from './action.ts';
import { actualResources } from './resize/engine-amounts.ts';
import { fullPodName, initContainersOf, type ContainerRole, type PodContainer } from './pod-containers.ts';

export interface WaitingReason {
  readonly reason: string;
  readonly message?: string | undefined;
}

/** What container statuses are computed from. */
export interface ContainerStatusInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly probes: ProbeView;
  /** Why a container could not be started, as last seen. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly backingOff: ReadonlyMap<string, number>;
  /** Termination messages by container ID. */
  readonly messages: ReadonlyMap<string, string>;
  /** What the API has: for runs that the engine has forgotten. */
  readonly previous: ReadonlyMap<string, ContainerStatus>;
}

export function containerStatus(
  input: ContainerStatusInput,
  container: PodContainer,
  role: ContainerRole,
): ContainerStatus {
  const runs = input.observed.runs.get(container.name) ?? [];
  const [latest, before] = runs;
  const previous = input.previous.get(container.name);
  if (role === 'ephemeral' && !latest && previous?.containerID) return atItsEnd(previous);
  const ended = latest?.state === 'exited' ? latest : undefined;
  const waiting = waitingOf(input, container, latest);
  const lastEnded = waiting ? ended : before;
  const isRunning = latest?.state === 'running';
  const isStarted = isRunning && input.probes.isStarted(latest.id);
  const known = ended ?? (isRunning ? latest : before);
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: known ? `docker://${known.imageId}` : (previous?.imageID ?? ''),
    ...containerIdOf(known, previous),
    restartCount: latest?.owner.restartCount ?? previous?.restartCount ?? 0,
    ready: isContainerReady(input, role, latest, isStarted),
    ...(role === 'ephemeral' ? {} : { started: isStarted || (role === 'init' && ended?.exitCode === 0) }),
    state: waiting ? { waiting: plainWaiting(waiting) } : stateOf(input, latest),
    lastState: lastEnded ? { terminated: terminatedOf(input, lastEnded) } : (previous?.lastState ?? {}),
    ...(role === 'ephemeral' ? {} : resourcesOf(container, isRunning ? latest : undefined)),
    ...(container.volumeMounts?.length ? { volumeMounts: container.volumeMounts.map(mountStatus) } : {}),
  };
}

/** What was allocated, and what the container has of it: a container that does not run has what it will be given. */
function resourcesOf(
  { resources = {} }: PodContainer,
  run: EngineContainer | undefined,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  return {
    ...(resources.requests ? { allocatedResources: resources.requests } : {}),
    resources: actualResources(resources, run?.resources),
  };
}

type VolumeMount = NonNullable<PodContainer['volumeMounts']>[number];
type VolumeMountStatus = NonNullable<ContainerStatus['volumeMounts']>[number];

/** What is mounted below a read-only mount the engine lets be written. */
function mountStatus({ name, mountPath, readOnly }: VolumeMount): VolumeMountStatus {
  return { name, mountPath, ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}) };
}

/** How the end of a run is told that nobody has seen, in upstream's words. */
export const unseenEnd: NonNullable<ContainerState['terminated']> = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
};

/** Of a container that ran and does not run again: what the API knows already, when the engine has forgotten it. */
function atItsEnd(known: ContainerStatus): ContainerStatus {
  return known.state?.terminated ? known : { ...known, state: { terminated: unseenEnd } };
}

function containerIdOf(
  run: EngineContainer | undefined,
  previous: ContainerStatus | undefined,
): { containerID?: string } {
  const id = run ? `docker://${run.id}` : previous?.containerID;
  return id === undefined ? {} : { containerID: id };
}

function isContainerReady(
  input: ContainerStatusInput,
  role: ContainerRole,
  run: EngineContainer | undefined,
  isStarted: boolean,
): boolean {
  if (role === 'init') return run?.state === 'exited' && run.exitCode === 0;
  // Nothing is sent to it.
  if (role === 'ephemeral') return false;
  return isStarted && run !== undefined && input.probes.isReady(run.id);
}

/** Set when the container does not run and is meant to. */
function waitingOf(
  input: ContainerStatusInput,
  container: PodContainer,
  run: EngineContainer | undefined,
): WaitingReason | undefined {
  if (run?.state === 'running') return undefined;
  const delayMs = input.backingOff.get(container.name);
  if (delayMs !== undefined) {
    const message = `back-off ${goDuration(delayMs)} restarting failed container=${container.name} pod=${fullPodName(input.pod)}`;
    return { reason: 'CrashLoopBackOff', message };
  }
  const reason = input.waiting.get(container.name);
  if (reason) return reason;
  if (run?.state === 'exited') return undefined;
  const target = container.targetContainerName;
  if (target && latestRun(input.observed, target)?.state !== 'running') {
    return { reason: 'ContainerCreating', message: `target container "${target}" is not running` };
  }
  return { reason: initContainersOf(input.pod).length > 0 ? 'PodInitializing' : 'ContainerCreating' };
}

function plainWaiting(waiting: WaitingReason): { reason: string; message?: string } {
  return waiting.message === undefined
    ? { reason: waiting.reason }
    : { reason: waiting.reason, message: waiting.message };
}

function stateOf(input: ContainerStatusInput, run: EngineContainer | undefined): ContainerState {
  if (run?.state === 'running') return { running: { startedAt: kubeTime(run.startedAtMs ?? run.createdAtMs) } };
  if (run?.state === 'exited') return { terminated: terminatedOf(input, run) };
  return {};
}

function terminatedOf(
  input: Pick<ContainerStatusInput, 'messages'>,
  run: EngineContainer,
): NonNullable<ContainerState['terminated']> {
  const message = input.messages.get(run.id) ?? run.error;
  return {
    exitCode: run.exitCode ?? 0,
    ...((run.exitCode ?? 0) > 128 && run.error === undefined ? { signal: (run.exitCode ?? 0) - 128 } : {}),
    reason: terminationReason(run),
    ...(message ? { message } : {}),
    startedAt: kubeTime(run.startedAtMs ?? run.createdAtMs),
    finishedAt: kubeTime(run.finishedAtMs ?? run.createdAtMs),
    containerID: `docker://${run.id}`,
  };
}

/** Upstream's words for how a run ended. */
export function terminationReason(run: EngineContainer): string {
  if (run.oomKilled) return 'OOMKilled';
  if (run.error !== undefined && run.startedAtMs === undefined) return 'ContainerCannotRun';
  return run.exitCode === 0 ? 'Completed' : 'Error';
}
