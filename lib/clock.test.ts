import { describe, expect, it } from 'vitest';
import { FakeClock, SystemClock, type Clock } from './clock.ts';

/** Both clocks keep the same promises; the fake is moved by the test, the real one moves by itself. */
const clocks: readonly (readonly [string, () => { clock: Clock; pass: (byMs: number) => Promise<void> }])[] = [
  [
    'the fake clock',
    () => {
      const clock = new FakeClock();
      return { clock, pass: (byMs) => clock.advance(byMs) };
    },
  ],
  [
    'the machine’s clock',
    () => {
      const clock = new SystemClock();
      // Timers may fire a little early or late.
      return { clock, pass: (byMs) => clock.sleep(byMs + 10) };
    },
  ],
];

describe.each(clocks)('%s', (_name, make) => {
  it('calls back once, after the delay', async () => {
    const { clock, pass } = make();
    let calls = 0;
    clock.after(20, () => calls++);
    expect(calls).toBe(0);
    await pass(20);
    expect(calls).toBe(1);
    await pass(40);
    expect(calls).toBe(1);
  });

  it('does not call back what was cancelled, however often', async () => {
    const { clock, pass } = make();
    let calls = 0;
    const cancel = clock.after(5, () => calls++);
    cancel();
    cancel();
    await pass(20);
    expect(calls).toBe(0);
  });

  it('wakes a sleeper, and one that is called away with the reason', async () => {
    const { clock, pass } = make();
    const slept = clock.sleep(5);
    await pass(5);
    await slept;
    const controller = new AbortController();
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough');
  });

  it('never goes back', async () => {
    const { clock, pass } = make();
    const before = clock.monotonicMs();
    await pass(5);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before + 5);
  });
});

describe('FakeClock', () => {
  it('runs what falls due in order, also what is set meanwhile', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    clock.after(20, () => order.push(`b@${clock.monotonicMs()}`));
    clock.after(10, () => {
      order.push(`a@${clock.monotonicMs()}`);
      clock.after(5, () => order.push(`c@${clock.monotonicMs()}`));
    });
    await clock.advance(30);
    expect(order).toEqual(['a@10', 'c@15', 'b@20']);
    expect(clock.pendingCount).toBe(0);
  });

  it('steps the wall clock without letting time pass', () => {
    const clock = new FakeClock(1_000);
    clock.step(-500);
    expect([clock.now(), clock.monotonicMs()]).toEqual([500, 0]);
  });
});
