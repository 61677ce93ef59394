import type { CoreEvent } from '../kube/types.ts';
import { dataStreamFields, kubernetesFields, type LogLevel } from '../log-record.ts';
import type { Dataset, DecisionRecord, ProbeRecord, Subject, TerminationRecord } from './records.ts';

/** A complete document for `RecordWriter.append`. */
export type RecordDocument = Readonly<Record<string, unknown>>;

/** One probe attempt. `event.duration` is in nanoseconds, as Elastic Common Schema says. */
export function probeDocument(record: ProbeRecord, clusterName: string): RecordDocument {
  const failed = record.outcome !== 'success';
  const what = `${record.probe} probe ${record.check}`;
  const run = `${record.run} of ${record.threshold}`;
  return {
    ...head('probes', record.time, `${what}: ${record.outcome} ${run}`, failed ? 'warn' : 'info'),
    ...subjectFields(record, clusterName),
    event: {
      kind: 'event',
      action: record.action,
      outcome: record.outcome,
      duration: Math.round(record.latencyMs * 1_000_000),
    },
    vigil: {
      ...vigilFields(record),
      probe: {
        type: record.probe,
        check: record.check,
        outcome: record.outcome,
        run: record.run,
        threshold: record.threshold,
        action: record.action,
        latency_ms: record.latencyMs,
        period_ms: record.periodMs,
        output: record.output,
      },
    },
  };
}

/** The end of one run of a container. */
export function terminationDocument(record: TerminationRecord, clusterName: string): RecordDocument {
  const clean = record.exitCode === 0;
  const level = clean || record.isEphemeral ? 'info' : 'error';
  const sentence = `container ${record.container} ended: ${record.reason}, exit code ${record.exitCode}`;
  return {
    ...head('terminations', record.time, sentence, level),
    ...subjectFields(record, clusterName),
    event: {
      kind: 'event',
      action: 'terminated',
      outcome: clean ? 'success' : 'failure',
      reason: record.reason,
      start: record.startedAt,
      end: record.time,
    },
    process: { exit_code: record.exitCode },
    vigil: {
      ...vigilFields(record),
      termination: {
        reason: record.reason,
        message: record.message,
        exit_code: record.exitCode,
        signal: record.signal,
        started_at: record.startedAt,
        last_lines: record.lastLines,
        ...(record.probe
          ? {
              probe: {
                type: record.probe.probe,
                check: record.probe.check,
                outcome: record.probe.outcome,
                run: record.probe.run,
                threshold: record.probe.threshold,
                output: record.probe.output,
              },
            }
          : {}),
      },
    },
  };
}

/** What the control plane decided, and why. The evidence is a `flattened` field: any shape, no mapping conflict. */
export function decisionDocument(record: DecisionRecord, clusterName: string): RecordDocument {
  const isPod = record.object.kind === 'Pod';
  return {
    ...head('decisions', record.time, record.reason, 'info'),
    orchestrator: orchestrator(clusterName),
    event: { kind: 'event', action: record.decision, reason: record.reason, provider: record.component },
    kubernetes: kubernetesFields({
      namespace: record.object.namespace,
      pod: isPod ? record.object.name : undefined,
      podUid: isPod ? record.object.uid : undefined,
      node: record.node,
      workload: record.workload,
    }),
    vigil: {
      ...(record.workload ? { workload: record.workload } : {}),
      decision: {
        decision: record.decision,
        component: record.component,
        object: record.object,
        evidence: record.evidence,
      },
    },
  };
}

/** One state of a Kubernetes Event. */
export function eventDocument(event: CoreEvent, clusterName: string): RecordDocument {
  const object = event.involvedObject;
  const isPod = object?.kind === 'Pod';
  const time = event.eventTime ?? event.lastTimestamp ?? event.firstTimestamp ?? event.metadata?.creationTimestamp;
  return {
    ...head('events', time ?? '', event.message ?? '', event.type === 'Warning' ? 'warn' : 'info'),
    orchestrator: orchestrator(clusterName),
    event: { kind: 'event', action: event.reason, provider: event.reportingComponent || event.source?.component },
    kubernetes: {
      ...kubernetesFields({
        namespace: object?.namespace ?? event.metadata?.namespace,
        pod: isPod ? object?.name : undefined,
        podUid: isPod ? object?.uid : undefined,
        node: event.source?.host ?? (object?.kind === 'Node' ? object.name : undefined),
      }),
      event: {
        name: event.metadata?.name,
        type: event.type,
        reason: event.reason,
        count: event.count ?? event.series?.count ?? 1,
        involved_object: { kind: object?.kind, name: object?.name, uid: object?.uid, field_path: object?.fieldPath },
      },
    },
  };
}

function head(dataset: Dataset, time: string, message: string, level: LogLevel): Record<string, unknown> {
  return { '@timestamp': time, message, log: { level }, data_stream: dataStreamFields(dataset) };
}

function orchestrator(clusterName: string): Record<string, unknown> {
  return { type: 'kubernetes', cluster: { name: clusterName } };
}

function subjectFields(subject: Subject, clusterName: string): Record<string, unknown> {
  return {
    orchestrator: orchestrator(clusterName),
    ...(subject.containerId ? { container: { id: subject.containerId } } : {}),
    kubernetes: kubernetesFields(subject),
  };
}

function vigilFields(subject: Subject): Record<string, unknown> {
  return { restart_count: subject.restartCount, workload: subject.workload };
}
