import { describe, expect, test } from 'vitest';
import { pod, replicaSet, testNowMs } from '../../../test/support/kube-builders.ts';
import { probe, termination } from '../../../test/support/signal-builders.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { DecisionRecord } from '../../../lib/signals/records.ts';
import { timelineEntries, type TimelineSources } from './timeline.ts';

const nothing: TimelineSources = { replicaSets: [], pods: [], probes: [], terminations: [], decisions: [] };
const iso = (agoMs: number) => new Date(testNowMs - agoMs).toISOString();
const revision = (n: number, image: string, agoMs: number, cause?: string) =>
  replicaSet({
    name: `hello-${n}`,
    image,
    meta: { creationTimestamp: kubeTime(testNowMs - agoMs) },
    annotations: {
      'deployment.kubernetes.io/revision': String(n),
      ...(cause ? { 'kubernetes.io/change-cause': cause } : {}),
    },
  });
const decision = (over: Partial<DecisionRecord>): DecisionRecord => ({
  type: 'decision',
  time: iso(0),
  decision: 'Replace',
  component: 'health',
  object: { kind: 'Pod', namespace: 'default', name: 'a-pod' },
  reason: 'moved off node-2: 3 crashes there in 2 m',
  evidence: {},
  ...over,
});
const lines = (sources: Partial<TimelineSources>, sinceMs = 0) =>
  timelineEntries({ ...nothing, ...sources }, sinceMs).map(({ kind, title, detail, level }) =>
    [kind, title, detail, level].join(' | '),
  );

describe('what happened to a workload', () => {
  test('rollouts say what changed against the revision before', () => {
    const replicaSets = [revision(2, 'demo:3', 1_000, 'kubectl set image'), revision(1, 'demo:2', 9_000)];
    expect(lines({ replicaSets })).toEqual([
      'rollout | revision 1  image demo:2 |  | info',
      'rollout | revision 2  image demo:2 → demo:3 | kubectl set image | info',
    ]);
  });

  test('probes count up to their threshold and say what they did', () => {
    const probes = [
      probe({ run: 1, time: iso(4_000) }),
      probe({ run: 3, time: iso(3_000), action: 'became-not-ready' }),
      probe({ outcome: 'success', run: 1, time: iso(2_000), action: 'became-ready' }),
      probe({ probe: 'liveness', outcome: 'success', run: 1, time: iso(1_000) }),
      probe({ outcome: 'unknown', run: 1, output: 'no route' }),
    ];
    expect(lines({ probes })).toEqual([
      'probe | readiness failing 1 of 3 | 503 "db: connection refused" | warn',
      'probe | readiness failing 3 of 3: not ready | 503 "db: connection refused" | error',
      'probe | readiness ready |  | info',
      'probe | liveness answers again |  | info',
      'probe | readiness could not be run | "no route" | warn',
    ]);
  });

  test('ends carry the last line', () => {
    expect(lines({ terminations: [termination()] })).toEqual([
      'restart | main of a-pod ended: Error, exit code 1 | FATAL no database | error',
    ]);
  });

  test('decisions and alerts are told in words, without saying them twice', () => {
    const decisions = [
      decision({}),
      decision({ decision: 'NotMoved', reason: "not moved: the same failure on every node: not the node's fault" }),
      decision({
        decision: 'AlertFired',
        component: 'alerts',
        reason: 'CrashLoop firing (critical): main keeps crashing',
      }),
    ];
    expect(lines({ decisions })).toEqual([
      'decision | replace | moved off node-2: 3 crashes there in 2 m | warn',
      "decision | not moved | the same failure on every node: not the node's fault | info",
      'alert | alert fired | CrashLoop firing (critical): main keeps crashing | warn',
    ]);
  });

  test('pods say where they went', () => {
    const placed = pod({ node: 'node-1' });
    placed.status?.conditions?.push({ type: 'PodScheduled', status: 'True', lastTransitionTime: kubeTime(testNowMs) });
    const waiting = pod({ name: 'b' });
    waiting.status?.conditions?.push({
      type: 'PodScheduled',
      status: 'False',
      message: '0/3 nodes are available',
      lastTransitionTime: kubeTime(testNowMs),
    });
    expect(lines({ pods: [placed, waiting] })).toEqual([
      'pod | a-pod scheduled to node-1 |  | info',
      'pod | b waits for a node | 0/3 nodes are available | warn',
    ]);
  });

  test('a placement that was recorded is told once, with what was avoided', () => {
    const placed = pod({ node: 'node-1' });
    placed.status?.conditions?.push({ type: 'PodScheduled', status: 'True', lastTransitionTime: kubeTime(testNowMs) });
    const reason = 'Successfully assigned default/a-pod to node-1 (node-3 avoided: 4 failures of hello there in 10 m)';
    const decisions = [decision({ decision: 'AvoidNode', component: 'scheduler', node: 'node-1', reason })];
    expect(lines({ pods: [placed], decisions })).toEqual([
      'pod | a-pod scheduled to node-1 | node-3 avoided: 4 failures of hello there in 10 m | info',
    ]);
  });

  test('everything is in order of time, from the moment asked for', () => {
    const sources = {
      probes: [probe({ run: 1, time: iso(2_000) })],
      terminations: [termination({ time: iso(3_000) }), termination({ time: iso(60_000) })],
      decisions: [decision({ time: iso(1_000) })],
    };
    const kinds = timelineEntries({ ...nothing, ...sources }, testNowMs - 10_000).map((entry) => entry.kind);
    expect(kinds).toEqual(['restart', 'probe', 'decision']);
  });

  test('of very many the newest are kept', () => {
    const probes = Array.from({ length: 1_500 }, (_, at) =>
      probe({ run: 1, time: iso(1_500 - at), output: String(at) }),
    );
    const found = timelineEntries({ ...nothing, probes }, 0);
    expect(found).toHaveLength(1_000);
    expect(found.at(-1)?.detail).toBe('"1499"');
  });
});
