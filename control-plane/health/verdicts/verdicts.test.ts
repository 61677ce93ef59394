import { describe, expect, test } from 'vitest';
import { node, pod, testNowMs } from '../../../test/support/kube-builders.ts';
import { probe } from '../../../test/support/signal-builders.ts';
import type { HealthState, Verdict } from '../../../lib/health-api.ts';
import { kubeMicroTime, kubeTime } from '../../../lib/kube/time.ts';
import type { ContainerState, CoreEvent, Lease, Pod, Probe } from '../../../lib/kube/types.ts';
import type { ProbeRecord, ProbeType } from '../../../lib/signals/records.ts';
import { pointOf, type ProbeTrace } from '../signal-hub.ts';
import { containerVerdict, verdict } from './container-verdict.ts';
import { nodeVerdict } from './node-verdict.ts';
import { podVerdict } from './pod-verdict.ts';
import { describeCheck, probeState, runSinceMs } from './probe-health.ts';
import { quoted } from './sentence.ts';
import { startFailure } from './start-failure.ts';
import { workloadVerdict, type WorkloadFacts } from './workload-verdict.ts';

const ago = (ms: number) => kubeTime(testNowMs - ms);
const http: Probe = { httpGet: { path: '/healthz', port: 81 } };

function traceOf(record: ProbeRecord | undefined): ProbeTrace | undefined {
  return record && { last: record, points: [pointOf(record)] };
}

interface Case {
  readonly ready?: boolean;
  readonly restarts?: number;
  readonly state?: ContainerState;
  readonly last?: ContainerState;
  readonly records?: Partial<Record<ProbeType, ProbeRecord>>;
  readonly crashedAgoMs?: number;
}

function judged({ ready = true, restarts = 0, state, last, records = {}, crashedAgoMs }: Case): Verdict {
  const subject = pod({ node: 'node-1', restarts, ...(ready ? { readySinceMs: testNowMs - 60_000 } : {}) });
  const [status] = subject.status?.containerStatuses ?? [];
  if (!status) throw new Error('the pod has no container status');
  status.state = state ?? { running: { startedAt: ago(90_000) } };
  if (last) status.lastState = last;
  return containerVerdict({
    pod: subject,
    container: { name: 'main', livenessProbe: http, readinessProbe: http, startupProbe: http },
    isInit: false,
    status,
    trace: (type) => traceOf(records[type]),
    nowMs: testNowMs,
    ...(crashedAgoMs === undefined
      ? {}
      : {
          failures: {
            count: 3,
            sinceMs: testNowMs - 90_000,
            lastMs: testNowMs - crashedAgoMs,
            lastReason: 'crashed (exit code 4)',
          },
        }),
  });
}

const ended = (exitCode: number, reason = 'Error') => ({ terminated: { exitCode, reason, finishedAt: ago(5_000) } });

