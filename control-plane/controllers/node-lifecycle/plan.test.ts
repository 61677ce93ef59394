import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../lib/clock.ts';
import type { Taint } from '../../../lib/kube/types.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import { profiles } from '../../../lib/profiles.ts';
import { node, pod, testNowMs } from '../../../test/support/kube-builders.ts';
import { disruptionOf, EvictionBrake } from './brake.ts';
import { Heartbeats } from './heartbeats.ts';
import { notReadyStatus } from './lost-pods.ts';
import { planNode, planTaints } from './plan.ts';
import { evictionTimeMs } from './taint-eviction-plan.ts';
import { TaintTimes } from './taint-times.ts';

const { vigil, kubernetes } = profiles;

describe('a node', () => {
  test.each([
    { profile: vigil, silentMs: 4_900, readiness: 'True', again: 100 },
    { profile: vigil, silentMs: 5_000, readiness: 'Unknown', again: undefined },
    { profile: kubernetes, silentMs: 49_000, readiness: 'True', again: 1_000 },
    { profile: kubernetes, silentMs: 50_000, readiness: 'Unknown', again: undefined },
  ])(
    'silent for $silentMs ms in the profile $profile.name is $readiness',
    ({ profile, silentMs, readiness, again }) => {
      const plan = planNode(node(), silentMs, profile, testNowMs);
      expect(plan.readiness).toBe(readiness);
      expect(plan.lookAgainAfterMs).toBe(again);
      expect(plan.conditions !== undefined).toBe(readiness === 'Unknown');
    },
  );

  test('that never reported is given longer', () => {
    expect(planNode(node({ ready: 'never' }), 19_000, vigil, testNowMs).conditions).toBeUndefined();
    expect(planNode(node({ ready: 'never' }), 20_000, vigil, testNowMs).conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'Unknown', reason: 'NodeStatusNeverUpdated' }),
    );
  });

  test('is not written again while it stays silent', () => {
    const first = planNode(node(), 6_000, vigil, testNowMs);
    const written = { ...node(), status: { conditions: [...(first.conditions ?? [])] } };
    expect(planNode(written, 60_000, vigil, testNowMs).conditions).toBeUndefined();
  });
});

describe('the taints of a node', () => {
  const timeAdded = kubeTime(testNowMs);
  const unreachable = 'node.kubernetes.io/unreachable';
  test.each([
    { name: 'none when ready', of: node(), readiness: 'True', mayEvict: true, expected: undefined },
    {
      name: 'two when silent',
      of: node(),
      readiness: 'Unknown',
      mayEvict: true,
      expected: [
        { key: unreachable, effect: 'NoSchedule', timeAdded },
        { key: unreachable, effect: 'NoExecute', timeAdded },
      ],
    },
    {
      name: 'no eviction while the brake is on',
      of: node(),
      readiness: 'Unknown',
      mayEvict: false,
      expected: [{ key: unreachable, effect: 'NoSchedule', timeAdded }],
    },
    {
      name: 'another when it says that it is not ready',
      of: node({ spec: { taints: [{ key: unreachable, effect: 'NoSchedule' }] } }),
      readiness: 'False',
      mayEvict: false,
      expected: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule', timeAdded }],
    },
    {
      name: 'those of people stay',
      of: node({
        spec: {
          taints: [
            { key: 'dedicated', effect: 'NoSchedule' },
            { key: unreachable, effect: 'NoExecute' },
          ],
        },
      }),
      readiness: 'True',
      mayEvict: false,
      expected: [{ key: 'dedicated', effect: 'NoSchedule' }],
    },
    {
      name: 'cordoned',
      of: node({ spec: { unschedulable: true } }),
      readiness: 'True',
      mayEvict: false,
      expected: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded }],
    },
  ] as const)('$name', ({ of, readiness, mayEvict, expected }) => {
    expect(planTaints(of, readiness, mayEvict, testNowMs)).toEqual(expected);
  });

  test('keep the time at which they were set', () => {
    const taints = [
      { key: unreachable, effect: 'NoSchedule', timeAdded: 'before' },
      { key: unreachable, effect: 'NoExecute', timeAdded: 'before' },
    ];
    expect(planTaints(node({ spec: { taints } }), 'Unknown', true, testNowMs)).toBeUndefined();
  });
});

