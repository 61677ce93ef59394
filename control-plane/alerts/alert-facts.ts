import type { WorkloadRef } from '../../lib/health-api.ts';
import type { ContainerStatus, Deployment, Lease, Node, Pod, Service } from '../../lib/kube/types.ts';
import type { ProbeRecord, ProbeType, TerminationRecord } from '../../lib/signals/records.ts';
import type { HealthSources } from '../health/api/summaries.ts';

/** A container of a present pod, with its status. */
export interface PresentContainer {
  readonly pod: Pod;
  readonly name: string;
  readonly status: ContainerStatus;
}

/** What rules look at: the objects of the cluster and what the agents said lately. */
export interface AlertFacts {
  readonly nowMs: number;
  /** How long the cluster has been watched without a break. After a start of the control plane heartbeats are old for a moment, through no fault of the nodes. */
  readonly watchedForMs: number;
  /** Those that are neither finished nor being deleted. */
  readonly pods: readonly Pod[];
  /** Of these pods. */
  readonly containers: readonly PresentContainer[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly deployments: readonly Deployment[];
  leaseOf(node: string): Lease | undefined;
  workloadOf(pod: Pod): WorkloadRef;
  podsIn(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[];
  lastProbe(podUid: string, container: string, probe: ProbeType): ProbeRecord | undefined;
  /** The last end of a container of a pod. */
  lastTermination(podUid: string, container: string): TerminationRecord | undefined;
  /** Index of the log store → damaged blocks; nothing where none is known. */
  readonly quarantinedLogBlocks: ReadonlyMap<string, number>;
}

export function alertFacts(
  sources: HealthSources,
  watchedForMs: number,
  quarantinedLogBlocks: ReadonlyMap<string, number>,
): AlertFacts {
  const { view, hub, clock } = sources;
  const pods = view.pods.list().filter((pod) => !pod.metadata?.deletionTimestamp && !isFinished(pod));
  return {
    nowMs: clock.now(),
    watchedForMs,
    pods,
    containers: containersOf(pods),
    nodes: view.nodes.list(),
    services: view.services.list(),
    deployments: view.deployments.list(),
    leaseOf: (node) => view.leaseOf(node),
    workloadOf: (pod) => view.workloadOf(pod),
    podsIn: (namespace, selector) => view.podsIn(namespace, selector),
    lastProbe: (podUid, container, probe) => hub.trace(podUid, container, probe)?.last,
    lastTermination: (podUid, container) => hub.lastTermination(podUid, container),
    quarantinedLogBlocks,
  };
}

export function containersOf(pods: readonly Pod[]): readonly PresentContainer[] {
  const found: PresentContainer[] = [];
  for (const pod of pods) {
    for (const statuses of [pod.status?.initContainerStatuses, pod.status?.containerStatuses]) {
      for (const status of statuses ?? []) found.push({ pod, name: status.name, status });
    }
  }
  return found;
}

function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
