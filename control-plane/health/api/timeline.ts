import type { TimelineEntry } from '../../../lib/health-api.ts';
import { annotations } from '../../../lib/names.ts';
import { podCondition } from '../../../lib/kube/pod-facts.ts';
import type { Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import type { DecisionRecord, ProbeRecord, TerminationRecord } from '../../../lib/signals/records.ts';
import { oneLine, quoted } from '../verdicts/sentence.ts';

const MAX_ENTRIES = 1_000;

export interface TimelineSources {
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: readonly Pod[];
  readonly probes: readonly ProbeRecord[];
  readonly terminations: readonly TerminationRecord[];
  readonly decisions: readonly DecisionRecord[];
}

/** What happened to a workload since a moment, oldest first. */
export function timelineEntries(sources: TimelineSources, sinceMs: number): readonly TimelineEntry[] {
  // A placement that was recorded says more than the pod's own condition.
  const placed = new Set(sources.decisions.filter(isPlacement).map((decision) => decision.object.name));
  return [
    ...rollouts(sources.replicaSets),
    ...sources.pods.filter((pod) => !placed.has(pod.metadata?.name ?? '')).flatMap(podEntries),
    ...sources.probes.map(probeEntry),
    ...sources.terminations.map(terminationEntry),
    ...sources.decisions.map(decisionEntry),
  ]
    .map((entry) => ({ entry, timeMs: Date.parse(entry.time) }))
    .filter(({ timeMs }) => timeMs >= sinceMs)
    .sort((a, b) => a.timeMs - b.timeMs)
    .slice(-MAX_ENTRIES)
    .map(({ entry }) => entry);
}

/** Each ReplicaSet of a Deployment is a revision; what changed is told against the one before. */
function rollouts(replicaSets: readonly ReplicaSet[]): TimelineEntry[] {
  const inOrder = [...replicaSets].sort((a, b) => createdMs(a) - createdMs(b));
  return inOrder.map((replicaSet, at) => {
    const before = inOrder[at - 1];
    const revision = replicaSet.metadata?.annotations?.[annotations.revision];
    const cause = replicaSet.metadata?.annotations?.[annotations.changeCause];
    return {
      time: replicaSet.metadata?.creationTimestamp ?? '',
      kind: 'rollout',
      title: [revision === undefined ? 'rollout' : `revision ${revision}`, imageChange(before, replicaSet)].join('  '),
      detail: cause ?? '',
      level: 'info',
    };
  });
}

function imageChange(before: ReplicaSet | undefined, after: ReplicaSet): string {
  const old = new Map(before?.spec?.template?.spec?.containers.map((one) => [one.name, one.image ?? '']));
  const parts = (after.spec?.template?.spec?.containers ?? []).flatMap(({ name, image = '' }) => {
    const was = old.get(name);
    if (was === image) return [];
    return [was === undefined ? `image ${image}` : `image ${was} → ${image}`];
  });
  return parts.length > 0 ? parts.join(', ') : 'the template changed';
}

function podEntries(pod: Pod): TimelineEntry[] {
  const name = pod.metadata?.name ?? '';
  const node = pod.spec?.nodeName;
  const scheduled = podCondition(pod, 'PodScheduled');
  const time = scheduled?.lastTransitionTime ?? pod.metadata?.creationTimestamp ?? '';
  if (scheduled?.status === 'False') {
    return [
      {
        time,
        kind: 'pod',
        title: `${name} waits for a node`,
        detail: scheduled.message ?? '',
        level: 'warn',
        pod: name,
      },
    ];
  }
  if (!node) return [];
  return [{ time, kind: 'pod', title: `${name} scheduled to ${node}`, detail: '', level: 'info', pod: name, node }];
}

function probeEntry(record: ProbeRecord): TimelineEntry {
  return {
    time: record.time,
    kind: 'probe',
    title: `${record.probe} ${probeWords(record)}`,
    detail: record.outcome === 'success' ? '' : quoted(record.output),
    level: record.outcome === 'success' ? 'info' : record.run >= record.threshold ? 'error' : 'warn',
    pod: record.pod,
    container: record.container,
    node: record.node,
  };
}

function probeWords(record: ProbeRecord): string {
  if (record.outcome === 'unknown') return 'could not be run';
  if (record.outcome === 'success') return record.action === 'none' ? 'answers again' : actionWords[record.action];
  const failing = `failing ${record.run} of ${record.threshold}`;
  return record.action === 'none' ? failing : `${failing}: ${actionWords[record.action]}`;
}

const actionWords: Readonly<Record<ProbeRecord['action'], string>> = {
  none: '',
  'became-ready': 'ready',
  'became-not-ready': 'not ready',
  started: 'started',
  restart: 'restart',
};

function terminationEntry(record: TerminationRecord): TimelineEntry {
  const isClean = record.exitCode === 0 || record.reason === 'Deleted';
  return {
    time: record.time,
    kind: 'restart',
    title: `${record.container} of ${record.pod} ended: ${record.reason}, exit code ${record.exitCode}`,
    detail: oneLine(record.lastLines.at(-1) ?? record.message),
    level: isClean ? 'info' : 'error',
    pod: record.pod,
    container: record.container,
    node: record.node,
  };
}

function isPlacement({ decision, object }: DecisionRecord): boolean {
  return (decision === 'Schedule' || decision === 'AvoidNode') && object.kind === 'Pod';
}

function placementEntry({ time, object, node, reason }: DecisionRecord): TimelineEntry {
  const avoided = /\((.*)\)$/.exec(reason)?.[1] ?? '';
  const title = `${object.name} scheduled to ${node ?? 'a node'}`;
  return { time, kind: 'pod', title, detail: avoided, level: 'info', pod: object.name, ...(node ? { node } : {}) };
}

function decisionEntry(record: DecisionRecord): TimelineEntry {
  if (isPlacement(record)) return placementEntry(record);
  const isAlert = record.component === 'alerts';
  const words = record.decision.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  const detail = record.reason.startsWith(`${words}: `) ? record.reason.slice(words.length + 2) : record.reason;
  return {
    time: record.time,
    kind: isAlert ? 'alert' : 'decision',
    title: words,
    detail,
    level: warnings.has(record.decision) ? 'warn' : 'info',
    ...(record.object.kind === 'Pod' ? { pod: record.object.name } : {}),
    ...(record.node === undefined ? {} : { node: record.node }),
  };
}

const warnings: ReadonlySet<string> = new Set([
  'OutOfService',
  'Replace',
  'Evict',
  'Restart',
  'Rollback',
  'AlertFired',
]);

function createdMs(object: ReplicaSet): number {
  return Date.parse(object.metadata?.creationTimestamp ?? '') || 0;
}
