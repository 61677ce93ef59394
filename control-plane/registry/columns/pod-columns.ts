import type { ContainerState, ContainerStatus, Pod } from '../../../lib/kube/types.ts';
import { ageColumn, ageOf, column, nameColumn, type Column } from './column.ts';

export const podColumns: readonly Column[] = [
  nameColumn,
  column<Pod>('Ready', readyOf, { description: 'The aggregate readiness state of this pod for accepting traffic.' }),
  column<Pod>('Status', podReason, { description: 'The aggregate status of the containers in this pod.' }),
  column<Pod>('Restarts', restartsOf, {
    description:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
  }),
  ageColumn,
  column<Pod>('IP', (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '<none>', { wide: true }),
  column<Pod>('Node', (pod) => pod.spec?.nodeName || '<none>', { wide: true }),
  column<Pod>('Nominated Node', (pod) => pod.status?.nominatedNodeName || '<none>', { wide: true }),
  column<Pod>('Readiness Gates', readinessGates, { wide: true }),
];

/** Sidecars (init containers that go on running) count like ordinary containers. */
function isSidecar(pod: Pod, name: string): boolean {
  return pod.spec?.initContainers?.find((one) => one.name === name)?.restartPolicy === 'Always';
}

function longRunning(pod: Pod): readonly ContainerStatus[] {
  const sidecars = (pod.status?.initContainerStatuses ?? []).filter((one) => isSidecar(pod, one.name));
  return [...sidecars, ...(pod.status?.containerStatuses ?? [])];
}

function readyOf(pod: Pod): string {
  const sidecars = (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').length;
  const ready = longRunning(pod).filter((status) => status.ready && status.state?.running);
  return `${ready.length}/${(pod.spec?.containers.length ?? 0) + sidecars}`;
}

function restartsOf(pod: Pod, nowMs: number): string {
  const isInitializing = initReason(pod) !== undefined;
  const counted = isInitializing ? [...(pod.status?.initContainerStatuses ?? [])] : longRunning(pod);
  const restarts = counted.reduce((sum, status) => sum + status.restartCount, 0);
  const ends = counted.map((status) => status.lastState?.terminated?.finishedAt).filter((time) => time !== undefined);
  const last = ends.sort().at(-1);
  return restarts > 0 && last !== undefined ? `${restarts} (${ageOf(last, nowMs)} ago)` : String(restarts);
}

/** The word of the STATUS column, as upstream's printer finds it. */
export function podReason(pod: Pod): string {
  let reason: string = pod.status?.reason || pod.status?.phase || 'Unknown';
  if (pod.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated'))
    reason = 'SchedulingGated';
  const initializing = initReason(pod);
  if (initializing !== undefined) reason = initializing;
  else reason = runningReason(pod, reason);
  if (pod.metadata?.deletionTimestamp === undefined) return reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return isOver ? reason : 'Terminating';
}

function runningReason(pod: Pod, reason: string): string {
  let word = reason;
  let hasRunning = false;
  for (const { state, ready } of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    if (state?.waiting?.reason) word = state.waiting.reason;
    else if (state?.terminated) word = terminatedReason(state);
    else if (ready && state?.running) hasRunning = true;
  }
  if (word === 'Completed' && hasRunning) {
    const isReady = pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
    return isReady ? 'Running' : 'NotReady';
  }
  return word;
}

function initReason(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [index, { name, state, started }] of statuses.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (isSidecar(pod, name) && started) continue;
    if (state?.terminated) return `Init:${terminatedReason(state)}`;
    const waiting = state?.waiting?.reason;
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function terminatedReason({ terminated }: ContainerState): string {
  if (terminated?.reason) return terminated.reason;
  return terminated?.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated?.exitCode ?? 0}`;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const isTrue = (type: string) => pod.status?.conditions?.some((one) => one.type === type && one.status === 'True');
  return `${gates.filter((gate) => isTrue(gate.conditionType)).length}/${gates.length}`;
}
