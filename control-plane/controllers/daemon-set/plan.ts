import { selectorMeansNode } from '../../../lib/kube/node-selector.ts';
import { isPodAvailable, isPodFinished, isPodReady } from '../../../lib/kube/pod-facts.ts';
import { taintKeys, untoleratedTaint } from '../../../lib/kube/taints.ts';
import type { DaemonSet, Node, Pod, Toleration } from '../../../lib/kube/types.ts';

type Status = NonNullable<DaemonSet['status']>;

/** What daemons tolerate by themselves: they belong to the node, whatever state it is in. */
export const daemonTolerations: readonly Toleration[] = [
  { key: taintKeys.notReady, operator: 'Exists', effect: 'NoExecute' },
  { key: taintKeys.unreachable, operator: 'Exists', effect: 'NoExecute' },
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
];

/** What the controller knows besides the set itself. */
export interface DaemonSetObservation {
  readonly nodes: readonly Node[];
  /** Pods of this set. */
  readonly pods: readonly Pod[];
  /** The name of the revision of today's template. */
  readonly revision: string;
}

export interface DaemonSetPlan {
  /** Nodes that want a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  readonly status: Status;
}

export const revisionLabel = 'controller-revision-hash';

/** Decides where daemons are missing, which are too many, and which give way to a new template. Pure. */
export function planDaemonSet(set: DaemonSet, observed: DaemonSetObservation, nowMs: number): DaemonSetPlan {
  const byNode = groupByNode(observed.pods);
  const create: string[] = [];
  const remove: Pod[] = [];
  const wanted = new Map<string, readonly Pod[]>();
  for (const node of observed.nodes) {
    const name = node.metadata?.name ?? '';
    const there = byNode.get(name) ?? [];
    const { shouldRun, mayStay } = judgeNode(set, node);
    const alive = there.filter((pod) => !isPodFinished(pod));
    const ended = there.filter((pod) => isPodFinished(pod) && pod.metadata?.deletionTimestamp === undefined);
    if (shouldRun) {
      wanted.set(name, alive);
      remove.push(...ended);
      if (there.length === 0) create.push(name);
    } else if (!mayStay) {
      remove.push(...there.filter((pod) => pod.metadata?.deletionTimestamp === undefined));
    }
  }
  const known = new Set(observed.nodes.map((node) => node.metadata?.name));
  // A node that is gone takes its daemons with it.
  for (const [name, there] of byNode) if (name !== '' && !known.has(name)) remove.push(...there);
  const rollout = planRollout(set, wanted, observed.revision, nowMs);
  return {
    create: [...create, ...rollout.create],
    remove: [...remove, ...rollout.remove],
    status: statusOf(set, wanted, observed, byNode, nowMs),
  };
}

/** The node that a daemon belongs to: where it runs, or where its affinity sends it. */
export function nodeOfDaemon(pod: Pod): string {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.find((field) => field.key === 'metadata.name')?.values?.[0] ?? '';
}

function groupByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const name = nodeOfDaemon(pod);
    const group = groups.get(name);
    if (group) group.push(pod);
    else groups.set(name, [pod]);
  }
  return groups;
}

function judgeNode(set: DaemonSet, node: Node): { readonly shouldRun: boolean; readonly mayStay: boolean } {
  const spec = set.spec?.template?.spec;
  const labels = node.metadata?.labels ?? {};
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fits =
    (spec?.nodeName === undefined || spec.nodeName === node.metadata?.name) &&
    Object.entries(spec?.nodeSelector ?? {}).every(([name, value]) => labels[name] === value) &&
    (!required || selectorMeansNode(required, node));
  if (!fits) return { shouldRun: false, mayStay: false };
  const tolerations = [...(spec?.tolerations ?? []), ...daemonTolerations];
  const taints = node.spec?.taints ?? [];
  const mayStay = untoleratedTaint(taints, tolerations, ['NoExecute']) === undefined;
  return { shouldRun: mayStay && untoleratedTaint(taints, tolerations, ['NoSchedule']) === undefined, mayStay };
}

/** Replaces daemons of an older template: as many at a time as may be away, or with a second one beside while `maxSurge` allows. */
function planRollout(
  set: DaemonSet,
  wanted: ReadonlyMap<string, readonly Pod[]>,
  revision: string,
  nowMs: number,
): { readonly create: readonly string[]; readonly remove: readonly Pod[] } {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  const minReady = set.spec?.minReadySeconds ?? 0;
  const isCurrent = (pod: Pod) => pod.metadata?.labels?.[revisionLabel] === revision;
  const isEnding = (pod: Pod) => pod.metadata?.deletionTimestamp !== undefined;
  const isWell = (pod: Pod) => !isEnding(pod) && isPodAvailable(pod, minReady, nowMs);
  const create: string[] = [];
  const remove: Pod[] = [];
  const maxSurge = share(rollingUpdate?.maxSurge ?? 0, wanted.size, Math.ceil);
  const maxAway = share(rollingUpdate?.maxUnavailable ?? 1, wanted.size, Math.ceil);
  let away = 0;
  let surging = 0;
  const old: { readonly node: string; readonly pod: Pod }[] = [];
  for (const [node, pods] of wanted) {
    const current = pods.find((pod) => isCurrent(pod) && !isEnding(pod));
    const outdated = pods.filter((pod) => !isCurrent(pod) && !isEnding(pod));
    const extra = pods.filter((pod) => isCurrent(pod) && !isEnding(pod)).slice(1);
    remove.push(...extra, ...outdated.slice(1));
    if (!pods.some(isWell)) away++;
    const [pod] = outdated;
    if (!pod) continue;
    if (current) {
      // The second one has taken over.
      if (isWell(current) || !isWell(pod)) remove.push(pod);
      else surging++;
    } else {
      old.push({ node, pod });
    }
  }
  if (type !== 'RollingUpdate') return { create, remove };
  for (const { node, pod } of old) {
    if (!isWell(pod)) remove.push(pod);
    else if (maxSurge > 0) {
      if (surging >= maxSurge) continue;
      surging++;
      create.push(node);
    } else if (away < maxAway) {
      away++;
      remove.push(pod);
    }
  }
  return { create, remove };
}

function share(value: number | string, total: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) / 100) * total);
}

function statusOf(
  set: DaemonSet,
  wanted: ReadonlyMap<string, readonly Pod[]>,
  { revision }: DaemonSetObservation,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  nowMs: number,
): Status {
  const minReady = set.spec?.minReadySeconds ?? 0;
  const count = (test: (pod: Pod) => boolean) => [...wanted.values()].filter((pods) => pods.some(test)).length;
  const available = count((pod) => isPodAvailable(pod, minReady, nowMs));
  return {
    currentNumberScheduled: count((pod) => Boolean(pod.spec?.nodeName)),
    desiredNumberScheduled: wanted.size,
    numberMisscheduled: [...byNode.keys()].filter((node) => node !== '' && !wanted.has(node)).length,
    numberReady: count(isPodReady),
    updatedNumberScheduled: count((pod) => pod.metadata?.labels?.[revisionLabel] === revision),
    ...(available > 0 ? { numberAvailable: available } : {}),
    ...(wanted.size > available ? { numberUnavailable: wanted.size - available } : {}),
    observedGeneration: set.metadata?.generation,
    ...(set.status?.collisionCount === undefined ? {} : { collisionCount: set.status.collisionCount }),
    // There are none of its own: those of others stay.
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  };
}
