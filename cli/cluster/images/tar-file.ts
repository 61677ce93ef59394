import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';

/** One member of an image: a directory, a link, text that is made here, or a file that is copied as it is read. */
export type TarEntry =
  | { readonly kind: 'directory'; readonly name: string; readonly mode?: number }
  | { readonly kind: 'link'; readonly name: string; readonly target: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly mode?: number }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly source: string;
      readonly sizeBytes: number;
      readonly mode?: number;
    };

/** All times are the same, so that equal contents make equal layers. */
const EPOCH = new Date(0);

/** A tar stream of `entries`, produced as it is read: nothing is held in memory but one chunk. A failing source destroys the stream with its error. */
export function tarOf(entries: Iterable<TarEntry>): Readable {
  const tar = pack();
  void write(tar, entries).catch((error: unknown) =>
    tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return tar as unknown as Readable;
}

async function write(tar: Pack, entries: Iterable<TarEntry>): Promise<void> {
  for (const entry of entries) await add(tar, entry);
  tar.finalize();
}

async function add(tar: Pack, entry: TarEntry): Promise<void> {
  const common = { name: entry.name, mtime: EPOCH, uid: 0, gid: 0 };
  switch (entry.kind) {
    case 'directory':
      tar.entry({ ...common, type: 'directory', mode: entry.mode ?? 0o755 });
      return;
    case 'link':
      tar.entry({ ...common, type: 'symlink', linkname: entry.target, mode: 0o777 });
      return;
    case 'text':
      await new Promise<void>((resolve, reject) => {
        tar.entry({ ...common, mode: entry.mode ?? 0o644 }, entry.text, (error) => (error ? reject(error) : resolve()));
      });
      return;
    case 'file':
      await pipeline(
        createReadStream(entry.source, { highWaterMark: 1 << 20 }),
        tar.entry({ ...common, size: entry.sizeBytes, mode: entry.mode ?? 0o755 }),
      );
  }
}
