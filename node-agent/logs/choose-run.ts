import { VigilError } from '../../lib/errors.ts';
import type { ContainerStatus } from '../../lib/kube/types.ts';
import type { AgentPods } from '../agent-pods.ts';
import type { Observer } from '../pods/observe.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import type { LogParameters } from './log-parameters.ts';

export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The run of a container whose log is asked for. Throws with the words that kubectl shows its user. */
export function chooseRun(
  target: LogTarget,
  parameters: Pick<LogParameters, 'previous' | 'containerId'>,
  pods: AgentPods,
  observer: Observer,
): EngineContainer {
  const runs = runsOf(target, pods, observer);
  if (parameters.containerId !== undefined) {
    const { containerId } = parameters;
    const run = runs.find(({ id }) => id.startsWith(containerId));
    if (!run) throw notFound(`container ${containerId.slice(0, 12)} of pod "${target.pod}" is not on this node`);
    return run;
  }
  const status = statusOf(target, pods);
  if (parameters.previous) {
    const id = status?.lastState?.terminated?.containerID?.replace(/^docker:\/\//, '');
    const run = id === undefined ? runs[1] : runs.find((candidate) => candidate.id === id);
    if (!run) throw invalid(`previous terminated container "${target.container}" in pod "${target.pod}" not found`);
    return run;
  }
  const latest = runs.find((run) => run.state !== 'created');
  if (latest) return latest;
  if (!status && !pods.get(target.namespace, target.pod)) throw notFound(`pod "${target.pod}" is not on this node`);
  if (!status) throw invalid(`container ${target.container} is not valid for pod ${target.pod}`);
  const reason = status.state?.waiting?.reason ?? 'ContainerCreating';
  const why = pullReasons.has(reason) ? 'trying and failing to pull image' : reason;
  throw invalid(`container "${target.container}" in pod "${target.pod}" is waiting to start: ${why}`);
}

const pullReasons: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff']);

/** Newest first; also of a pod that the API no longer has while its containers wait to be shipped. */
function runsOf(target: LogTarget, pods: AgentPods, observer: Observer): readonly EngineContainer[] {
  const uid = pods.get(target.namespace, target.pod)?.pod.metadata?.uid;
  const found: EngineContainer[] = [];
  for (const container of observer.containers()) {
    const { owner, kind } = container;
    if (kind !== 'container' || owner.containerName !== target.container) continue;
    if (owner.podName !== target.pod || owner.podNamespace !== target.namespace) continue;
    if (uid === undefined || owner.podUid === uid) found.push(container);
  }
  return found.sort((a, b) => b.owner.restartCount - a.owner.restartCount || b.createdAtMs - a.createdAtMs);
}

function statusOf(target: LogTarget, pods: AgentPods): ContainerStatus | undefined {
  const status = pods.get(target.namespace, target.pod)?.pod.status;
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find(({ name }) => name === target.container);
}

function notFound(message: string): VigilError {
  return new VigilError('LOG_NOT_FOUND', 'notFound', message);
}

function invalid(message: string): VigilError {
  return new VigilError('LOG_NOT_AVAILABLE', 'invalid', message);
}
