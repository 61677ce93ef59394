import { chmod, chown, lchown, link, mkdir, open, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { VigilError } from '../../lib/errors.ts';

/** What the engine puts into every container, in the place of what the image may have there. */
const enginesOwn: ReadonlySet<string> = new Set([
  '.dockerenv',
  'dev/console',
  'dev/pts',
  'dev/shm',
  'etc/hostname',
  'etc/hosts',
  'etc/mtab',
  'etc/resolv.conf',
]);
/** Folders that it makes for these; images that have them have something in them. */
const enginesFolders = ['dev', 'etc', 'proc', 'sys'];
/** Without the bits that would run a program as its owner: the files are data. */
const MODE_BITS = 0o1777;

/**
 * Writes the files of a container's file system into `folder`, which is there and empty: owners and modes as they are, no devices. Nothing is written outside
 * of it, whatever the names and links in the archive say. Rejects with `IMAGE_UNPACK_FAILED`, the stream's error or the signal's reason.
 */
export async function unpackImage(tar: Readable, folder: string, signal: AbortSignal): Promise<void> {
  const unpacking = new Unpacking(folder);
  const archive = extract();
  const fed = pipeline(tar, archive, { signal });
  // Told below, unless the files could not be written, which ends the stream too.
  fed.catch(() => undefined);
  for await (const entry of archive) {
    await unpacking.take(entry.header, entry as AsyncIterable<Uint8Array>);
    entry.resume();
  }
  await fed;
  for (const name of enginesFolders) await rmdir(join(folder, name)).catch(() => undefined);
}

class Unpacking {
  readonly #root: string;
  /** Made here: a path through anything else might be a link that leads elsewhere. */
  readonly #folders = new Set(['.']);

  constructor(root: string) {
    this.#root = root;
  }

  async take(header: Header, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = plainPath(header.name);
    if (path === '.' || enginesOwn.has(path)) return;
    const target = join(this.#root, path);
    if (header.type === 'directory') {
      await this.#enter(path);
      await chown(target, header.uid, header.gid);
      await chmod(target, modeOf(header));
      return;
    }
    await this.#enter(dirname(path));
    switch (header.type) {
      case 'file':
      case 'contiguous-file':
        await writeFile(target, header, content);
        return;
      case 'symlink':
        await symlink(header.linkname, target);
        await lchown(target, header.uid, header.gid);
        return;
      case 'link': {
        const source = plainPath(header.linkname);
        if (!this.#folders.has(dirname(source))) throw refused(header, 'is a link to what was not there before it');
        await link(join(this.#root, source), target);
        return;
      }
      default:
    }
  }

  /** Makes the folders of a path that are missing, one by one: that finds links in it. */
  async #enter(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    await this.#enter(dirname(path));
    await mkdir(join(this.#root, path), { mode: 0o755 });
    this.#folders.add(path);
  }
}

async function writeFile(target: string, header: Header, content: AsyncIterable<Uint8Array>): Promise<void> {
  // Fails where there is something, also a link.
  const file = await open(target, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.chown(header.uid, header.gid);
    await file.chmod(modeOf(header));
    await file.utimes(header.mtime, header.mtime);
  } finally {
    await file.close();
  }
}

function modeOf({ mode }: Header): number {
  return mode & MODE_BITS;
}

function refused(header: Header, why: string): VigilError {
  return new VigilError('IMAGE_UNPACK_FAILED', 'terminal', `the file ${header.name} of the image ${why}`);
}

/** `./a//b/` as `a/b`. */
function plainPath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new VigilError('IMAGE_UNPACK_FAILED', 'terminal', `the image has a file at ${name}`);
  return parts.length === 0 ? '.' : parts.join('/');
}
