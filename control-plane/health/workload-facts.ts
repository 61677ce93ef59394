import type { Verdict, WorkloadRef, WorkloadSummary } from '../../lib/health-api.ts';
import type { EventSubject } from '../../lib/kube/event-recorder.ts';
import { isPodFinished, isPodReady } from '../../lib/kube/pod-facts.ts';
import { deployments, replicaSets, statefulSets } from '../../lib/kube/resources.ts';
import type { Deployment, Pod, ReplicaSet, StatefulSet } from '../../lib/kube/types.ts';
import { annotations } from '../../lib/names.ts';
import type { ClusterView } from './cluster-view.ts';
import { timeMs } from './verdicts/container-verdict.ts';
import { workloadVerdict } from './verdicts/workload-verdict.ts';
import { splitWorkloadKey } from './workload-key.ts';

/** How many replicas are asked for. Of kinds that are not known here it is the number of present pods. */
export function desiredOf(view: ClusterView, key: string): number {
  const spec = objectOf(view, key)?.spec;
  if (spec) return spec.replicas ?? 1;
  return view.podsOf(key).filter((pod) => !isPodFinished(pod)).length;
}

/** The object that a key names, when it is of a kind that is known here and exists. */
function objectOf(view: ClusterView, key: string): Deployment | ReplicaSet | StatefulSet | undefined {
  const { namespace, kind, name } = splitWorkloadKey(key);
  if (kind === 'Deployment') return view.deployments.get(`${namespace}/${name}`);
  if (kind === 'StatefulSet') return view.statefulSets.get(`${namespace}/${name}`);
  return kind === 'ReplicaSet' ? view.replicaSets.get(`${namespace}/${name}`) : undefined;
}

const resources = { Deployment: deployments, StatefulSet: statefulSets, ReplicaSet: replicaSets } as const;

/** Whose Events tell about a workload, when its object is known here. */
export function eventSubjectOf(view: ClusterView, key: string): EventSubject | undefined {
  const object = objectOf(view, key);
  const { kind } = splitWorkloadKey(key);
  return object && { resource: resources[kind as keyof typeof resources], object };
}

/** One line of the summary; `undefined` when nothing of the workload is there any more. */
export function workloadSummary(
  view: ClusterView,
  key: string,
  verdictOf: (pod: Pod) => Verdict,
): WorkloadSummary | undefined {
  const { namespace, kind, name } = splitWorkloadKey(key);
  const object = objectOf(view, key);
  const all = view.podsOf(key);
  if (!object && all.length === 0) return undefined;
  const pods = all.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
  const desired = desiredOf(view, key);
  const ready = pods.filter((pod) => isPodReady(pod) && !isPodFinished(pod)).length;
  const oldest = object ?? all[0];
  const found = workloadVerdict({
    desired,
    ready,
    pods: pods.map(verdictOf),
    createdMs: timeMs(oldest?.metadata?.creationTimestamp) ?? 0,
    ...(kind === 'Deployment' && object ? rolloutOf(object as Deployment) : {}),
    ...(kind === 'StatefulSet' && object ? setRolloutOf(object as StatefulSet) : {}),
  });
  return { namespace, kind, name, ready, desired, restarts: sum(pods.map(restartsOf)), ...found };
}

export function restartsOf(pod: Pod): number {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return sum(statuses.map((status) => status.restartCount));
}

/** Whether pods of the newest template have replaced all others. */
function rolloutOf(deployment: Deployment): {
  readonly rollout?: string;
  readonly stuck?: { readonly sinceMs: number; readonly why: string };
} {
  const { status, spec, metadata } = deployment;
  const desired = spec?.replicas ?? 1;
  const progressing = status?.conditions?.find((condition) => condition.type === 'Progressing');
  if (progressing?.status === 'False') {
    const sinceMs = timeMs(progressing.lastTransitionTime) ?? 0;
    return { stuck: { sinceMs, why: progressing.message ?? 'the rollout does not progress' } };
  }
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const updated = status?.updatedReplicas ?? 0;
  const isComplete = isSeen && updated >= desired && (status?.replicas ?? 0) <= updated;
  if (isComplete || (isSeen && desired === 0)) return {};
  const revision = metadata?.annotations?.[annotations.revision];
  const which = revision === undefined ? 'rolling out' : `rolling out revision ${revision}`;
  return { rollout: `${which}: ${isSeen ? updated : 0} of ${desired} updated` };
}

/** Whether pods of the newest template have replaced all others that may be replaced. */
function setRolloutOf({ spec, status, metadata }: StatefulSet): { readonly rollout?: string } {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const wanted = (spec?.replicas ?? 1) - (type === 'RollingUpdate' ? (rollingUpdate?.partition ?? 0) : 0);
  const updated = status?.updatedReplicas ?? 0;
  if (type === 'OnDelete' || (isSeen && updated >= wanted)) return {};
  return { rollout: `rolling out ${status?.updateRevision ?? ''}: ${isSeen ? updated : 0} of ${wanted} updated` };
}

/** `deploy/hello`-like references are kctl's matter; here a kind may be left out when only one workload has the name. */
export function findWorkload(
  view: ClusterView,
  namespace: string,
  name: string,
  kind: string | undefined,
): WorkloadRef | undefined {
  const candidates = view
    .workloadKeys(namespace)
    .map(splitWorkloadKey)
    .filter((ref) => ref.name === name && (kind === undefined || ref.kind.toLowerCase() === kind.toLowerCase()));
  const order = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet', 'Pod'];
  const found = candidates.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0];
  return found && { kind: found.kind, name: found.name };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
