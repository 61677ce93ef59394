import type {
  DecisionSummary,
  HealthSummary,
  NodeSummary,
  PodHealth,
  WorkloadHealth,
  WorkloadRef,
  WorkloadSummary,
} from '../../../lib/health-api.ts';
import type { Clock } from '../../../lib/clock.ts';
import { isPodReady, podCondition } from '../../../lib/kube/pod-facts.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import type { DecisionRecord } from '../../../lib/signals/records.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Judge } from '../judge.ts';
import type { NodeFailureMemory } from '../node-failures.ts';
import type { SignalHub } from '../signal-hub.ts';
import { heartbeatAgeMs, nodeVerdict } from '../verdicts/node-verdict.ts';
import { severityOf } from '../verdicts/severity.ts';
import { restartsOf, workloadSummary } from '../workload-facts.ts';
import { workloadKey } from '../workload-key.ts';

const DECISIONS_PER_POD = 20;
const PODS_PER_WORKLOAD = 100;
const RECORDS_IN_WORKLOAD = 20;

/** Where all answers of the extension come from. */
export interface HealthSources {
  readonly view: ClusterView;
  readonly hub: SignalHub;
  readonly judge: Judge;
  readonly memory: NodeFailureMemory;
  readonly clock: Clock;
}

/** What a reader may see and wants to. */
export interface HealthScope {
  /** Absent = all. */
  readonly namespace?: string | undefined;
  readonly hasNodes: boolean;
}

export function healthSummary(sources: HealthSources, scope: HealthScope): HealthSummary {
  const nodes = scope.hasNodes ? sources.view.nodes.list() : [];
  const workloads = sources.view
    .workloadKeys(scope.namespace)
    .map((key) => summaryOf(sources, key))
    .filter((summary) => summary !== undefined);
  return {
    apiVersion: 'health.vigil.dev/v1',
    kind: 'HealthSummary',
    time: new Date(sources.clock.now()).toISOString(),
    workloads: workloads.sort(worstFirst),
    nodes: nodes
      .map((node) => nodeSummary(sources, node.metadata?.name ?? ''))
      .filter((summary) => summary !== undefined)
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })),
  };
}

export function summaryOf(sources: HealthSources, key: string): WorkloadSummary | undefined {
  return workloadSummary(sources.view, key, (pod) => sources.judge.verdictOf(pod));
}

export function nodeSummary(sources: HealthSources, name: string): NodeSummary | undefined {
  const { view, hub, clock } = sources;
  const node = view.nodes.get(name);
  if (!node) return undefined;
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  const lease = view.leaseOf(name);
  return {
    name,
    ready: ready === 'True' || ready === 'False' ? ready : 'Unknown',
    schedulable: !node.spec?.unschedulable,
    heartbeatAgeMs: heartbeatAgeMs(lease, clock.now()),
    connected: hub.isConnected(name),
    pods: view.podsOn(name).length,
    ...nodeVerdict(node, lease, clock.now()),
  };
}

export function podHealth(sources: HealthSources, pod: Pod): PodHealth {
  const workload = sources.view.workloadOf(pod);
  const name = pod.metadata?.name ?? '';
  const readySince = podCondition(pod, 'Ready')?.lastTransitionTime;
  const decisions = sources.hub.decisionsOf(sources.view.keyOf(pod));
  return {
    apiVersion: 'health.vigil.dev/v1',
    kind: 'PodHealth',
    namespace: pod.metadata?.namespace ?? '',
    name,
    uid: pod.metadata?.uid ?? '',
    node: pod.spec?.nodeName ?? '',
    workload,
    phase: pod.status?.phase ?? 'Unknown',
    ready: isPodReady(pod),
    ...(readySince === undefined ? {} : { readySince }),
    restarts: restartsOf(pod),
    containers: sources.judge.containersOf(pod),
    decisions: decisions
      .filter((decision) => decision.object.kind === 'Pod' && decision.object.name === name)
      .slice(-DECISIONS_PER_POD)
      .map(decisionSummary),
    ...sources.judge.verdictOf(pod),
  };
}

/** `undefined` when there is nothing of the workload. */
export function workloadHealth(
  sources: HealthSources,
  namespace: string,
  workload: WorkloadRef,
): WorkloadHealth | undefined {
  const key = workloadKey(namespace, workload);
  const summary = summaryOf(sources, key);
  if (!summary) return undefined;
  const failures = sources.memory.of(key);
  const pods = [...sources.view.podsOf(key)].sort((a, b) =>
    (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? ''),
  );
  return {
    apiVersion: 'health.vigil.dev/v1',
    kind: 'WorkloadHealth',
    workload: summary,
    pods: pods.slice(0, PODS_PER_WORKLOAD).map((pod) => withShortStrips(podHealth(sources, pod))),
    failuresByNode: [...new Set(failures.map((failure) => failure.node))].flatMap((node) => {
      const found = sources.memory.failuresOf({ namespace, ...workload }, node);
      if (!found) return [];
      return [{ node, count: found.count, since: new Date(found.sinceMs).toISOString(), lastReason: found.lastReason }];
    }),
    decisions: sources.hub.decisionsOf(key).map(decisionSummary),
  };
}

export function decisionSummary(decision: DecisionRecord): DecisionSummary {
  const { time, component, object, node, reason, evidence } = decision;
  const { kind, namespace, name } = object;
  return { time, decision: decision.decision, component, object: { kind, namespace, name }, node, reason, evidence };
}

function withShortStrips(pod: PodHealth): PodHealth {
  return {
    ...pod,
    containers: pod.containers.map((container) => ({
      ...container,
      probes: container.probes.map((probe) => ({ ...probe, records: probe.records.slice(-RECORDS_IN_WORKLOAD) })),
    })),
  };
}

function worstFirst(a: WorkloadSummary, b: WorkloadSummary): number {
  return (
    severityOf(b.state) - severityOf(a.state) ||
    a.namespace.localeCompare(b.namespace) ||
    a.kind.localeCompare(b.kind) ||
    a.name.localeCompare(b.name)
  );
}
