import { closeSync, fstatSync, openSync, readdirSync, statSync, type BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { HeldFile, HeldLog, LookResult } from './held-file.ts';
import { HoldFolder } from './hold-folder.ts';
import { namesOfLog } from './log-names.ts';
import { type Kept, keyOf } from './kept.ts';

/** Files kept by descriptors, of all logs together: until their links are made, or for as long as links cannot be made. */
const MAX_DESCRIPTORS = 4_096;
/** Files that are remembered after they were released, before those that are gone are forgotten. */
const MAX_REMEMBERED = 64;

interface State {
  readonly log: HeldLog;
  readonly dir: string;
  readonly base: string;
  readonly folder: HoldFolder;
  /** By key; those that were released stay until their names are gone, so that they are not taken again. */
  readonly files: Map<string, Kept>;
  newest: string | undefined;
  lastSequence: number;
  /** New or moved files that were not told of yet, in their order. */
  readonly untold: Set<Kept>;
  missed: boolean;
  isFirstTold: boolean;
  unlinkable: string | undefined;
}

/**
 * Keeps the files of logs readable from the moment that they are seen: whoever rotates, compresses or deletes them takes away a name only. A file is opened at
 * once, for that waits for no disk, and then linked in the background, for links outlast the process. The links are the disk buffer, so nothing is copied.
 */
export class LogHolder {
  readonly #logs = new Map<string, State>();
  readonly #found: (result: LookResult) => void;
  readonly #maxDescriptors: number;
  #descriptors = 0;

  constructor(found: (result: LookResult) => void, maxDescriptors = MAX_DESCRIPTORS) {
    this.#found = found;
    this.#maxDescriptors = maxDescriptors;
  }

  /** Takes what an earlier run held and what is there now; all of it is told of together. */
  add(log: HeldLog): void {
    const folder = new HoldFolder(log.holdDirs);
    const { files, newest, lastSequence } = folder.adopt();
    const state: State = {
      log,
      dir: dirname(log.path),
      base: basename(log.path),
      folder,
      files,
      newest,
      lastSequence,
      untold: new Set([...files.values()].filter(isKept)),
      missed: false,
      isFirstTold: false,
      unlinkable: undefined,
    };
    this.#logs.set(log.id, state);
    if (log.fd !== undefined) this.#takeOpened(state, log.fd);
    this.#scan(state, true);
    this.#tell(state);
  }

  /** Looks at the whole folder. */
  look(id: string): void {
    const state = this.#logs.get(id);
    if (state) this.#scan(state, false);
  }

  /** Looks at the file that is written only, and at the folder when that is another one than before. */
  probe(id: string): { readonly sizeBytes: number; readonly rotated: boolean } | undefined {
    const state = this.#logs.get(id);
    // Asked thousands of times a second, so without big numbers, which cost collections of garbage. The number of a file that is held is not used again.
    const info = state && statSync(state.log.path, { throwIfNoEntry: false });
    if (!info) return undefined;
    const rotated = !state.newest?.startsWith(`${info.ino.toString(36)}.`);
    if (rotated) this.#scan(state, false);
    return { sizeBytes: info.size, rotated };
  }

  /** Resolves when everything that was seen before is told of. */
  async settled(id: string): Promise<void> {
    await this.#logs.get(id)?.folder.settled();
  }

  /** Resolves when no link is being made or removed: so much is left to the next run. */
  async idle(): Promise<void> {
    await Promise.all([...this.#logs.values()].map(({ folder }) => folder.idle()));
  }

  /** These files are no longer needed. */
  release(id: string, keys: readonly string[]): void {
    const state = this.#logs.get(id);
    if (!state) return;
    const released = keys.flatMap((key) => state.files.get(key) ?? []);
    state.folder.release(released);
    for (const kept of released) this.#letGo(kept);
  }

  /** Replaces the link to a compressed file by its content, and tells of it. */
  async inflate(id: string, key: string): Promise<void> {
    const state = this.#logs.get(id);
    const kept = state?.files.get(key);
    if (!state || !kept?.compressed || kept.link === undefined) return;
    await state.folder.inflate(kept);
    if (isKept(kept)) this.#found({ id, files: [heldFile(kept)], missed: false });
  }

  /** Ends the holding of a log and removes what is left of it. */
  async remove(id: string): Promise<void> {
    const state = this.#logs.get(id);
    if (!state) return;
    this.#logs.delete(id);
    for (const kept of state.files.values()) this.#letGo(kept);
    await state.folder.remove();
  }

  /**
   * Goes through the names from the newest to the oldest: a rotation meanwhile moves files towards older names only, so none slips through. Compressed files
   * matter at the first look only: later ones were held before they were compressed.
   */
  #scan(state: State, isFirst: boolean): void {
    let entries: string[];
    try {
      entries = readdirSync(state.dir);
    } catch {
      return;
    }
    const found: Kept[] = [];
    const fresh = new Map<string, Kept>();
    let isWhole = true;
    for (const { name, compressed } of namesOfLog(state.base, entries)) {
      const path = join(state.dir, name);
      const info = statOf(path);
      // A file may be seen a second time under an older name.
      if (!info?.isFile() || fresh.has(keyOf(info))) continue;
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
      const kept = this.#open(path, compressed);
      if (!kept) continue;
      if (state.files.has(kept.key) || fresh.has(kept.key)) {
        this.#letGo(kept);
        continue;
      }
      fresh.set(kept.key, kept);
      found.push(kept);
    }
    state.missed ||= state.newest !== undefined && found.length > 1 && fresh.size === found.length;
    this.#order(state, found.reverse(), fresh);
    if (isWhole) this.#forgetReleased(state, found);
    for (const kept of fresh.values()) void this.#link(state, kept);
    if (isFirst || state.untold.size > 0) this.#tell(state);
  }

  /** Gives new files their places, oldest first. A known file that stands behind a new one is given a later place too. */
  #order(state: State, found: readonly Kept[], fresh: ReadonlyMap<string, Kept>): void {
    let last = 0;
    for (const kept of this.#withNameless(state, found, fresh)) {
      if (!fresh.has(kept.key) && kept.sequence > last) {
        last = kept.sequence;
        continue;
      }
      last = kept.sequence = ++state.lastSequence;
      state.files.set(kept.key, kept);
      if (!isKept(kept)) continue;
      if (kept.link !== undefined) state.folder.rename(kept);
      state.untold.add(kept);
    }
    state.newest = found.at(-1)?.key ?? state.newest;
  }

  /**
   * Where a new file stands before a known one, those behind it get later places: then files that are held without a name keep theirs right behind the known one
   * before them.
   */
  #withNameless(state: State, found: readonly Kept[], fresh: ReadonlyMap<string, Kept>): readonly Kept[] {
    const known = found.filter(({ key }) => !fresh.has(key));
    const last = known.at(-1);
    if (!last || !found.slice(0, found.indexOf(last)).some(({ key }) => fresh.has(key))) return found;
    const nameless = [...state.files.values()]
      .filter((kept) => isKept(kept) && !found.includes(kept))
      .sort((a, b) => a.sequence - b.sequence);
    const before = (next: Kept | undefined) => {
      const end = nameless.findIndex(({ sequence }) => next !== undefined && sequence > next.sequence);
      return nameless.splice(0, end < 0 ? Infinity : end);
    };
    const all = before(known[0]);
    for (const kept of found) {
      all.push(kept);
      const at = known.indexOf(kept);
      if (at >= 0) all.push(...before(known[at + 1]));
    }
    return all;
  }

  #forgetReleased(state: State, found: readonly Kept[]): void {
    for (const kept of state.files.values())
      if (!isKept(kept) && kept.key !== state.newest && !found.includes(kept)) state.files.delete(kept.key);
  }

  /** A file that was opened before: the oldest that is not known. */
  #takeOpened(state: State, fd: number): void {
    this.#descriptors++;
    const key = keyOf(fstatSync(fd, { bigint: true }));
    const sequence = ++state.lastSequence;
    const kept: Kept = { key, sequence, compressed: false, link: undefined, fd, pending: true };
    if (state.files.has(key)) {
      this.#close(kept);
      return;
    }
    state.files.set(key, kept);
    state.untold.add(kept);
    state.newest = key;
    void this.#link(state, kept);
  }

  /** `undefined` when the file is gone, or nothing more can be kept. */
  #open(path: string, compressed: boolean): Kept | undefined {
    if (this.#descriptors >= this.#maxDescriptors) return undefined;
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return undefined;
    }
    this.#descriptors++;
    const key = keyOf(fstatSync(fd, { bigint: true }));
    return { key, sequence: 0, compressed, link: undefined, fd, pending: true };
  }

  /** Makes a link for an open file; where that is not possible, the descriptor stays. */
  async #link(state: State, kept: Kept): Promise<void> {
    const failure = await state.folder.link(kept, () => this.#pathOf(state, kept));
    kept.pending = false;
    if (failure !== undefined && failure !== 'ENOENT') state.unlinkable ??= failure;
    if (kept.link !== undefined) this.#close(kept);
    this.#tell(state);
  }

  /** The name that a file has now; `undefined` when it has none. */
  #pathOf(state: State, kept: Kept): string | undefined {
    try {
      for (const { name } of namesOfLog(state.base, readdirSync(state.dir))) {
        const path = join(state.dir, name);
        const info = statOf(path);
        if (info && keyOf(info) === kept.key) return path;
      }
    } catch {
      // The folder is gone.
    }
    return undefined;
  }

  /** Tells of files in their order: those behind one whose link is being made must wait, and at first all are told of together. */
  #tell(state: State): void {
    const untold = [...state.untold].filter(isKept).sort((a, b) => a.sequence - b.sequence);
    const waiting = untold.findIndex((kept) => kept.pending);
    if (!state.isFirstTold && waiting >= 0) return;
    const ready = waiting < 0 ? untold : untold.slice(0, waiting);
    if (waiting < 0) state.untold.clear();
    for (const kept of ready) state.untold.delete(kept);
    if (state.isFirstTold && ready.length === 0) return;
    const { missed, unlinkable } = state;
    state.isFirstTold = true;
    state.missed = false;
    this.#found({ id: state.log.id, files: ready.map(heldFile), missed, unlinkable });
  }

  #letGo(kept: Kept): void {
    kept.link = undefined;
    this.#close(kept);
  }

  #close(kept: Kept): void {
    if (kept.fd === undefined) return;
    closeSync(kept.fd);
    kept.fd = undefined;
    this.#descriptors--;
  }
}

function isKept(kept: Kept): boolean {
  return kept.link !== undefined || kept.fd !== undefined;
}

function heldFile({ key, sequence, link, fd, compressed }: Kept): HeldFile {
  return { key, sequence, link, fd, compressed };
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
