import type { AlertEvidence } from '../../../lib/alerts-api.ts';
import type { ProbeRecord, TerminationRecord } from '../../../lib/signals/records.ts';
import type { AlertFacts, PresentContainer } from '../alert-facts.ts';
import type { AlertInstance } from '../alert-rule.ts';

/** A restart or an end is news for so long. */
const RECENT_MS = 5 * 60_000;

/** What every alert about a container says of it. */
export function aboutContainer(
  facts: AlertFacts,
  { pod, name, status }: PresentContainer,
  extra: Readonly<Record<string, string>> = {},
): Pick<AlertInstance, 'labels' | 'object' | 'workload'> {
  const { namespace = '', name: podName = '', uid } = pod.metadata ?? {};
  const workload = facts.workloadOf(pod);
  return {
    labels: {
      namespace,
      pod: podName,
      container: status.name ?? name,
      node: pod.spec?.nodeName ?? '',
      workload: workload.name,
      ...extra,
    },
    object: { kind: 'Pod', namespace, name: podName, uid },
    workload,
  };
}

export function probeEvidence(record: ProbeRecord): NonNullable<AlertEvidence['probe']> {
  const { probe, check, output, run, threshold, time } = record;
  return { type: probe, check, output, run, threshold, time };
}

/** The end of a run as evidence: exit code, reason, what the probe answered, the last lines. */
export function terminationEvidence(record: TerminationRecord): AlertEvidence {
  return {
    exitCode: record.exitCode,
    reason: record.reason,
    node: record.node,
    restartCount: record.restartCount,
    lastLines: record.lastLines,
    ...(record.probe ? { probe: probeEvidence(record.probe) } : {}),
  };
}

/** The same from the pod's status, when the agent was not heard. */
export function statusEvidence({ pod, status }: PresentContainer): AlertEvidence {
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  return {
    ...(ended ? { exitCode: ended.exitCode, reason: ended.reason ?? 'Error' } : {}),
    node: pod.spec?.nodeName ?? '',
    restartCount: status.restartCount,
  };
}

export function lastEnd(facts: AlertFacts, { pod, name }: PresentContainer): TerminationRecord | undefined {
  return facts.lastTermination(pod.metadata?.uid ?? '', name);
}

export function isRecent(facts: AlertFacts, time: string | undefined): boolean {
  const timeMs = Date.parse(time ?? '');
  return facts.nowMs - timeMs < RECENT_MS;
}
