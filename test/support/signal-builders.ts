import type { ProbeRecord, TerminationRecord } from '../../lib/signals/records.ts';
import { testNowMs } from './kube-builders.ts';

/** Signals for tests: whatever a test does not say has an unremarkable value. They are about the container `main` of `kube-builders`' pod `a-pod`. */

const subject = {
  namespace: 'default',
  pod: 'a-pod',
  podUid: 'uid-a-pod',
  container: 'main',
  node: 'node-1',
  workload: { kind: 'Deployment', name: 'hello' },
  restartCount: 0,
};

/** A failing readiness probe at its threshold. */
export function probe(over: Partial<ProbeRecord> = {}): ProbeRecord {
  return {
    type: 'probe',
    ...subject,
    time: new Date(testNowMs).toISOString(),
    probe: 'readiness',
    check: 'GET :81/readiness',
    outcome: 'failure',
    run: 3,
    threshold: 3,
    action: 'none',
    latencyMs: 2,
    output: '503 db: connection refused',
    periodMs: 2_000,
    ...over,
  };
}

/** A crash. */
export function termination(over: Partial<TerminationRecord> = {}): TerminationRecord {
  return {
    type: 'termination',
    ...subject,
    time: new Date(testNowMs).toISOString(),
    startedAt: new Date(testNowMs - 5_000).toISOString(),
    exitCode: 1,
    reason: 'Error',
    message: '',
    lastLines: ['starting', 'FATAL no database'],
    ...over,
  };
}
