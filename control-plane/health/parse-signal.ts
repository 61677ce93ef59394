import type { SequencedSignal } from '../../lib/signals/records.ts';

const subjectFields = ['namespace', 'pod', 'podUid', 'container', 'node', 'time'] as const;
const probeFields = ['probe', 'check', 'outcome', 'action', 'output'] as const;
const probeNumbers = ['run', 'threshold', 'latencyMs', 'periodMs', 'restartCount'] as const;

/** A line of an agent's signal stream; `undefined` when it is not one. Agents of another version may add fields and types. */
export function parseSequencedSignal(line: string): SequencedSignal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value['epoch'] !== 'string' || typeof value['seq'] !== 'number') return undefined;
  const signal = value['signal'];
  if (
    !isRecord(signal) ||
    !hasStrings(signal, subjectFields) ||
    !isWorkload(signal['workload']) ||
    !isTime(signal['time'])
  ) {
    return undefined;
  }
  if (signal['type'] === 'probe') {
    if (!hasStrings(signal, probeFields) || !hasNumbers(signal, probeNumbers)) return undefined;
  } else if (signal['type'] === 'termination') {
    if (!hasStrings(signal, ['reason', 'startedAt', 'message']) || !hasNumbers(signal, ['exitCode', 'restartCount'])) {
      return undefined;
    }
    if (!Array.isArray(signal['lastLines'])) return undefined;
  } else return undefined;
  return value as unknown as SequencedSignal;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWorkload(value: unknown): boolean {
  return isRecord(value) && hasStrings(value, ['kind', 'name']);
}

/** Judges compute with times; one that is none would spoil every answer it is in. */
function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function hasStrings(value: Readonly<Record<string, unknown>>, fields: readonly string[]): boolean {
  return fields.every((field) => typeof value[field] === 'string');
}

function hasNumbers(value: Readonly<Record<string, unknown>>, fields: readonly string[]): boolean {
  return fields.every((field) => typeof value[field] === 'number');
}
