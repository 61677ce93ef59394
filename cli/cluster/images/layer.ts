import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tarOf, type TarEntry } from './tar-file.ts';

/** One layer of an image. */
export interface Layer {
  /** `sha256:…` of its uncompressed tar. */
  readonly diffId: string;
  /** Where the tar is; absent when the engine is known to hold the layer. */
  readonly file?: string | undefined;
  readonly sizeBytes: number;
}

/** Writes the tar of `entries` to `file` and resolves with what identifies it. */
export async function writeLayer(entries: Iterable<TarEntry>, file: string): Promise<Layer> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(tarOf(entries), measure, createWriteStream(file, { mode: 0o600, highWaterMark: 1 << 20 }));
  return { diffId: `sha256:${hash.digest('hex')}`, file, sizeBytes };
}
