import { describe, expect, it } from 'vitest';
import { FakeClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { Controller, type Reconcile } from './controller.ts';

const never = new AbortController().signal;

function setUp(reconcile: Reconcile, more: { workers?: number; waitFor?: { whenSynced(): Promise<void> }[] } = {}) {
  const clock = new FakeClock();
  const controller = new Controller({ name: 'test', clock, log: silentLog, reconcile, ...more });
  return { clock, controller };
}

describe('Controller', () => {
  it('works nothing before its caches are filled', async () => {
    const worked: string[] = [];
    const synced = Promise.withResolvers<undefined>();
    const { clock, controller } = setUp(
      async (key) => {
        worked.push(key);
      },
      { waitFor: [{ whenSynced: () => synced.promise }] },
    );
    controller.enqueue('a');
    await controller.start(never);
    await clock.advance(10);
    expect(worked).toEqual([]);
    synced.resolve(undefined);
    await clock.advance(10);
    expect(worked).toEqual(['a']);
    await controller.stop();
  });

  it('tries again with growing delays until it succeeds', async () => {
    const times: number[] = [];
    const { clock, controller } = setUp(async () => {
      times.push(clock.monotonicMs());
      if (times.length < 4) throw new Error('not yet');
    });
    await controller.start(never);
    controller.enqueue('a');
    await clock.advance(1_000);
    expect(times).toEqual([0, 5, 15, 35]);
    await controller.stop();
  });

  it('sees a key again when reconcile asked for it', async () => {
    let count = 0;
    const { clock, controller } = setUp(async () => {
      count++;
      return count === 1 ? { requeueAfterMs: 500 } : undefined;
    });
    await controller.start(never);
    controller.enqueue('a');
    await clock.advance(499);
    expect(count).toBe(1);
    await clock.advance(1);
    expect(count).toBe(2);
    await controller.stop();
  });

  it('works as many keys at a time as it has workers, and no key twice', async () => {
    const running = new Set<string>();
    let most = 0;
    const { clock, controller } = setUp(
      async (key) => {
        expect(running.has(key)).toBe(false);
        running.add(key);
        most = Math.max(most, running.size);
        await clock.sleep(10);
        running.delete(key);
      },
      { workers: 2 },
    );
    await controller.start(never);
    for (const key of ['a', 'b', 'c']) controller.enqueue(key);
    await clock.advance(5);
    controller.enqueue('a');
    await clock.advance(100);
    expect(most).toBe(2);
    await controller.stop();
  });

  /** How many keys a controller works that enqueues its only key again each time, before anything else has its turn. */
  async function keysPerTurn(clock: FakeClock): Promise<number> {
    // A loop that lets nobody else run would else hang the test instead of failing it.
    const enough = 10_000;
    let worked = 0;
    const controller = new Controller({
      name: 'test',
      clock,
      log: silentLog,
      reconcile: async (key) => {
        if (++worked < enough) controller.enqueue(key);
      },
    });
    controller.enqueue('a');
    await controller.start(never);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const byThen = worked;
    await controller.stop();
    return byThen;
  }

  it('gives everybody else a turn, also with a key that always enqueues itself again', async () => {
    expect(await keysPerTurn(new FakeClock())).toBe(256);
  });

  it('gives everybody else a turn sooner when its keys take long', async () => {
    let nowMs = 0;
    const busy = new FakeClock();
    busy.monotonicMs = () => (nowMs += 3);
    expect(await keysPerTurn(busy)).toBe(4);
  });

  it('tells reconcile to give up when it is stopped', async () => {
    const { clock, controller } = setUp((_key, signal) => clock.sleep(60_000, signal));
    await controller.start(never);
    controller.enqueue('a');
    await clock.advance(1);
    await controller.stop();
    expect(clock.pendingCount).toBe(0);
  });
});
