import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './clock.ts';
import { DueHeap } from './due-heap.ts';
import { WorkQueue } from './work-queue.ts';

function newQueue() {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock, baseDelayMs: 10, maxDelayMs: 80 }) };
}

describe('WorkQueue', () => {
  it('hands keys out in the order in which they came, each once', async () => {
    const { queue } = newQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
  });

  it('does not hand a key out twice at a time, but again when it was added meanwhile', async () => {
    const { queue } = newQueue();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(queue.length).toBe(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.length).toBe(0);
  });

  it('gives a key to who already waits for one', async () => {
    const { queue } = newQueue();
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
    queue.add('a');
    expect(queue.length).toBe(0);
  });

  it('adds a key later, at the earliest time asked for', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 200);
    await clock.advance(49);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(queue.length).toBe(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    await clock.advance(1_000);
    expect(queue.length).toBe(0);
    expect(clock.pendingCount).toBe(0);
  });

  it('waits twice as long after each failure, up to a bound, and from the start after a success', () => {
    const { queue } = newQueue();
    expect([1, 2, 3, 4, 5].map(() => queue.addRateLimited('a'))).toEqual([10, 20, 40, 80, 80]);
    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(10);
  });

  it('lets go of who waits when it is shut down, and takes nothing more in', async () => {
    const { clock, queue } = newQueue();
    const taken = queue.take();
    queue.addAfter('later', 10);
    queue.shutDown();
    queue.add('a');
    await clock.advance(100);
    expect(await taken).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  it('rejects with the reason when the taker gives up, and keeps the key for the next', async () => {
    const { queue } = newQueue();
    const controller = new AbortController();
    const taken = queue.take(controller.signal);
    controller.abort(new Error('enough'));
    await expect(taken).rejects.toThrow('enough');
    queue.add('a');
    expect(await queue.take()).toBe('a');
  });
});

describe('DueHeap', () => {
  it('gives items in the order of their times, whatever the order they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 })), (times) => {
        const heap = new DueHeap<number>();
        times.forEach((dueMs, index) => heap.push(dueMs, index));
        const out: number[] = [];
        for (let due = heap.popDue(100); due; due = heap.popDue(100)) out.push(due.item);
        const expected = times.map((_, index) => index).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
        expect(out).toEqual(expected);
        expect(heap.size).toBe(0);
      }),
    );
  });

  it('keeps what is not due', () => {
    const heap = new DueHeap<string>();
    heap.push(10, 'a');
    expect(heap.popDue(9)).toBeUndefined();
    expect(heap.nextDueMs).toBe(10);
  });
});
