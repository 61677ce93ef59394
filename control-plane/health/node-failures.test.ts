import { describe, expect, test } from 'vitest';
import { pod, testNowMs } from '../../test/support/kube-builders.ts';
import { termination } from '../../test/support/signal-builders.ts';
import { kubeTime } from '../../lib/kube/time.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { failureOf, failuresInStatus, type Failure } from './failures.ts';
import { NodeFailureMemory } from './node-failures.ts';

const windowMs = 600_000;
const key = 'default/Deployment/hello';
const owner = { namespace: 'default', kind: 'Deployment', name: 'hello' };

function crashed(
  restarts: number,
  startedAgoMs: number,
  over: { readonly exitCode?: number; readonly waiting?: boolean } = {},
): Pod {
  const found = pod({ node: 'node-2', restarts, meta: { creationTimestamp: kubeTime(testNowMs - startedAgoMs) } });
  const end = { exitCode: over.exitCode ?? 1, reason: 'Error', finishedAt: kubeTime(testNowMs - 1_000) };
  const [status] = found.status?.containerStatuses ?? [];
  if (status && over.waiting) status.state = { terminated: end };
  else if (status) status.lastState = { terminated: end };
  return found;
}

function memoryAt(timeMs: number): { readonly memory: NodeFailureMemory; readonly time: { nowMs: number } } {
  const time = { nowMs: timeMs };
  return { memory: new NodeFailureMemory({ windowMs, now: () => time.nowMs }), time };
}

describe('what counts as a failure', () => {
  test.each<[string, number, string | undefined]>([
    ['Error', 1, 'crashed (exit code 1)'],
    ['OOMKilled', 137, 'ran out of memory'],
    ['LivenessProbeFailed', 143, 'liveness probe failed'],
    ['StartupProbeFailed', 143, 'startup probe failed'],
    ['ContainerCannotRun', 127, 'could not be started'],
    ['Completed', 0, undefined],
    ['Deleted', 143, undefined],
    ['NodeLost', 255, undefined],
  ])('an end with %s', (reason, exitCode, words) => {
    expect(failureOf(termination({ reason, exitCode }))?.reason).toBe(words);
  });

  test('a look into a pod that ended badly is none of the workload', () => {
    expect(failureOf(termination({ container: 'debugger', exitCode: 130, isEphemeral: true }))).toBeUndefined();
  });

  test('a pod that restarted within the window counts with all of its restarts', () => {
    const found = failuresInStatus(crashed(4, 120_000), testNowMs - windowMs);
    expect(found).toHaveLength(4);
    expect(found.every((failure) => failure.timeMs > testNowMs - 120_000 && failure.node === 'node-2')).toBe(true);
  });

  test('of an old pod only the last restart is known to be recent', () => {
    expect(failuresInStatus(crashed(40, 7_200_000), testNowMs - windowMs)).toHaveLength(1);
  });

  test('clean exits and pods being deleted do not count', () => {
    expect(failuresInStatus(crashed(4, 120_000, { exitCode: 0 }), testNowMs - windowMs)).toEqual([]);
    const leaving = crashed(4, 120_000);
    if (leaving.metadata) leaving.metadata.deletionTimestamp = kubeTime(testNowMs);
    expect(failuresInStatus(leaving, testNowMs - windowMs)).toEqual([]);
  });

  test('the agent and the status mean the same run, before and after the restart', () => {
    const ids = (subject: Pod) => failuresInStatus(subject, testNowMs - windowMs).map((failure) => failure.id);
    const fromAgent = failureOf(termination({ restartCount: 2 }))?.id;
    expect(ids(crashed(2, 120_000, { waiting: true }))).toContain(fromAgent);
    expect(ids(crashed(3, 120_000))[0]).toBe(fromAgent);
  });
});

describe('the memory of failures', () => {
  const failure = (over: Partial<Failure> = {}): Failure => ({
    id: 'uid/main/0',
    podUid: 'uid',
    node: 'node-2',
    timeMs: testNowMs,
    reason: 'crashed (exit code 1)',
    ...over,
  });

  test('counts each run once, by node', () => {
    const { memory: subject } = memoryAt(testNowMs);
    expect(subject.add(key, failure(), true)).toBe(true);
    expect(subject.add(key, failure(), false)).toBe(false);
    subject.add(key, failure({ id: 'uid/main/1', reason: 'ran out of memory', timeMs: testNowMs + 1 }), true);
    subject.add(key, failure({ id: 'other/main/0', node: 'node-1' }), true);
    expect(subject.failuresOf(owner, 'node-2')).toEqual({
      count: 2,
      sinceMs: testNowMs,
      lastReason: 'ran out of memory',
    });
    expect(subject.failuresOf(owner, 'node-1')?.count).toBe(1);
    expect(subject.failuresOf(owner, 'node-3')).toBeUndefined();
    expect(subject.failuresOf({ ...owner, name: 'other' }, 'node-2')).toBeUndefined();
  });

  test('the agent knows better than the status', () => {
    const { memory: subject } = memoryAt(testNowMs);
    subject.add(key, failure(), false);
    subject.add(key, failure({ reason: 'liveness probe failed' }), true);
    expect(subject.failuresOf(owner, 'node-2')).toMatchObject({ count: 1, lastReason: 'liveness probe failed' });
  });

  test('forgets what is older than the window', () => {
    const state = memoryAt(testNowMs);
    state.memory.add(key, failure(), true);
    state.time.nowMs += windowMs;
    expect(state.memory.failuresOf(owner, 'node-2')?.count).toBe(1);
    state.time.nowMs += 1;
    expect(state.memory.failuresOf(owner, 'node-2')).toBeUndefined();
    expect(state.memory.add(key, failure(), true)).toBe(false);
  });
});
