import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { rotationOf } from '../../lib/log-position.ts';
import { nanosOf, parseNanoTime } from '../../lib/nano-time.ts';
import { parseJsonEntry } from './json-entry.ts';

/** Docker cuts text at 16 KiB; with every byte escaped and the other fields an entry is far below this. */
export const MAX_ENTRY_BYTES = 256 * 1024;
/** Docker's own `max-file` is 5; more are not ours. */
const MAX_FILES = 64;
/** A rotation takes a moment; so often the folder is looked at again when it changed under the look. */
const MAX_LOOKS = 20;

/** An open file of a container's log: readable to its end whatever it is renamed to meanwhile. */
export class LogFile {
  /** Device and inode. */
  readonly key: string;
  readonly #handle: FileHandle;
  #rotation: string | undefined;

  private constructor(key: string, handle: FileHandle) {
    this.key = key;
    this.#handle = handle;
  }

  static async open(path: string): Promise<LogFile | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch {
      return undefined;
    }
    const { dev, ino } = await handle.stat();
    return new LogFile(`${dev}:${ino}`, handle);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** Names the file by its first entry; `undefined` while there is none. */
  async rotation(): Promise<string | undefined> {
    if (this.#rotation !== undefined) return this.#rotation;
    const bytes = await this.read(0, MAX_ENTRY_BYTES);
    const end = bytes.indexOf(10);
    if (end < 0) return undefined;
    const entry = parseJsonEntry(bytes.subarray(0, end));
    const time = entry && parseNanoTime(entry.time);
    // A first line that is no entry still needs a name that every reader agrees on.
    this.#rotation = time ? rotationOf(nanosOf(time)) : '0';
    return this.#rotation;
  }

  /** At most `length` bytes at `offset`; fewer at the end. */
  async read(offset: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/**
 * Opens all files of the log at `path`, oldest first. A rotation while they are opened is noticed and the look repeated, so that none is missed or seen twice.
 */
export async function openLogFiles(path: string): Promise<readonly LogFile[]> {
  let files: LogFile[] = [];
  for (let look = 0; look < MAX_LOOKS; look++) {
    const names = await namesOf(path);
    files = [];
    for (const name of names) {
      const file = await LogFile.open(name);
      if (file && !files.some((other) => other.key === file.key)) files.push(file);
      else await file?.close();
    }
    if (await isUnchanged(path, names, files)) return files;
    if (look + 1 < MAX_LOOKS) await closeAll(files);
  }
  return files;
}

export async function closeAll(files: readonly LogFile[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()));
}

/** `path.4`, …, `path.1`, `path`, as far as they exist. */
async function namesOf(path: string): Promise<string[]> {
  const dir = dirname(path);
  const name = basename(path);
  const ages: [string, number][] = [];
  for (const entry of await readdir(dir).catch(() => [])) {
    if (entry === name) ages.push([entry, 0]);
    const suffix = entry.startsWith(`${name}.`) ? entry.slice(name.length + 1) : '';
    if (/^\d{1,4}$/.test(suffix)) ages.push([entry, Number(suffix)]);
  }
  return ages
    .sort((a, b) => b[1] - a[1])
    .slice(-MAX_FILES)
    .map(([entry]) => join(dir, entry));
}

async function isUnchanged(path: string, names: readonly string[], files: readonly LogFile[]): Promise<boolean> {
  const now = await namesOf(path);
  if (now.join('\n') !== names.join('\n') || files.length !== names.length) return false;
  for (const [at, name] of names.entries()) {
    const info = await stat(name).catch(() => undefined);
    if (!info || `${info.dev}:${info.ino}` !== files[at]?.key) return false;
  }
  return true;
}
