import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DockerDemux } from './docker-demux.ts';

const part = fc.record({ stream: fc.constantFrom(1, 2), data: fc.uint8Array({ maxLength: 50 }) });

function multiplexed(parts: readonly { stream: number; data: Uint8Array }[]): Buffer {
  return Buffer.concat(
    parts.flatMap(({ stream, data }) => {
      const head = Buffer.alloc(8);
      head[0] = stream;
      head.writeUInt32BE(data.length, 4);
      return [head, Buffer.from(data)];
    }),
  );
}

const of = (parts: readonly { stream: number; data: Uint8Array }[], stream: number) =>
  Buffer.concat(parts.filter((entry) => entry.stream === stream).map((entry) => Buffer.from(entry.data)));

describe("the engine's multiplexed output", () => {
  test('is split the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.integer({ min: 1, max: 30 }), async (parts, step) => {
        const [stdout, stderr] = [new PassThrough(), new PassThrough()];
        const demux = new DockerDemux(stdout, stderr);
        const all = multiplexed(parts);
        for (let at = 0; at < all.length; at += step) demux.write(all.subarray(at, at + step));
        demux.end();
        await finished(demux);
        expect(stdout.read() ?? Buffer.alloc(0)).toEqual(of(parts, 1));
        expect(stderr.read() ?? Buffer.alloc(0)).toEqual(of(parts, 2));
      }),
      { numRuns: 50 },
    );
  });

  test('goes on when one of the destinations is closed or was not wanted', async () => {
    const closed = new PassThrough();
    closed.destroy();
    const received: Buffer[] = [];
    const stderr = new Writable({
      write(chunk: Buffer, _encoding, done) {
        received.push(chunk);
        done();
      },
    });
    const demux = new DockerDemux(closed, stderr);
    demux.end(
      multiplexed([
        { stream: 1, data: Buffer.from('lost') },
        { stream: 2, data: Buffer.from('kept') },
      ]),
    );
    await finished(demux);
    expect(Buffer.concat(received).toString()).toBe('kept');
  });
});
