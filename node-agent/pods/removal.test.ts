import { expect, test } from 'vitest';
import { agentNowMs as now, run, sandbox } from '../../test/support/agent-builders.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { planRemoval, type RemovalInput } from './removal.ts';

const dead = (restartCount: number, endedAgoMs = 1_000) =>
  run('main', { state: 'exited', restartCount, finishedAtMs: now - endedAgoMs });

function removed(
  containers: readonly EngineContainer[],
  isWanted: boolean,
  shipped: readonly string[] = [],
  over: Partial<RemovalInput> = {},
) {
  const removal = planRemoval({
    containers,
    isWanted,
    isShipped: (id) => shipped.includes(id),
    isHeld: () => false,
    bounds: { heldAfterMs: 30_000, removedAfterMs: 600_000, minFreeShare: 0.1 },
    freeShare: 0.5,
    nowMs: now,
    ...over,
  });
  return { ids: removal.remove.map(({ id }) => id), isWaiting: removal.isWaiting };
}

test('of a pod that lives the last dead run stays, for its log', () => {
  const all = [sandbox(), run('main', { restartCount: 3 }), dead(2), dead(1), dead(0)];
  expect(removed(all, true, ['main-0', 'main-1', 'main-2'])).toEqual({ ids: ['main-1', 'main-0'], isWaiting: false });
});

test('nothing goes before it is shipped, or the shipper had its time', () => {
  expect(removed([dead(1), dead(0)], true)).toEqual({ ids: [], isWaiting: true });
  expect(removed([dead(1), dead(0, 599_999)], true)).toEqual({ ids: [], isWaiting: true });
  expect(removed([dead(1), dead(0, 600_000)], true)).toEqual({ ids: ['main-0'], isWaiting: false });
});

test('after a while it is enough that the files are held', () => {
  const isHeld = (id: string) => id === 'main-0';
  expect(removed([dead(1), dead(0, 29_999)], true, [], { isHeld })).toEqual({ ids: [], isWaiting: true });
  expect(removed([dead(1), dead(0, 30_000)], true, [], { isHeld })).toEqual({ ids: ['main-0'], isWaiting: false });
});

test('nothing waits when the disk is nearly full', () => {
  expect(removed([dead(1), dead(0)], true, [], { freeShare: 0.1 })).toEqual({ ids: [], isWaiting: true });
  expect(removed([dead(1), dead(0)], true, [], { freeShare: 0.09 })).toEqual({ ids: ['main-0'], isWaiting: false });
});

test('of a pod that is gone everything goes, sandboxes and what never ran at once', () => {
  const all = [sandbox('exited'), dead(1), run('other', { state: 'created' })];
  expect(removed(all, false)).toEqual({ ids: ['sandbox-0', 'other-0'], isWaiting: true });
  expect(removed(all, false, ['main-1'])).toEqual({ ids: ['main-1', 'sandbox-0', 'other-0'], isWaiting: false });
});

test('an older sandbox goes when there is a newer one', () => {
  expect(removed([sandbox('running', 1), sandbox('exited', 0)], true)).toEqual({
    ids: ['sandbox-0'],
    isWaiting: false,
  });
  expect(removed([sandbox('exited', 0)], true)).toEqual({ ids: [], isWaiting: false });
});