describe('when a pod must leave a tainted node', () => {
  const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: kubeTime(testNowMs - 2_000) };
  const tolerating = (...tolerations: { tolerationSeconds?: number }[]) =>
    pod({
      spec: {
        tolerations: tolerations.map((more) => ({ key: taint.key, operator: 'Exists', effect: 'NoExecute', ...more })),
      },
    });
  test.each([
    { name: 'at once without a toleration', of: pod(), expected: testNowMs },
    { name: 'never with a toleration without limit', of: tolerating({}), expected: undefined },
    { name: 'when its time is over', of: tolerating({ tolerationSeconds: 5 }), expected: testNowMs + 3_000 },
    {
      name: 'at the shortest of several limits',
      of: tolerating({ tolerationSeconds: 300 }, { tolerationSeconds: 4 }),
      expected: testNowMs + 2_000,
    },
    {
      name: 'when its time is over since it came, if that was after the taint',
      of: pod({
        meta: { creationTimestamp: kubeTime(testNowMs) },
        spec: tolerating({ tolerationSeconds: 5 }).spec ?? {},
      }),
      expected: testNowMs + 5_000,
    },
  ])('$name', ({ of, expected }) => {
    const due = evictionTimeMs(of, [taint, { key: 'x', effect: 'NoSchedule' }], testNowMs);
    expect(due).toBe(expected);
  });
});

test('a taint without a time has that at which it was first seen, until it is gone', () => {
  const times = new TaintTimes();
  const mine = { key: 'mine', effect: 'NoExecute' };
  const timed = { key: 'theirs', effect: 'NoExecute', timeAdded: kubeTime(testNowMs - 60_000) };
  const at = (taints: readonly Taint[], nowMs: number) =>
    times.dated('node-1', taints, nowMs).map(({ timeAdded }) => Date.parse(timeAdded ?? ''));
  expect(at([mine, timed], testNowMs)).toEqual([testNowMs, testNowMs - 60_000]);
  expect(at([mine], testNowMs + 1_500)).toEqual([testNowMs]);
  expect(at([], testNowMs + 2_000)).toEqual([]);
  expect(at([mine], testNowMs + 2_500)).toEqual([testNowMs + 2_500]);
});

describe('the brake', () => {
  test.each([
    { down: 0, all: 3, expected: 'normal' },
    { down: 1, all: 1, expected: 'full' },
    { down: 2, all: 3, expected: 'normal' },
    { down: 3, all: 5, expected: 'partial' },
    { down: 3, all: 6, expected: 'normal' },
    { down: 5, all: 5, expected: 'full' },
  ])('$down of $all nodes down is $expected', ({ down, all, expected }) => {
    expect(disruptionOf(down, all, vigil)).toBe(expected);
  });

  test('lets nodes go at once, one in ten seconds, or not at all', () => {
    const brake = new EvictionBrake(vigil);
    expect([brake.admit('normal', 1000), brake.admit('normal', 1000)]).toEqual([0, 0]);
    expect([brake.admit('partial', 1000), brake.admit('partial', 4000)]).toEqual([0, 7000]);
    expect(brake.admit('full', 100_000)).toBeUndefined();
  });
});

describe('heartbeats', () => {
  const lease = (renewTime: string) => ({ metadata: { name: 'node-1' }, spec: { renewTime } });

  test('only a changed lease is a sign of life, whatever the agent’s clock says', async () => {
    const clock = new FakeClock();
    const beats = new Heartbeats(clock);
    beats.sawLease(lease('2001-01-01T00:00:00Z'));
    await clock.advance(3_000);
    beats.sawLease(lease('2001-01-01T00:00:00Z'));
    expect(beats.ageMs('node-1')).toBe(3_000);
    beats.sawLease(lease('2001-01-01T00:00:01Z'));
    expect(beats.ageMs('node-1')).toBe(0);
  });

  test('what the control plane itself writes is no sign of life', async () => {
    const clock = new FakeClock();
    const beats = new Heartbeats(clock);
    beats.sawNode(node());
    await clock.advance(6_000);
    beats.sawNode(node({ ready: 'Unknown' }));
    expect(beats.ageMs('node-1')).toBe(6_000);
  });

  test('the standstill of this process is not held against nodes', async () => {
    const clock = new FakeClock();
    const beats = new Heartbeats(clock);
    beats.sawNode(node());
    await clock.advance(60_000);
    beats.forgive(59_000);
    expect(beats.ageMs('node-1')).toBe(1_000);
  });
});

describe('a pod on a node that is down', () => {
  const running = pod({ node: 'node-1', readySinceMs: testNowMs - 5_000 });

  test('is not ready any more, and says NodeLost when nobody hears of the node', () => {
    expect(notReadyStatus(running, 'node-1', true, testNowMs)).toMatchObject({
      reason: 'NodeLost',
      conditions: [{ type: 'Ready', status: 'False' }],
    });
    expect(notReadyStatus(running, 'node-1', false, testNowMs)).not.toHaveProperty('reason');
  });

  test('is not written twice', () => {
    const status = notReadyStatus(running, 'node-1', true, testNowMs);
    expect(notReadyStatus({ ...running, ...(status ? { status } : {}) }, 'node-1', true, testNowMs)).toBeUndefined();
  });
});
