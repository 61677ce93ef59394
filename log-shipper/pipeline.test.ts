import { expect, test } from 'vitest';
import { SystemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { Batch } from './buffer/batch.ts';
import { Progress, type Position } from './buffer/position.ts';
import { Pipeline } from './pipeline.ts';
import type { BatchOutcome, Sink } from './sinks/sink.ts';
import type { ReadResult, Tail } from './source/tail.ts';

const LINE = Buffer.from(`${'x'.repeat(999)}\n`);

/** Has so many lines to give. */
class CountedTail implements Tail {
  readonly key = 'counted';
  readonly progress = new Progress();
  acknowledgedLines = 0;
  #left: number;
  #read = 0;

  constructor(lines: number) {
    this.#left = lines;
  }

  give(lines: number): void {
    this.#left += lines;
  }

  read(batch: Batch): ReadResult {
    for (let n = 0; n < 500 && this.#left > 0; n++) {
      if (batch.full) return 'full';
      batch.beginItem(LINE.length);
      batch.length += LINE.copy(batch.bytes, batch.length);
      batch.contribute(this);
      this.#left--;
      this.#read++;
    }
    return this.#left > 0 ? 'more' : 'idle';
  }

  position(): Position {
    return { rotation: '0', offset: this.#read };
  }

  hasNews(): boolean {
    return this.#left > 0;
  }

  backlogBytes(): number {
    return this.#left * LINE.length;
  }

  acknowledged(batch: Batch, lines: number): void {
    this.progress.acknowledge(batch);
    this.acknowledgedLines += lines;
  }

  close(): void {}
}

/** Takes a batch when it is let, or at once. */
class HeldSink implements Sink {
  readonly lastError = undefined;
  readonly counts: number[] = [];
  readonly memories = new Set<ArrayBufferLike>();
  readonly #held: (() => void)[] = [];
  holds = false;

  async send(batch: Batch): Promise<BatchOutcome> {
    this.counts.push(batch.count);
    this.memories.add(batch.bytes.buffer);
    await new Promise<void>((resolve) => (this.holds ? this.#held.push(resolve) : setImmediate(resolve)));
    return { duplicates: 0, refused: [], rejected: 0, deadLettersLost: 0, retries: undefined };
  }

  letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }

  close(): void {}
}

/** Lets the event loop turn until it is so, boundedly. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < 100_000 && !isSo(); turns++) await new Promise(setImmediate);
  expect(isSo()).toBe(true);
}

function pipeline(sink: Sink): Pipeline {
  return new Pipeline({
    sink,
    clock: new SystemClock(),
    log: silentLog,
    acknowledged: () => undefined,
  });
}

test('a long run uses the memory of the few batches that are under way again and again', async () => {
  const sink = new HeldSink();
  const tail = new CountedTail(100_000);
  const shipped = pipeline(sink);
  shipped.add(tail);
  await until(() => tail.acknowledgedLines === 100_000);
  expect(sink.counts.length).toBeGreaterThan(40);
  // A batch grows into its memory, so its first use is of a smaller one that may be sent as it is.
  expect(sink.memories.size).toBeLessThanOrEqual(8);
  await shipped.stop(AbortSignal.abort());
});

test('a lone line is sent at once, and lines that come while it is under way go together', async () => {
  const sink = new HeldSink();
  sink.holds = true;
  const tail = new CountedTail(1);
  const shipped = pipeline(sink);
  shipped.add(tail);
  await until(() => sink.counts.length === 1);
  for (let n = 0; n < 5; n++) {
    tail.give(1);
    shipped.wake(tail);
    await new Promise(setImmediate);
  }
  expect(sink.counts).toEqual([1]);
  sink.letGo();
  await until(() => sink.counts.length === 2);
  expect(sink.counts).toEqual([1, 5]);
  sink.letGo();
  await until(() => shipped.idle);
  await shipped.stop(AbortSignal.abort());
});

test('reading stops while three requests wait, so that the files are the buffer', async () => {
  const sink = new HeldSink();
  sink.holds = true;
  const tail = new CountedTail(100_000);
  const shipped = pipeline(sink);
  shipped.add(tail);
  await until(() => sink.counts.length === 3);
  const left = tail.backlogBytes();
  for (let n = 0; n < 50; n++) {
    shipped.wake(tail);
    await new Promise(setImmediate);
  }
  expect(sink.counts).toHaveLength(3);
  expect(left - tail.backlogBytes()).toBeLessThanOrEqual(2 * 1024 * 1024);
  sink.holds = false;
  sink.letGo();
  await until(() => tail.acknowledgedLines === 100_000);
  await shipped.stop(AbortSignal.abort());
});
