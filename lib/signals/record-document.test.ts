import { expect, test } from 'vitest';
import { fieldOf, logFields, logHitOf } from '../log-record.ts';
import { decisionDocument, eventDocument, probeDocument, terminationDocument } from './record-document.ts';
import type { ProbeRecord } from './records.ts';

const probe: ProbeRecord = {
  type: 'probe',
  time: '2026-01-02T03:04:05.678Z',
  namespace: 'shop',
  pod: 'hello-1',
  podUid: 'u1',
  container: 'hello',
  containerId: 'c1',
  node: 'n1',
  workload: { kind: 'Deployment', name: 'hello' },
  restartCount: 2,
  probe: 'liveness',
  check: 'GET :81/healthz',
  outcome: 'failure',
  run: 2,
  threshold: 3,
  action: 'none',
  latencyMs: 1.5,
  output: 'HTTP probe failed with statuscode: 500',
  periodMs: 10_000,
};

test('a probe record becomes a document that reads back as a hit', () => {
  const document = probeDocument(probe, 'demo');
  expect(document['message']).toBe('liveness probe GET :81/healthz: failure 2 of 3');
  expect(fieldOf(document, 'event.duration')).toBe(1_500_000);
  expect(fieldOf(document, 'kubernetes.deployment.name')).toBe('hello');
  expect(fieldOf(document, logFields.cluster)).toBe('demo');
  expect(logHitOf('id', document)).toMatchObject({
    id: 'id',
    time: probe.time,
    namespace: 'shop',
    pod: 'hello-1',
    podUid: 'u1',
    container: 'hello',
    containerId: 'c1',
    node: 'n1',
    level: 'warn',
    restartCount: 2,
    workload: { kind: 'Deployment', name: 'hello' },
  });
});

test('a termination keeps its last lines and the probe that caused it', () => {
  const document = terminationDocument(
    {
      ...probe,
      type: 'termination',
      startedAt: probe.time,
      exitCode: 137,
      signal: 9,
      reason: 'LivenessProbeFailed',
      message: '',
      lastLines: ['a', 'b'],
      probe,
    },
    'demo',
  );
  expect(fieldOf(document, 'vigil.termination.last_lines')).toEqual(['a', 'b']);
  expect(fieldOf(document, 'vigil.termination.probe.output')).toContain('500');
  expect(fieldOf(document, 'process.exit_code')).toBe(137);
});

test.each([
  [1, undefined, 'error'],
  [0, undefined, 'info'],
  [1, true, 'info'],
] as const)('the end with code %i of a container (ephemeral: %s) is of level %s', (exitCode, isEphemeral, level) => {
  const end = { type: 'termination', startedAt: probe.time, exitCode, reason: 'Error', message: '' } as const;
  const document = terminationDocument({ ...probe, ...end, lastLines: [], probe: undefined, isEphemeral }, 'demo');
  expect(fieldOf(document, 'log.level')).toBe(level);
});

test('a decision about a pod names the pod, its workload and the evidence', () => {
  const document = decisionDocument(
    {
      type: 'decision',
      time: probe.time,
      decision: 'Replace',
      component: 'health',
      object: { kind: 'Pod', namespace: 'shop', name: 'hello-1', uid: 'u1' },
      workload: probe.workload,
      node: 'n1',
      reason: 'restarted 3 times here, well elsewhere',
      evidence: { restarts: 3 },
    },
    'demo',
  );
  expect(fieldOf(document, logFields.pod)).toBe('hello-1');
  expect(fieldOf(document, 'vigil.decision.evidence.restarts')).toBe(3);
});

test('an Event is dated by its last occurrence and warns when it is a warning', () => {
  const document = eventDocument(
    {
      metadata: { name: 'e', namespace: 'shop' },
      involvedObject: { kind: 'Pod', name: 'hello-1', namespace: 'shop', uid: 'u1' },
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Liveness probe failed',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:01:00Z',
      count: 4,
    },
    'demo',
  );
  expect(document['@timestamp']).toBe('2026-01-01T00:01:00Z');
  expect(fieldOf(document, logFields.level)).toBe('warn');
  expect(fieldOf(document, 'kubernetes.event.count')).toBe(4);
});

test('labels with dots are found by their whole key', () => {
  expect(
    fieldOf({ kubernetes: { labels: { 'app.kubernetes.io/name': 'x' } } }, 'kubernetes.labels.app.kubernetes.io/name'),
  ).toBe('x');
});