describe('how a container is', () => {
  test.each<[string, Case, HealthState, string]>([
    ['ready', {}, 'healthy', ''],
    [
      'its readiness failed',
      { ready: false, records: { readiness: probe({ run: 8 }) } },
      'failing',
      'readiness of a-pod: 503 "db: connection refused" (8 in a row, threshold 3)',
    ],
    [
      'its readiness fails, not yet often enough',
      { records: { readiness: probe({ run: 1 }) } },
      'degraded',
      'readiness of a-pod: 503 "db: connection refused" (1 in a row, threshold 3)',
    ],
    [
      'it was never ready and its readiness fails below the threshold',
      { ready: false, records: { readiness: probe({ run: 1 }) } },
      'progressing',
      'readiness of a-pod: 503 "db: connection refused" (1 in a row, threshold 3)',
    ],
    [
      'it is ready and its first attempts came too early',
      { state: { running: { startedAt: ago(3_000) } }, records: { liveness: probe({ probe: 'liveness', run: 1 }) } },
      'healthy',
      '',
    ],
    [
      'its liveness fails, not yet often enough',
      { records: { liveness: probe({ probe: 'liveness', run: 2, output: 'timeout after 1 s' }) } },
      'degraded',
      'liveness of a-pod: "timeout after 1 s" (2 in a row, threshold 3)',
    ],
    [
      'a failure of the run before its restart says nothing',
      { restarts: 1, records: { liveness: probe({ probe: 'liveness', restartCount: 0 }) } },
      'healthy',
      '',
    ],
    [
      'a probe cannot be run',
      { records: { liveness: probe({ probe: 'liveness', outcome: 'unknown', output: 'exec: no such file' }) } },
      'degraded',
      'liveness of a-pod: "exec: no such file" (3 in a row, threshold 3)',
    ],
    [
      'it is starting and its startup probe fails',
      { ready: false, records: { startup: probe({ probe: 'startup', run: 2, threshold: 30 }) } },
      'progressing',
      'startup of a-pod: 503 "db: connection refused" (2 in a row, threshold 30)',
    ],
    ['it starts', { ready: false }, 'progressing', 'main of a-pod: not ready yet'],
    [
      'it is being made',
      { ready: false, state: { waiting: { reason: 'ContainerCreating' } } },
      'progressing',
      'main of a-pod: ContainerCreating',
    ],
    [
      'its image cannot be had',
      { ready: false, state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling\nimage "x"' } } },
      'failing',
      'main of a-pod: ImagePullBackOff: Back-off pulling image "x"',
    ],
    [
      'it crashes again and again',
      { ready: false, restarts: 4, state: { waiting: { reason: 'CrashLoopBackOff' } }, last: ended(137, 'OOMKilled') },
      'failing',
      'main of a-pod: exit code 137 (OOMKilled), restarted 4 times, waiting to try again',
    ],
    [
      'it runs between two crashes',
      { restarts: 3, crashedAgoMs: 5_000 },
      'degraded',
      'main of a-pod: crashed (exit code 4), 3 failures lately, runs again',
    ],
    ['it has run for long enough since its last crash', { restarts: 3, crashedAgoMs: 31_000 }, 'healthy', ''],
    ['it ended badly', { ready: false, state: ended(2) }, 'failing', 'main of a-pod: ended with exit code 2 (Error)'],
    ['it has done its work', { ready: false, state: ended(0, 'Completed') }, 'healthy', ''],
  ])('%s', (_, subject, state, why) => {
    expect(judged(subject)).toMatchObject({ state, why });
  });

  test('a crash loop counts from the first crash that is remembered, not from the last', () => {
    const state = { waiting: { reason: 'CrashLoopBackOff' } };
    const found = judged({ ready: false, restarts: 4, state, last: ended(1), crashedAgoMs: 5_000 });
    expect(found.since).toBe(new Date(testNowMs - 90_000).toISOString());
  });

  test('a failure counts from the first of its run', () => {
    const first = probe({ run: 1, time: new Date(testNowMs - 14_000).toISOString() });
    const last = probe({ run: 8 });
    expect(runSinceMs({ last, points: [pointOf(first), pointOf(last)] })).toBe(testNowMs - 14_000);
    expect(runSinceMs({ last, points: [pointOf(last)] }), 'guessed from the period').toBe(testNowMs - 14_000);
  });

  test.each<[Partial<ProbeRecord> | undefined, string]>([
    [undefined, 'waiting'],
    [{ outcome: 'success', run: 1 }, 'ok'],
    [{ run: 2 }, 'failing'],
    [{ run: 3 }, 'failed'],
    [{ outcome: 'unknown' }, 'unknown'],
  ])('a probe with %j is %s', (record, state) => {
    expect(probeState(record && traceOf(probe(record)))).toBe(state);
  });

  test.each<[Probe, string]>([
    [{ httpGet: { port: 81 } }, 'GET :81/'],
    [{ tcpSocket: { port: 'db' } }, 'TCP :db'],
    [{ exec: { command: ['cat', '/tmp/ok'] } }, 'exec cat /tmp/ok'],
    [{ grpc: { port: 9000 } }, 'gRPC :9000'],
  ])('%j is described as %s', (spec, text) => {
    expect(describeCheck(spec)).toBe(text);
  });

  test.each([
    ['503 db: connection refused', '503 "db: connection refused"'],
    ['503', '503'],
    ['timeout', '"timeout"'],
    ['"cat x" timed out', '"cat x" timed out'],
    ['', 'no answer'],
    ['a\n  b', '"a b"'],
  ])('the answer %j is quoted as %s', (output, text) => {
    expect(quoted(output)).toBe(text);
  });
});

describe('how a pod is', () => {
  const healthy = verdict('healthy', testNowMs, '');
  const failing = verdict('failing', testNowMs, 'main of a-pod: bad');
  const silent: Pod = pod({ node: 'node-1' });
  for (const condition of silent.status?.conditions ?? []) condition.status = 'Unknown';
  const unschedulable = pod({});
  unschedulable.status?.conditions?.push({
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/3 nodes are available',
    lastTransitionTime: ago(4_000),
  });

  test.each<[string, Pod, readonly Verdict[], HealthState, string]>([
    ['ready', pod({ node: 'node-1', readySinceMs: testNowMs }), [healthy], 'healthy', ''],
    ['the worst container decides', pod({ node: 'node-1' }), [healthy, failing], 'failing', 'main of a-pod: bad'],
    ['done', pod({ node: 'node-1', phase: 'Succeeded' }), [healthy], 'healthy', ''],
    ['no node takes it', unschedulable, [], 'failing', 'a-pod: no node can take it: 0/3 nodes are available'],
    ['waits for the scheduler', pod({}), [], 'progressing', 'a-pod: waiting for a node'],
    ['its node is silent', silent, [healthy], 'unknown', 'a-pod: node-1 is silent'],
    ['being deleted', pod({ node: 'node-1', deleting: true }), [failing], 'progressing', 'a-pod: being deleted'],
  ])('%s', (_, subject, containers, state, why) => {
    expect(podVerdict(subject, containers)).toMatchObject({ state, why });
  });
});

describe('a pod that cannot be started', () => {
  const warning = (reason: string, message: string, lastTimestamp = ago(1_000)): CoreEvent => ({
    metadata: {},
    involvedObject: {},
    reason,
    message,
    firstTimestamp: ago(60_000),
    lastTimestamp,
  });
  const creating = pod({ node: 'node-1' });

  test('the newest Event that says why is the reason, since it was first said', () => {
    const events = [
      warning('FailedMount', 'old', ago(9_000)),
      warning('FailedMount', 'configmap "x" not found'),
      warning('Unhealthy', 'no'),
    ];
    expect(startFailure(creating, events)).toEqual({
      state: 'failing',
      since: new Date(testNowMs - 60_000).toISOString(),
      why: 'a-pod: FailedMount: configmap "x" not found',
    });
  });

  test('once a container was made, its own state is the reason', () => {
    const begun = pod({ node: 'node-1', restarts: 1 });
    expect(startFailure(begun, [warning('FailedMount', 'x')])).toBeUndefined();
    expect(startFailure(creating, [warning('Unhealthy', 'x')])).toBeUndefined();
  });
});

describe('how a workload is', () => {
  const ok = verdict('healthy', testNowMs - 60_000, '');
  const bad = verdict('failing', testNowMs - 42_000, 'readiness of b: no answer');
  const starting = verdict('progressing', testNowMs - 3_000, 'c: ContainerCreating');
  const facts = (over: Partial<WorkloadFacts>): WorkloadFacts => ({
    desired: 3,
    ready: 3,
    pods: [ok, ok, ok],
    createdMs: 0,
    ...over,
  });

  test.each<[string, Partial<WorkloadFacts>, HealthState, number, string]>([
    ['all are ready', {}, 'healthy', 60_000, ''],
    ['one of three fails: it serves with less', { ready: 2, pods: [ok, bad, ok] }, 'degraded', 42_000, bad.why],
    ['none is ready', { ready: 0, pods: [bad, bad, bad] }, 'failing', 42_000, bad.why],
    ['it starts', { ready: 2, pods: [ok, ok, starting] }, 'progressing', 3_000, starting.why],
    [
      'it rolls out',
      { rollout: 'rolling out revision 2: 1 of 3 updated' },
      'progressing',
      60_000,
      'rolling out revision 2: 1 of 3 updated',
    ],
    [
      'its rollout does not end',
      { stuck: { sinceMs: testNowMs - 9_000, why: 'ReplicaSet "x" has timed out progressing.' } },
      'degraded',
      9_000,
      'ReplicaSet "x" has timed out progressing.',
    ],
    [
      'scaled to nothing',
      { desired: 0, ready: 0, pods: [], createdMs: testNowMs - 5_000 },
      'healthy',
      5_000,
      'scaled to 0',
    ],
    [
      'its pods are not there yet',
      { ready: 0, pods: [], createdMs: testNowMs - 1_000 },
      'progressing',
      1_000,
      '0 of 3 ready',
    ],
  ])('%s', (_, over, state, sinceMs, why) => {
    expect(workloadVerdict(facts(over))).toEqual({ state, since: new Date(testNowMs - sinceMs).toISOString(), why });
  });
});

describe('how a node is', () => {
  const lease = (agoMs: number): Lease => ({ spec: { renewTime: kubeMicroTime(testNowMs - agoMs) } });
  const pressed = node({});
  pressed.status?.conditions?.push({ type: 'DiskPressure', status: 'True', message: 'nodefs has 4 % left' });

  test.each<[string, Parameters<typeof nodeVerdict>[0], Lease | undefined, HealthState, string]>([
    ['ready', node({}), lease(400), 'healthy', 'heartbeat 0.4 s ago'],
    ['cordoned', node({ spec: { unschedulable: true } }), lease(400), 'healthy', 'cordoned, heartbeat 0.4 s ago'],
    ['silent', node({ ready: 'Unknown' }), lease(61_000), 'unknown', 'silent: heartbeat 61 s ago'],
    ['not ready', node({ ready: 'False' }), lease(400), 'failing', 'not ready'],
    ['short of disk', pressed, lease(400), 'degraded', 'DiskPressure: nodefs has 4 % left'],
    ['new', node({ ready: 'never' }), undefined, 'progressing', 'it has not reported yet'],
  ])('%s', (_, subject, beat, state, why) => {
    expect(nodeVerdict(subject, beat, testNowMs)).toMatchObject({ state, why });
  });
});
