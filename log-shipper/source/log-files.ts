import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LogPosition } from '../../lib/log-position.ts';
import { LogFile } from './log-file.ts';

/** Files of one container that may be open at once; Docker's `max-file` is far below. */
const MAX_FILES = 64;
/** Files that were read to the end and are remembered, so that they are not taken for new ones. */
const MAX_PASSED = 256;

/** A file that was truncated or replaced while it was read: where its rest may be continued from a copy. */
interface Orphan {
  readonly rotation: string;
  readonly offset: number;
}

/**
 * The files of one container's log, oldest first. Their order is that of their names (`log.2`, `log.1`, `log`), not of the times in them, because clocks step;
 * files are told apart by inode and by the time of their first entry, so renames and reused inodes do not matter. Files are opened as soon as they are seen and
 * closed when they are read to the end and a newer one exists. Truncation begins a new rotation; what a `copytruncate` copied is read on from the copy.
 */
export class LogFiles {
  readonly #dir: string;
  readonly #name: string;
  readonly #start: LogPosition | undefined;
  /** Known files that are not read to the end; the last one is being written. */
  #files: LogFile[] = [];
  readonly #passedKeys = new Map<string, string>();
  readonly #passedRotations = new Set<string>();
  #began = false;
  /** How often the file that reading had stopped in was gone at a restart: lines may be missing. */
  gaps = 0;

  constructor(path: string, start: LogPosition | undefined) {
    this.#dir = dirname(path);
    this.#name = basename(path);
    this.#start = start;
  }

  /** The file to read from. */
  get current(): LogFile | undefined {
    return this.#files[0];
  }

  /** Whether another file follows the current one. */
  get hasNewer(): boolean {
    return this.#files.length > 1;
  }

  /** Bytes that wait in the files. */
  get backlogBytes(): number {
    let bytes = 0;
    for (const file of this.#files) bytes += Math.max(0, file.size - file.offset);
    return bytes;
  }

  /** Looks at the folder again: at start, when something was created or renamed in it, and after a truncation. */
  refresh(): void {
    const orphans = this.#takeOutTruncated();
    const found: LogFile[] = [];
    const names = this.#names();
    for (const name of names) {
      if (this.#files.length + found.length >= MAX_FILES) break;
      const path = join(this.#dir, name);
      const key = keyOf(path);
      if (key === undefined || this.#files.some((file) => file.key === key)) continue;
      const file = LogFile.open(path);
      if (!file) continue;
      if (this.#isWanted(file, orphans, found)) found.push(file);
      else file.close();
    }
    if (!this.#began && found.length > 0) this.#begin(found);
    this.#files.push(...found);
    this.#sort(names);
    for (const file of this.#files) file.identify();
  }

  /** The current file is read to the end and a newer one exists: goes on to that. */
  advance(): void {
    const file = this.#files.shift();
    if (!file) return;
    this.#pass(file);
    file.close();
  }

  close(): void {
    for (const file of this.#files) file.close();
    this.#files = [];
  }

  /** Oldest first. */
  #names(): string[] {
    let names: string[];
    try {
      names = readdirSync(this.#dir);
    } catch {
      return [];
    }
    const ages = new Map<string, number>();
    for (const name of names) {
      if (name === this.#name) ages.set(name, 0);
      else if (name.startsWith(`${this.#name}.`)) {
        const suffix = name.slice(this.#name.length + 1);
        if (/^\d{1,4}$/.test(suffix)) ages.set(name, Number(suffix));
      }
    }
    return [...ages].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  }

  /** Oldest name first; files that have no name any more are older than all that have one. */
  #sort(names: readonly string[]): void {
    const ages = new Map(names.map((name, n) => [keyOf(join(this.#dir, name)), n] as const));
    const age = (file: LogFile) => ages.get(file.key) ?? -1;
    this.#files.sort((a, b) => age(a) - age(b));
  }

  #isWanted(file: LogFile, orphans: readonly Orphan[], found: readonly LogFile[]): boolean {
    const { rotation } = file;
    if (rotation === undefined) return true;
    const isTwin = [...this.#files, ...found].some((other) => other.rotation === rotation);
    if (isTwin) return false;
    const orphan = orphans.find((candidate) => candidate.rotation === rotation);
    if (orphan) {
      file.offset = orphan.offset;
      return true;
    }
    return this.#passedKeys.get(file.key) !== rotation && !this.#passedRotations.has(rotation);
  }

  /** At the first sight of files: drops those before the one that reading had stopped in. When that is gone, all are read: sending twice stores once. */
  #begin(found: LogFile[]): void {
    this.#began = true;
    const start = this.#start;
    if (!start) return;
    const at = found.findIndex((file) => file.rotation === start.rotation);
    if (at < 0) {
      this.gaps++;
      return;
    }
    for (const file of found.splice(0, at)) {
      this.#pass(file);
      file.close();
    }
    const resumed = found[0];
    if (resumed) resumed.offset = start.offset;
  }

  #takeOutTruncated(): Orphan[] {
    const orphans: Orphan[] = [];
    for (const file of this.#files.filter((candidate) => candidate.changed())) {
      if (file.rotation !== undefined) orphans.push({ rotation: file.rotation, offset: file.offset });
      this.#pass(file);
      file.close();
      this.#files = this.#files.filter((other) => other !== file);
    }
    return orphans;
  }

  #pass(file: LogFile): void {
    if (file.rotation === undefined) return;
    this.#passedKeys.set(file.key, file.rotation);
    this.#passedRotations.add(file.rotation);
    for (const oldest of this.#passedKeys.keys()) {
      if (this.#passedKeys.size <= MAX_PASSED) break;
      this.#passedKeys.delete(oldest);
    }
    for (const oldest of this.#passedRotations) {
      if (this.#passedRotations.size <= MAX_PASSED) break;
      this.#passedRotations.delete(oldest);
    }
  }
}

/** Tells files apart whatever their names are; `undefined` when there is no such file. */
function keyOf(path: string): string | undefined {
  try {
    const info = statSync(path);
    return `${info.dev}:${info.ino}`;
  } catch {
    return undefined;
  }
}
