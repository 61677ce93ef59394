import { describe, expect, test } from 'vitest';
import { LineQueue } from './line-queue.ts';

describe('lines for one reader', () => {
  test('come in order, and end when the reader leaves', async () => {
    const queue = new LineQueue<string>(10, (count) => `lost ${count}`);
    const stop = new AbortController();
    queue.push('a');
    queue.push('b');
    const seen: string[] = [];
    for await (const line of queue.lines(stop.signal)) {
      seen.push(line);
      if (line === 'b') queue.push('c');
      if (line === 'c') stop.abort();
    }
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('a reader that is too slow is told how much it lost, after what was kept', async () => {
    const queue = new LineQueue<string>(2, (count) => `lost ${count}`);
    const stop = new AbortController();
    for (const line of ['a', 'b', 'c', 'd']) queue.push(line);
    const seen: string[] = [];
    for await (const line of queue.lines(stop.signal)) {
      seen.push(line);
      if (line === 'lost 2') stop.abort();
    }
    expect(seen).toEqual(['a', 'b', 'lost 2']);
  });

  test('a reader that waits is woken when it leaves', async () => {
    const queue = new LineQueue<string>(2, String);
    const stop = new AbortController();
    const reading = queue.lines(stop.signal).next();
    stop.abort();
    expect((await reading).done).toBe(true);
  });
});
