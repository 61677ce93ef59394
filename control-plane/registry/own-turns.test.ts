import { expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { OwnTurns } from './own-turns.ts';

/** Time that passes by working. */
class WorkedClock extends FakeClock {
  ms = 0;
  override monotonicMs(): number {
    return this.ms;
  }
}

test('requests go on in their order, some in each turn of the event loop, and others have their turns between', async () => {
  const clock = new WorkedClock();
  const turns = new OwnTurns(clock);
  const seen: string[] = [];
  const others = () => {
    seen.push('others');
    if (seen.filter((one) => one !== 'others').length < 8) setImmediate(others);
  };
  setImmediate(others);
  const request = async (name: string, tookMs: number) => {
    const turn = turns.enter();
    if (turn) await turn;
    seen.push(name);
    clock.ms += tookMs;
  };
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  await Promise.all(names.map((name) => request(name, name === 'f' ? 50 : 4)));
  const groups = seen.join(' ').split('others');
  expect(groups.map((group) => group.trim()).filter(Boolean)).toEqual(['a b c', 'd e f', 'g h']);
});

test('what comes while nobody waits goes on without waiting, also in a later turn', async () => {
  const clock = new WorkedClock();
  const turns = new OwnTurns(clock);
  expect(turns.enter()).toBeUndefined();
  clock.ms += 9;
  expect(turns.enter()).toBeUndefined();
  clock.ms += 1;
  const waiting = turns.enter();
  expect(waiting).toBeInstanceOf(Promise);
  // Its turn is not over for who comes behind one that waits, whatever the clock says.
  expect(turns.enter()).toBeInstanceOf(Promise);
  await waiting;
  clock.ms += 1_000;
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns.enter()).toBeUndefined();
});
