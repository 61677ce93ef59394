import { open } from 'node:fs/promises';
import type { Container, Pod } from '../../lib/kube/types.ts';
import type { ProbeRecord, TerminationRecord } from '../../lib/signals/records.ts';
import { endOfLog, lastLines } from '../logs/last-lines.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { subjectOf } from '../signals/subject.ts';
import { terminationReason } from './container-status.ts';
import type { StopCause } from './action.ts';
import { ephemeralContainersOf } from './pod-containers.ts';

/** Upstream's bounds for what a container may say as its last words. */
const MAX_MESSAGE_BYTES = 4096;
const MAX_FALLBACK_BYTES = 2048;
const MAX_FALLBACK_LINES = 80;
/** Lines kept with the record of an end, and the length of each. */
const RECORD_LINES = 20;
const RECORD_LINE_BYTES = 1024;

/** The termination message: what the container wrote to its file or, when it asked for that and failed without a word, the end of its log. */
export async function terminationMessage(
  path: string,
  container: Container | undefined,
  run: EngineContainer,
): Promise<string> {
  const written = await readStart(path, MAX_MESSAGE_BYTES);
  if (written !== '' || container?.terminationMessagePolicy !== 'FallbackToLogsOnError' || run.exitCode === 0) {
    return written;
  }
  return run.logPath === undefined ? '' : endOfLog(run.logPath, MAX_FALLBACK_LINES, MAX_FALLBACK_BYTES);
}

export interface EndOfRun {
  readonly pod: Pod;
  readonly run: EngineContainer;
  readonly nodeName: string;
  readonly message: string;
  readonly cause: StopCause | undefined;
  /** The probe attempt that led to it. */
  readonly probe: ProbeRecord | undefined;
}

/** The record of the end of one run, with the last lines that it wrote. */
export async function terminationRecord(end: EndOfRun): Promise<TerminationRecord> {
  const { pod, run } = end;
  const lines = run.logPath === undefined ? [] : await lastLines(run.logPath, RECORD_LINES, RECORD_LINE_BYTES);
  const exitCode = run.exitCode ?? 0;
  const isEphemeral = ephemeralContainersOf(pod).some(({ name }) => name === run.owner.containerName);
  const isByProbe = end.cause === 'liveness' || end.cause === 'startup';
  return {
    type: 'termination',
    time: new Date(run.finishedAtMs ?? run.createdAtMs).toISOString(),
    ...subjectOf(pod, run, end.nodeName),
    startedAt: new Date(run.startedAtMs ?? run.createdAtMs).toISOString(),
    exitCode,
    ...(exitCode > 128 ? { signal: exitCode - 128 } : {}),
    reason: recordReason(run, end.cause),
    message: end.message || (run.error ?? ''),
    lastLines: lines,
    ...(isByProbe && end.probe ? { probe: end.probe } : {}),
    ...(isEphemeral ? { isEphemeral } : {}),
  };
}

function recordReason(run: EngineContainer, cause: StopCause | undefined): string {
  const reason = terminationReason(run);
  if (reason === 'OOMKilled' || reason === 'ContainerCannotRun') return reason;
  switch (cause) {
    case 'liveness':
      return 'LivenessProbeFailed';
    case 'startup':
      return 'StartupProbeFailed';
    case 'pod-ends':
      return 'Deleted';
    case 'sandbox-changed':
    case 'spec-changed':
    case 'resize':
    case undefined:
      return reason;
  }
}

async function readStart(path: string, maxBytes: number): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } catch {
    return '';
  }
}
