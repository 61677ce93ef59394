import { createReadStream, readFileSync } from 'node:fs';
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
/** Files up to this size are read at once: a stream for each of thousands of small files would cost seconds. */
const READ_WHOLE_BYTES = 1 << 20;

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
      await addWhole(tar, { ...common, mode: entry.mode ?? 0o644 }, entry.text);
      return;
    case 'file': {
      const header = { ...common, size: entry.sizeBytes, mode: entry.mode ?? 0o755 };
      if (entry.sizeBytes <= READ_WHOLE_BYTES) await addWhole(tar, header, readFileSync(entry.source));
      else await pipeline(createReadStream(entry.source, { highWaterMark: READ_WHOLE_BYTES }), tar.entry(header));
    }
  }
}

function addWhole(tar: Pack, header: Parameters<Pack['entry']>[0], content: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}
