import {
  appendFileSync,
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { linkNameOf, parseLinkName, type HeldFile, type HeldLog, type LookResult } from './held-file.ts';
import { namesOfLog } from './log-names.ts';

/** Files kept by descriptors, of all logs together, where links cannot be made. */
const MAX_DESCRIPTORS = 256;
/** Files that are remembered after they were released, before those that are gone are forgotten. */
const MAX_REMEMBERED = 64;
const TEMPORARY = '.new';
/** Names the released files whose names may still be there, so that a restart does not take them again. */
const RELEASED = 'released';

interface Kept {
  readonly key: string;
  sequence: number;
  link: string | undefined;
  compressed: boolean;
  fd: number | undefined;
}

interface State {
  readonly log: HeldLog;
  readonly dir: string;
  readonly base: string;
  /** By key; those that were released stay until their names are gone, so that they are not taken again. */
  readonly files: Map<string, Kept>;
  newest: string | undefined;
  lastSequence: number;
  unlinkable: string | undefined;
}

/**
 * Keeps the files of logs readable from the moment that they are seen: whoever rotates, compresses or deletes them takes away a name only. The links are the
 * disk buffer, so nothing is copied; only a file that was compressed before it was ever seen is decompressed into the folder of the links.
 */
export class LogHolder {
  readonly #logs = new Map<string, State>();
  readonly #maxDescriptors: number;
  #descriptors = 0;

  constructor(maxDescriptors = MAX_DESCRIPTORS) {
    this.#maxDescriptors = maxDescriptors;
  }

  get ids(): readonly string[] {
    return [...this.#logs.keys()];
  }

  /** Takes what an earlier run held and what is there now; returns all of it. */
  add(log: HeldLog): LookResult {
    const state: State = {
      log,
      dir: dirname(log.path),
      base: basename(log.path),
      files: new Map(),
      newest: undefined,
      lastSequence: 0,
      unlinkable: undefined,
    };
    this.#logs.set(log.id, state);
    this.#adopt(state);
    const { missed } = this.#scan(state, true);
    this.#noteReleased(state);
    return { id: log.id, files: heldFiles(state.files.values()), missed, unlinkable: state.unlinkable };
  }

  /** Looks at the whole folder; `undefined` when there is nothing new. */
  look(id: string): LookResult | undefined {
    const state = this.#logs.get(id);
    if (!state) return undefined;
    const before = state.unlinkable;
    const { changed, missed } = this.#scan(state, false);
    if (changed.length === 0 && !missed) return undefined;
    const unlinkable = before === undefined ? state.unlinkable : undefined;
    return { id, files: heldFiles(changed), missed, unlinkable };
  }

  /** Looks at the file that is written only, and at the folder when that is another one than before. */
  probe(id: string): { readonly sizeBytes: number; readonly result: LookResult | undefined } | undefined {
    const state = this.#logs.get(id);
    const info = state && statOf(state.log.path);
    if (!info) return undefined;
    return { sizeBytes: Number(info.size), result: keyOf(info) === state.newest ? undefined : this.look(id) };
  }

  /** These files are no longer needed. */
  release(id: string, keys: readonly string[]): void {
    const state = this.#logs.get(id);
    if (!state) return;
    const released = keys.flatMap((key) => state.files.get(key) ?? []);
    if (state.unlinkable === undefined)
      appendFileSync(join(state.log.holdDir, RELEASED), released.map(linesOf).join(''));
    for (const kept of released) this.#letGo(kept);
  }

  /** Replaces the link to a compressed file by its content; `undefined` when it is not held any more. Of a damaged file whatever can be read is kept. */
  async inflate(id: string, key: string): Promise<LookResult | undefined> {
    const state = this.#logs.get(id);
    const kept = state?.files.get(key);
    if (!state || !kept?.compressed || kept.link === undefined) return undefined;
    const content = join(state.log.holdDir, `${TEMPORARY}-${key}`);
    const { atime, mtime } = statSync(kept.link);
    const from = createReadStream(kept.link);
    await pipeline(from, createGunzip(), createWriteStream(content, { mode: 0o600 })).catch(() => undefined);
    utimesSync(content, atime, mtime);
    if (!isKept(kept)) {
      rmSync(content, { force: true });
      return undefined;
    }
    const source = kept.link;
    kept.compressed = false;
    kept.link = join(state.log.holdDir, linkNameOf(kept));
    renameSync(content, kept.link);
    rmSync(source, { force: true });
    return { id, files: heldFiles([kept]), missed: false };
  }

  /** Ends the holding of a log and removes what is left of it. */
  remove(id: string): void {
    const state = this.#logs.get(id);
    if (!state) return;
    this.#logs.delete(id);
    for (const kept of state.files.values()) this.#letGo(kept);
    rmSync(state.log.holdDir, { recursive: true, force: true });
  }

  /** What an earlier run held. */
  #adopt(state: State): void {
    const { holdDir } = state.log;
    try {
      mkdirSync(holdDir, { recursive: true, mode: 0o700 });
    } catch (error) {
      state.unlinkable = (error as NodeJS.ErrnoException).code;
      return;
    }
    for (const released of releasedIn(holdDir))
      state.files.set(released.key, { ...released, link: undefined, fd: undefined });
    for (const name of readdirSync(holdDir)) {
      if (name.startsWith(TEMPORARY)) rmSync(join(holdDir, name), { force: true });
      const parsed = parseLinkName(name);
      if (!parsed) continue;
      state.files.set(parsed.key, { ...parsed, link: join(holdDir, name), fd: undefined });
      if (parsed.sequence < state.lastSequence) continue;
      state.lastSequence = parsed.sequence;
      state.newest = parsed.key;
    }
  }

  /**
   * Goes through the names from the newest to the oldest: a rotation meanwhile moves files towards older names only, so none slips through. Compressed files
   * matter at the first look only: later ones were held before they were compressed.
   */
  #scan(state: State, isFirst: boolean): { readonly changed: readonly Kept[]; readonly missed: boolean } {
    let entries: string[];
    try {
      entries = readdirSync(state.dir);
    } catch {
      return { changed: [], missed: false };
    }
    const found: Kept[] = [];
    const fresh = new Set<Kept>();
    let isWhole = true;
    for (const { name, compressed } of namesOfLog(state.base, entries)) {
      const path = join(state.dir, name);
      const info = statOf(path);
      if (!info?.isFile()) continue;
      const known = state.files.get(keyOf(info));
      if (known) {
        found.push(known);
        // Behind the file that was written at the last look there is nothing new.
        if (!isFirst && known.key === state.newest && name !== state.base && state.files.size < MAX_REMEMBERED) {
          isWhole = false;
          break;
        }
        continue;
      }
      if (compressed && !isFirst) continue;
      const kept = this.#take(state, path, compressed);
      if (!kept || state.files.has(kept.key)) continue;
      fresh.add(kept);
      found.push(kept);
    }
    const missed = state.newest !== undefined && found.length > 1 && fresh.size === found.length;
    const changed = this.#order(state, found.reverse(), fresh);
    if (isWhole) this.#forgetReleased(state, found);
    return { changed, missed };
  }

  /** Gives new files their places, oldest first. A known file that stands behind a new one is given a later place too. */
  #order(state: State, found: readonly Kept[], fresh: ReadonlySet<Kept>): Kept[] {
    const changed: Kept[] = [];
    let last = 0;
    for (const kept of found) {
      if (!fresh.has(kept) && kept.sequence > last) {
        last = kept.sequence;
        continue;
      }
      last = kept.sequence = ++state.lastSequence;
      if (kept.link !== undefined) {
        const link = join(state.log.holdDir, linkNameOf(kept));
        renameSync(kept.link, link);
        kept.link = link;
      }
      state.files.set(kept.key, kept);
      if (isKept(kept)) changed.push(kept);
    }
    state.newest = found.at(-1)?.key ?? state.newest;
    return changed;
  }

  #noteReleased(state: State): void {
    if (state.unlinkable !== undefined) return;
    const released = [...state.files.values()].filter((kept) => !isKept(kept));
    writeFileSync(join(state.log.holdDir, RELEASED), released.map(linesOf).join(''), { mode: 0o600 });
  }

  #forgetReleased(state: State, found: readonly Kept[]): void {
    for (const kept of state.files.values())
      if (!isKept(kept) && kept.key !== state.newest && !found.includes(kept)) state.files.delete(kept.key);
  }

  /** `undefined` when the file is gone, or nothing more can be kept. */
  #take(state: State, path: string, compressed: boolean): Kept | undefined {
    const temporary = join(state.log.holdDir, TEMPORARY + basename(path));
    if (state.unlinkable === undefined) {
      try {
        linkSync(path, temporary);
        const info = statOf(temporary);
        if (!info) return undefined;
        const key = keyOf(info);
        if (state.files.has(key)) rmSync(temporary, { force: true });
        return { key, sequence: 0, link: temporary, compressed, fd: undefined };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') return undefined;
        state.unlinkable = code ?? String(error);
      }
    }
    return compressed ? undefined : this.#open(path, state);
  }

  #open(path: string, state: State): Kept | undefined {
    if (this.#descriptors >= this.#maxDescriptors) return undefined;
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return undefined;
    }
    const key = keyOf(fstatSync(fd, { bigint: true }));
    if (state.files.has(key)) closeSync(fd);
    else this.#descriptors++;
    return { key, sequence: 0, link: undefined, compressed: false, fd };
  }

  #letGo(kept: Kept): void {
    if (kept.link !== undefined) rmSync(kept.link, { force: true });
    if (kept.fd !== undefined) {
      closeSync(kept.fd);
      this.#descriptors--;
    }
    kept.link = undefined;
    kept.fd = undefined;
  }
}

function linesOf(kept: Kept): string {
  return `${linkNameOf(kept)}\n`;
}

function releasedIn(holdDir: string): NonNullable<ReturnType<typeof parseLinkName>>[] {
  let text: string;
  try {
    text = readFileSync(join(holdDir, RELEASED), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => parseLinkName(line) ?? []);
}

function isKept(kept: Kept): boolean {
  return kept.link !== undefined || kept.fd !== undefined;
}

function heldFiles(kept: Iterable<Kept>): HeldFile[] {
  return [...kept].filter(isKept).map((file) => ({ ...file }));
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The time of birth tells a file from a later one with the same inode number. */
function keyOf(info: BigIntStats): string {
  return `${info.ino.toString(36)}.${info.birthtimeNs.toString(36)}`;
}
