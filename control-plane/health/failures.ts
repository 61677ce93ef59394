import type { ContainerStatus, Pod } from '../../lib/kube/types.ts';
import type { TerminationRecord } from '../../lib/signals/records.ts';

/** One end of a container that counts against the node it ran on. */
export interface Failure {
  /** The same for the same run of a container, whoever reports it. */
  readonly id: string;
  readonly podUid: string;
  readonly node: string;
  readonly timeMs: number;
  /** In people's words: `crashed (exit code 1)`. */
  readonly reason: string;
}

/** Ends that are nobody's failure: the work was done, the pod was deleted, or the whole node went. */
const notFailures: ReadonlySet<string> = new Set(['Completed', 'Deleted', 'NodeLost']);
/** Restarts of one container that are put back into memory from its count after a start of the control plane. */
const MAX_REBUILT = 20;

/** A termination as a failure; `undefined` when it is none. */
export function failureOf(record: TerminationRecord): Failure | undefined {
  if (notFailures.has(record.reason) || record.exitCode === 0 || record.isEphemeral) return undefined;
  return {
    id: runId(record.podUid, record.container, record.restartCount),
    podUid: record.podUid,
    node: record.node,
    timeMs: Date.parse(record.time),
    reason: failureReason(record.reason, record.exitCode),
  };
}

/**
 * What a pod's own status tells about failures: the last run of each container exactly, and that the earlier restarts of a young pod happened too.
 * So the memory is whole again after a restart of the control plane even when an agent has forgotten.
 */
export function failuresInStatus(pod: Pod, windowStartMs: number): readonly Failure[] {
  const podUid = pod.metadata?.uid ?? '';
  const node = pod.spec?.nodeName ?? '';
  if (node === '' || pod.metadata?.deletionTimestamp) return [];
  const startedMs = Date.parse(pod.status?.startTime ?? pod.metadata?.creationTimestamp ?? '');
  const found: Failure[] = [];
  for (const status of pod.status?.containerStatuses ?? []) {
    const last = lastRun(status);
    if (!last || last.exitCode === 0 || !(last.timeMs >= windowStartMs)) continue;
    const add = (run: number, timeMs: number) =>
      found.push({
        id: runId(podUid, status.name, run),
        podUid,
        node,
        timeMs,
        reason: failureReason(last.reason, last.exitCode),
      });
    add(last.run, last.timeMs);
    // Of the runs before only the number is known; in a pod younger than the window all of them count.
    if (!(startedMs >= windowStartMs)) continue;
    for (let run = last.run - 1; run >= Math.max(0, last.run - MAX_REBUILT); run--) {
      add(run, startedMs + ((last.timeMs - startedMs) * (run + 1)) / (last.run + 1));
    }
  }
  return found;
}

interface EndedRun {
  readonly run: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly timeMs: number;
}

/** A container that has ended and waits for its restart shows the run in `state`, one that runs again in `lastState`. */
function lastRun(status: ContainerStatus): EndedRun | undefined {
  const now = status.state?.terminated;
  const ended = now ?? status.lastState?.terminated;
  if (!ended) return undefined;
  return {
    run: now ? status.restartCount : status.restartCount - 1,
    exitCode: ended.exitCode,
    reason: ended.reason ?? 'Error',
    timeMs: Date.parse(ended.finishedAt ?? ''),
  };
}

function runId(podUid: string, container: string, run: number): string {
  return `${podUid}/${container}/${run}`;
}

/** `crashed (exit code 1)`, `liveness probe failed`, `ran out of memory`. */
function failureReason(reason: string, exitCode: number): string {
  switch (reason) {
    case 'OOMKilled':
      return 'ran out of memory';
    case 'LivenessProbeFailed':
      return 'liveness probe failed';
    case 'StartupProbeFailed':
      return 'startup probe failed';
    case 'ContainerCannotRun':
      return 'could not be started';
    default:
      return `crashed (exit code ${exitCode})`;
  }
}
