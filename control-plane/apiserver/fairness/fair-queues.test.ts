import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueues, type FairQueue } from './fair-queues.ts';

interface Item {
  readonly flow: number;
  readonly seats: number;
}

interface Running {
  readonly item: Item;
  readonly queue: FairQueue<Item>;
  readonly endsMs: number;
}

/** Serves flows that always have something waiting, `seatCount` seats at a time; answers with the seat-time that each has had. */
function serve(flows: readonly { seats: number; tookMs: number }[], seatCount: number, turns: number): number[] {
  const queues = new FairQueues<Item>();
  const served = flows.map(() => 0);
  const add = (flow: number) => {
    const { seats } = flows[flow] as { seats: number };
    queues.enqueue(queues.leastBurdened([flow]), { flow, seats });
  };
  for (const flow of flows.keys()) for (let count = 0; count < 2; count++) add(flow);
  let running: Running[] = [];
  let nowMs = 0;
  for (let turn = 0; turn < turns;) {
    const next = queues.next();
    const used = running.reduce((sum, { item }) => sum + item.seats, 0);
    if (next && (used === 0 || used + next.item.seats <= seatCount)) {
      const { queue, item } = next;
      const { seats, tookMs } = flows[item.flow] as { seats: number; tookMs: number };
      queues.remove(queue, item);
      queues.begin(queue, item.seats);
      running.push({ item, queue, endsMs: nowMs + tookMs });
      served[item.flow] = (served[item.flow] ?? 0) + seats * tookMs;
      add(item.flow);
      turn++;
      continue;
    }
    nowMs = Math.min(...running.map(({ endsMs }) => endsMs));
    for (const { item, queue } of running.filter(({ endsMs }) => endsMs <= nowMs))
      queues.end(queue, item.seats, (flows[item.flow] as { tookMs: number }).tookMs);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
  }
  return served;
}

describe('queues that always have something waiting', () => {
  test('are served equally often when their requests are alike', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (count, seatCount, tookMs) => {
          const flows = Array.from({ length: count }, () => ({ seats: 1, tookMs }));
          const served = serve(flows, seatCount, 600).map((ms) => ms / tookMs);
          // One request, and what one of them may have begun before it was known how long its requests take.
          expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(1 + seatCount);
        },
      ),
    );
  });

  test('have the same seats times time, whatever their requests take', () => {
    const flow = fc.record({ seats: fc.integer({ min: 1, max: 5 }), tookMs: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(
        fc.array(flow, { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 5, max: 15 }),
        (flows, seatCount) => {
          const served = serve(flows, seatCount, 3000);
          const greatest = Math.max(...flows.map(({ seats, tookMs }) => seats * tookMs));
          const longest = Math.max(...flows.map(({ tookMs }) => tookMs));
          const bound = 2 * greatest + 2 * seatCount * Math.max(longest, 3);
          expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(bound);
        },
      ),
    );
  });
});

describe('a queue', () => {
  test('that was idle has no claim on the past', () => {
    const queues = new FairQueues<Item>();
    const [busy, idle] = [queues.leastBurdened([0]), queues.leastBurdened([1])];
    for (let count = 0; count < 100; count++) {
      queues.begin(busy, 1);
      queues.end(busy, 1, 10);
    }
    for (let count = 0; count < 10; count++) {
      queues.enqueue(idle, { flow: 1, seats: 1 });
      queues.enqueue(busy, { flow: 0, seats: 1 });
    }
    const order: number[] = [];
    for (let next = queues.next(); next; next = queues.next()) {
      queues.remove(next.queue, next.item);
      queues.begin(next.queue, 1);
      order.push(next.item.flow);
    }
    // At most what its last request took, and then in turns.
    expect(order.slice(0, 12).filter((flow) => flow === 0).length).toBeGreaterThanOrEqual(4);
    expect(order).toHaveLength(20);
  });

  test('of a hand is the one with the least to do, waiting and working together', () => {
    const queues = new FairQueues<Item>();
    const [a, b] = [queues.leastBurdened([4]), queues.leastBurdened([7])];
    queues.begin(a, 3);
    queues.enqueue(b, { flow: 0, seats: 2 });
    expect(queues.leastBurdened([4, 7]).index).toBe(7);
    queues.end(a, 3, 1);
    expect(queues.leastBurdened([4, 7]).index).toBe(4);
  });

  test('keeps the order of its requests, and forgets one that waits no longer', () => {
    const queues = new FairQueues<Item>();
    const queue = queues.leastBurdened([0]);
    const items = [1, 2, 3].map((flow) => ({ flow, seats: 1 }));
    for (const item of items) queues.enqueue(queue, item);
    expect(queues.remove(queue, items[1] as Item)).toBe(true);
    expect(queues.remove(queue, items[1] as Item)).toBe(false);
    expect([queues.waitingCount, queue.waitingSeats, queues.next()?.item.flow]).toEqual([2, 2, 1]);
    queues.remove(queue, items[0] as Item);
    expect(queues.next()?.item.flow).toBe(3);
    queues.remove(queue, items[2] as Item);
    expect([queues.next(), queues.backloggedCount]).toEqual([undefined, 0]);
  });
});
