import type { WorkloadRef } from '../../lib/health-api.ts';
import type { Deployment, Lease, Node, Pod, Service } from '../../lib/kube/types.ts';
import type { ProbeType, TerminationRecord } from '../../lib/signals/records.ts';
import type { HealthSources } from '../health/api/summaries.ts';
import type { ProbeTrace } from '../health/signal-hub.ts';

/** What rules look at: the objects of the cluster and what the agents said lately. */
export interface AlertFacts {
  readonly nowMs: number;
  /** How long the cluster has been watched without a break. After a start of the control plane heartbeats are old for a moment, through no fault of the nodes. */
  readonly watchedForMs: number;
  /** Those that are neither finished nor being deleted. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly deployments: readonly Deployment[];
  leaseOf(node: string): Lease | undefined;
  workloadOf(pod: Pod): WorkloadRef;
  podsIn(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[];
  trace(podUid: string, container: string, probe: ProbeType): ProbeTrace | undefined;
  /** The last end of a container of a pod. */
  lastTermination(podUid: string, container: string): TerminationRecord | undefined;
}

export function alertFacts(sources: HealthSources, watchedForMs: number): AlertFacts {
  const { view, hub, clock } = sources;
  return {
    nowMs: clock.now(),
    watchedForMs,
    pods: view.pods.list().filter((pod) => !pod.metadata?.deletionTimestamp && !isFinished(pod)),
    nodes: view.nodes.list(),
    services: view.services.list(),
    deployments: view.deployments.list(),
    leaseOf: (node) => view.leaseOf(node),
    workloadOf: (pod) => view.workloadOf(pod),
    podsIn: (namespace, selector) => view.podsIn(namespace, selector),
    trace: (podUid, container, probe) => hub.trace(podUid, container, probe),
    lastTermination: (podUid, container) => hub.lastTermination(podUid, container),
  };
}

function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
