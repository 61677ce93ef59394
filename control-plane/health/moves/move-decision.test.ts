import { describe, expect, test } from 'vitest';
import type { Failure } from '../failures.ts';
import { decideMove, type MoveFacts, type Replica } from './move-decision.ts';

const nowMs = 1_700_000_000_000;
const policy = { failuresBeforeMove: 3, windowMs: 600_000 };
let run = 0;

function failure(overrides: Partial<Failure> = {}): Failure {
  run++;
  return {
    id: `uid-1/hello/${run}`,
    podUid: 'uid-1',
    node: 'node-2',
    timeMs: nowMs - 120_000 + run,
    reason: 'crashed (exit code 1)',
    ...overrides,
  };
}
const crashes = (count: number, overrides: Partial<Failure> = {}) =>
  Array.from({ length: count }, () => failure(overrides));
const replica = (overrides: Partial<Replica> = {}): Replica => ({
  node: 'node-1',
  readySinceMs: nowMs - 60_000,
  isSameRevision: true,
  ...overrides,
});

function facts(overrides: Partial<MoveFacts> = {}): MoveFacts {
  return {
    podUid: 'uid-1',
    node: 'node-2',
    isReady: false,
    isReplaceable: true,
    desired: 3,
    others: [replica(), replica({ node: 'node-3' })],
    failures: crashes(3),
    usableNodes: ['node-1', 'node-2', 'node-3'],
    movesMs: [],
    nowMs,
    ...overrides,
  };
}

describe('moving a pod that keeps failing', () => {
  test('three crashes on one node while replicas do well elsewhere move it, and the reason says so', () => {
    const decided = decideMove(facts(), policy);
    expect(decided).toMatchObject({
      decision: 'Replace',
      reason: 'moved off node-2: 3 crashes there in 2 m, 2 of 3 replicas healthy elsewhere',
      evidence: { failuresOfPod: 3, failuresByNode: { 'node-2': 3 }, healthyElsewhere: 2 },
    });
  });

  test.each<[string, Partial<MoveFacts>, Partial<typeof policy>]>([
    ['below the threshold', { failures: crashes(2) }, {}],
    ['failures of another pod of the workload', { failures: crashes(3, { podUid: 'uid-9' }) }, {}],
    ['failures of the pod elsewhere', { failures: crashes(3, { node: 'node-1' }) }, {}],
    ['a pod that nobody would replace', { isReplaceable: false }, {}],
    ['a pod that has recovered where it is', { isReady: true, failures: crashes(3, { timeMs: nowMs - 40_000 }) }, {}],
    ['a profile that never moves', {}, { failuresBeforeMove: 0 }],
  ])('%s: nothing is decided', (_, changed, changedPolicy) => {
    expect(decideMove(facts(changed), { ...policy, ...changedPolicy })).toEqual({ decision: 'None' });
  });

  test.each<[string, Partial<MoveFacts>, string]>([
    [
      'it fails on every node',
      {
        others: [replica({ readySinceMs: undefined }), replica({ node: 'node-3', readySinceMs: undefined })],
        failures: [...crashes(3), ...crashes(3, { node: 'node-1', podUid: 'uid-2' })],
      },
      "the same failure on every node: not the node's fault",
    ],
    [
      'the replicas that are ready at the moment crash as often',
      {
        failures: [
          ...crashes(3),
          ...crashes(3, { node: 'node-1', podUid: 'uid-2' }),
          ...crashes(4, { node: 'node-3', podUid: 'uid-3' }),
        ],
      },
      "the same failure on every node: not the node's fault",
    ],
    [
      'only the former revision is healthy elsewhere',
      { others: [replica({ isSameRevision: false })] },
      "no replica is healthy elsewhere: not known to be the node's fault",
    ],
    [
      'it is the only replica',
      { others: [], desired: 1 },
      "no replica is healthy elsewhere: not known to be the node's fault",
    ],
    [
      'the healthy replicas run on the same node',
      { others: [replica({ node: 'node-2' })] },
      "no replica is healthy elsewhere: not known to be the node's fault",
    ],
    ['there is nowhere to go', { usableNodes: ['node-2'] }, 'there is no other node that takes pods'],
    [
      'moving did not help before',
      { movesMs: [1, 2, 3, 4, 5].map((n) => nowMs - n * 70_000) },
      'moved 5 times in 10 m already, and it did not help',
    ],
  ])('%s: it stays, and the reason is said', (_, changed, reason) => {
    expect(decideMove(facts(changed), policy)).toMatchObject({ decision: 'NotMoved', reason });
  });

  test('one bad node of three does not keep a pod from moving off another bad one', () => {
    const failures = [...crashes(3), ...crashes(3, { node: 'node-1', podUid: 'uid-2' })];
    expect(decideMove(facts({ failures }), policy)).toMatchObject({
      decision: 'Replace',
      evidence: { healthyElsewhere: 1 },
    });
  });

  test('replicas that have only just become ready prove nothing yet: it is decided when they have lasted', () => {
    const young = [replica({ readySinceMs: nowMs - 2_000 }), replica({ node: 'node-3', readySinceMs: nowMs - 4_000 })];
    expect(decideMove(facts({ others: young }), policy)).toEqual({ decision: 'Later', delayMs: 6_000 });
    const oneLasted = [...young, replica({ readySinceMs: nowMs - 10_000 })];
    expect(decideMove(facts({ others: oneLasted }), policy)).toMatchObject({
      decision: 'Replace',
      evidence: { healthyElsewhere: 1 },
    });
  });

  test('a workload is moved once a minute at most', () => {
    expect(decideMove(facts({ movesMs: [nowMs - 20_000] }), policy)).toEqual({ decision: 'Later', delayMs: 40_000 });
    expect(decideMove(facts({ movesMs: [nowMs - 60_000] }), policy)).toMatchObject({ decision: 'Replace' });
  });
});
