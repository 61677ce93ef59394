import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { appendFile, link, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { linkNameOf, parseLinkName } from './held-file.ts';
import { keyOf, type Kept } from './kept.ts';

/** Tries to link a file whose name changes meanwhile. */
const MAX_TRIES = 8;
/** Names the released files whose names may still be there, so that a restart does not take them again. */
const RELEASED = 'released';
const TEMPORARY = '.new';

/** What an earlier run left. */
export interface Adopted {
  readonly files: Map<string, Kept>;
  readonly newest: string | undefined;
  readonly lastSequence: number;
}

/**
 * The links of one log. Making and removing them waits for the disk, so it is done in the background, many at once; what must be quick waits for none of
 * it.
 */
export class HoldFolder {
  readonly #dirs: readonly [string, ...string[]];
  /** Of the folders, the first that links can be made in. */
  #dir: string;
  #unlinkable: string | undefined;
  readonly #linking = new Set<Promise<unknown>>();
  #releasing: Promise<unknown> = Promise.resolve();

  constructor(dirs: readonly [string, ...string[]]) {
    this.#dirs = dirs;
    this.#dir = dirs[0];
  }

  /** Reads what is there. */
  adopt(): Adopted {
    const files = new Map<string, Kept>();
    let newest: { readonly key: string; readonly sequence: number } | undefined;
    let lastSequence = 0;
    for (const dir of this.#dirs.toReversed()) {
      for (const name of releasedIn(dir)) {
        const parsed = parseLinkName(name);
        if (parsed) files.set(parsed.key, { ...parsed, link: undefined, fd: undefined, pending: false });
      }
      for (const name of namesIn(dir)) {
        if (name.startsWith(TEMPORARY)) rmSync(join(dir, name), { force: true });
        const parsed = parseLinkName(name);
        if (!parsed) continue;
        this.#dir = dir;
        files.set(parsed.key, { ...parsed, link: join(dir, name), fd: undefined, pending: false });
        if (parsed.sequence >= (newest?.sequence ?? 0)) newest = parsed;
      }
    }
    for (const { sequence } of files.values()) lastSequence = Math.max(lastSequence, sequence);
    return { files, newest: newest?.key, lastSequence };
  }

  /** Resolves when all links that were asked for are made. */
  async settled(): Promise<void> {
    await Promise.all(this.#linking);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#linking, this.#releasing]);
  }

  /** Makes a link to a file that has some name now, and notes it; resolves with why it could not. */
  link(kept: Kept, pathOf: () => string | undefined): Promise<string | undefined> {
    const making = this.#link(kept, pathOf).finally(() => this.#linking.delete(making));
    this.#linking.add(making);
    return making;
  }

  /** The file has another place. */
  rename(kept: Kept): void {
    if (kept.link === undefined) return;
    const path = join(dirname(kept.link), linkNameOf(kept));
    renameSync(kept.link, path);
    kept.link = path;
  }

  /** Removes links, after it is noted that these files are not to be taken again. */
  release(files: readonly Kept[]): void {
    const links = files.flatMap((kept) => kept.link ?? []);
    const names = files.map((kept) => `${linkNameOf(kept)}\n`).join('');
    this.#releasing = this.#releasing.then(async () => {
      await appendFile(join(this.#dir, RELEASED), names, { mode: 0o600 }).catch(() => undefined);
      for (const path of links) await rm(path, { force: true });
    });
  }

  /** Replaces the link to a compressed file by its content. Of a damaged file whatever can be read is kept. */
  async inflate(kept: Kept): Promise<void> {
    const source = kept.link;
    if (source === undefined) return;
    const content = join(dirname(source), `${TEMPORARY}-${kept.key}`);
    const { atime, mtime } = await stat(source);
    const from = createReadStream(source);
    await pipeline(from, createGunzip(), createWriteStream(content, { mode: 0o600 })).catch(() => undefined);
    await utimes(content, atime, mtime);
    if (kept.link !== source) {
      await rm(content, { force: true });
      return;
    }
    kept.compressed = false;
    kept.link = join(dirname(source), linkNameOf(kept));
    await rename(content, kept.link);
    await rm(source, { force: true });
  }

  async remove(): Promise<void> {
    await this.idle();
    for (const dir of this.#dirs) await rm(dir, { recursive: true, force: true });
    // In an engine's folder nothing of ours stays; others of our logs may still need it.
    for (const dir of this.#dirs.slice(1)) await rmdir(dirname(dir)).catch(() => undefined);
  }

  async #link(kept: Kept, pathOf: () => string | undefined): Promise<string | undefined> {
    for (let tries = 0; tries < MAX_TRIES && this.#unlinkable === undefined; tries++) {
      const path = pathOf();
      if (path === undefined || kept.fd === undefined) return 'ENOENT';
      const dir = this.#dir;
      const name = linkNameOf(kept);
      const target = join(dir, name);
      try {
        await link(path, target);
        // While the link was made the name may have passed to another file.
        if (keyOf(statSync(target, { bigint: true })) !== kept.key) {
          await rm(target, { force: true });
          continue;
        }
        kept.link = target;
        if (linkNameOf(kept) !== name) this.rename(kept);
        return undefined;
      } catch (error) {
        this.#cannotLink(dir, error as NodeJS.ErrnoException);
      }
    }
    return this.#unlinkable;
  }

  /** The folder is made when it is missing. Where links cannot be made in it the next one is tried; many links may find that out at once. */
  #cannotLink(dir: string, { code = 'unknown' }: NodeJS.ErrnoException): void {
    if (code === 'ENOENT' && existsSync(dir)) return;
    if (code === 'ENOENT') {
      try {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        return;
      } catch {
        // Then it is of no use.
      }
    }
    if (this.#dir !== dir) return;
    const next = this.#dirs[this.#dirs.indexOf(dir) + 1];
    if (next === undefined) this.#unlinkable = code;
    else this.#dir = next;
  }
}

function releasedIn(dir: string): readonly string[] {
  try {
    return readFileSync(join(dir, RELEASED), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
