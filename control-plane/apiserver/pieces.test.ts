import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { writePieces } from './pieces.ts';

/** Takes one write at a time and goes on only when it is told to. */
class SlowReader extends Writable {
  readonly writes: Buffer[] = [];
  takeNext: () => void = () => {};

  constructor() {
    super({ highWaterMark: 1 });
  }

  get taken(): Buffer {
    return Buffer.concat(this.writes);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.takeNext = () => {
      // What is written may be used again as soon as it is taken.
      this.writes.push(Buffer.from(chunk));
      done();
    };
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function readAll(reader: SlowReader): Promise<void> {
  while (!reader.writableFinished) {
    reader.takeNext();
    await turn();
  }
}

function partsOf(sizes: readonly number[]): Buffer[] {
  return sizes.map((size, index) => Buffer.alloc(size, index % 251));
}

describe('a body in pieces', () => {
  test.each([
    ['many small parts', Array.from({ length: 5_000 }, (_, index) => index % 300)],
    ['a part that is longer than a piece', [10, 3 * 256 * 1024 + 7, 10]],
    ['parts that fill pieces exactly', [256 * 1024, 256 * 1024]],
    ['empty parts', [0, 5, 0]],
    ['nothing', []],
  ])('arrives whole: %s', async (_, sizes) => {
    const reader = new SlowReader();
    const parts = partsOf(sizes);
    writePieces(reader, parts);
    await readAll(reader);
    expect(reader.taken.equals(Buffer.concat(parts))).toBe(true);
  });

  test('two at once do not write into one another', async () => {
    const readers = [new SlowReader(), new SlowReader()];
    const bodies = [partsOf([700_000, 700_000]), partsOf([1, 1, 900_000])];
    for (const [index, reader] of readers.entries()) writePieces(reader, bodies[index] ?? []);
    await Promise.all(readers.map(readAll));
    for (const [index, reader] of readers.entries())
      expect(reader.taken.equals(Buffer.concat(bodies[index] ?? []))).toBe(true);
  });

  test('no more is put together than the client takes', async () => {
    const reader = new SlowReader();
    writePieces(reader, partsOf(Array.from({ length: 100 }, () => 100_000)));
    await turn();
    expect(reader.writableLength).toBeLessThanOrEqual(2 * 256 * 1024);
    await readAll(reader);
    expect(reader.taken.length).toBe(10_000_000);
  });

  test('a client that goes ends it', async () => {
    const reader = new SlowReader();
    reader.on('error', () => {});
    writePieces(reader, partsOf([2_000_000]));
    reader.takeNext();
    reader.destroy(new Error('gone'));
    await turn();
    expect(reader.writes.length).toBe(1);
    expect(reader.writableEnded).toBe(false);
  });
});
