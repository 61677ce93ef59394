import { comparePositions, type LogPosition } from '../../lib/log-position.ts';
import type { HeldFile } from './hold/held-file.ts';
import { LogFile } from './log-file.ts';

/** Files that were read to the end and are remembered, so that they are not taken for new ones. */
const MAX_PASSED = 256;
/** Copies that may be waited for after a truncation. */
const MAX_ORPHANS = 16;
/** Lines are counted in so much of a file that is lost; what is beyond counts as bytes only. */
const MAX_COUNTED_BYTES = 64 * 1024 * 1024;

/** A file that was truncated while it was read: where its rest is continued from a copy. */
interface Orphan {
  readonly rotation: string;
  readonly offset: number;
}

/** What was not read of a file that was given up. */
export interface Loss {
  readonly bytes: number;
  readonly lines: number;
}

/**
 * The files of one container's log, oldest first, as the holder tells of them. Their order is that of their names (`log.2`, `log.1`, `log`), not of the times in
 * them, because clocks step. Truncation begins a new rotation; what a `copytruncate` copied is read on from the copy. Only files that are read are open.
 */
export class LogFiles {
  readonly #start: LogPosition | undefined;
  /** Files that are not read to the end; the last one is being written. */
  readonly #files: LogFile[] = [];
  /** Read to the end, and not yet acknowledged. */
  #passed: LogFile[] = [];
  /** Files that begin like a later one: copies of it, to be read on from when that is truncated, or never. */
  #copies: LogFile[] = [];
  #orphans: Orphan[] = [];
  readonly #knownKeys = new Set<string>();
  readonly #passedRotations = new Set<string>();
  #began = false;
  /** How often a file was gone before it was read: lines may be missing. */
  gaps = 0;

  constructor(start: LogPosition | undefined) {
    this.#start = start;
  }

  /** Whether the holder has told of the log yet. */
  get isOpen(): boolean {
    return this.#began;
  }

  /** The file to read from. */
  get current(): LogFile | undefined {
    return this.#files[0];
  }

  /** Whether another file follows the current one. */
  get hasNewer(): boolean {
    return this.#files.length > 1;
  }

  /** Whether a copy of a file that is not read to the end waits for its truncation. */
  get hasCopies(): boolean {
    return this.#copies.length > 0;
  }

  /** Bytes that wait in the files. */
  get backlogBytes(): number {
    let bytes = 0;
    for (const file of this.#files) bytes += file.unreadBytes;
    return bytes;
  }

  /** Takes files that are new or have another place. The first call must bring all that are there. */
  take(held: readonly HeldFile[], missed: boolean): void {
    if (missed) this.gaps++;
    const fresh: LogFile[] = [];
    for (const each of held) {
      const known = this.#known(each.key);
      if (known) known.move(each);
      else if (!this.#knownKeys.has(each.key)) fresh.push(new LogFile(each));
    }
    for (const file of fresh) remember(this.#knownKeys, file.key);
    this.#files.push(...fresh);
    this.#files.sort(bySequence);
    if (!this.#began) this.#begin();
    else if (fresh.some((file) => file !== this.#files.at(-1))) this.#place(fresh);
  }

  /** The current file is read to the end and a newer one exists: goes on to that. */
  advance(): void {
    const file = this.#files.shift();
    if (!file) return;
    this.#pass(file);
    for (const copy of this.#copies.splice(0)) {
      copy.identify();
      if (copy.rotation !== undefined && this.#passedRotations.has(copy.rotation)) this.#passUnread(copy);
      else this.#copies.push(copy);
    }
  }

  /** The current file was truncated: reading goes on in the copy that was made before, if there is one, and then from its beginning. */
  truncated(): void {
    if (this.current) this.#truncated(this.current);
  }

  #truncated(file: LogFile): void {
    if (file.rotation !== undefined) {
      remember(this.#passedRotations, file.rotation);
      this.#orphans.push({ rotation: file.rotation, offset: file.offset });
      if (this.#orphans.length > MAX_ORPHANS) this.#orphans.shift();
    }
    file.startOver();
    for (const copy of this.#copies.slice()) {
      copy.identify();
      this.#readOnFrom(copy);
    }
  }

  /** Files that are no longer needed when everything before this position is stored, by their keys. What was written to one after it was read is read first. */
  released(position: LogPosition): readonly string[] {
    const at = this.#passed.findIndex((file) => file.rotation === position.rotation);
    const done = at < 0 && !this.#isAhead(position) ? [] : this.#passed.splice(0, at < 0 ? Infinity : at);
    const late = done.filter((file) => file.unreadBytes > 0);
    this.#files.unshift(...late);
    for (const file of done) file.close();
    return done.filter((file) => !late.includes(file)).map((file) => file.key);
  }

  /** The file is given up. Returns what was not read of it. */
  drop(key: string): Loss {
    this.#passed = this.#passed.filter((file) => !closes(file, key));
    this.#copies = this.#copies.filter((file) => !closes(file, key));
    const at = this.#files.findIndex((file) => file.key === key);
    const [file] = at < 0 ? [] : this.#files.splice(at, 1);
    if (!file) return { bytes: 0, lines: 0 };
    const loss = { bytes: file.unreadBytes, lines: file.countUnreadLines(MAX_COUNTED_BYTES) };
    file.close();
    return loss;
  }

  /** Closes descriptors; files are opened again when they are read. */
  rest(): void {
    for (const file of this.#files) file.close();
  }

  close(): void {
    for (const file of [...this.#files, ...this.#passed, ...this.#copies]) file.close();
    this.#files.length = 0;
  }

  #known(key: string): LogFile | undefined {
    const isKnown = (file: LogFile) => file.key === key;
    return this.#files.find(isKnown) ?? this.#passed.find(isKnown) ?? this.#copies.find(isKnown);
  }

  /** Whether the position stands in a file that is still to be read, so that all that were passed are stored. */
  #isAhead(position: LogPosition): boolean {
    return this.#files.some((file) => file.rotation === position.rotation);
  }

  /** At the first sight of files: drops those before the one that reading had stopped in. When that is gone, all are read: sending twice stores once. */
  #begin(): void {
    this.#began = true;
    for (const file of this.#files) {
      file.identify();
      file.close();
    }
    const copies = this.#files.filter((file) => this.#isCopy(file));
    for (const file of copies) this.#setAside(file);
    if (copies.some((file) => file.isCompressed)) this.#orderByTime();
    const start = this.#start;
    if (!start || this.#files.length === 0) return;
    // Whatever was compressed and began before the file that reading had stopped in was read, wherever it stands.
    for (const file of this.#files.filter((each) => each.isCompressed && compareRotations(each, start) < 0)) {
      this.#files.splice(this.#files.indexOf(file), 1);
      this.#passUnread(file);
    }
    const at = this.#files.findIndex((file) => file.rotation === start.rotation);
    if (at < 0) {
      this.gaps++;
      return;
    }
    for (const file of this.#files.splice(0, at)) this.#passUnread(file);
    const [resumed] = this.#files;
    if (resumed) resumed.offset = start.offset;
  }

  /**
   * A file that was compressed while nobody looked is held without a name: where it stands among those that have names, only their times tell. Files that have a
   * time change places among themselves.
   */
  #orderByTime(): void {
    const timed = this.#files.filter((file) => file.rotation !== undefined);
    const places = timed.map((file) => file.sequence);
    timed.sort((a, b) => compareRotations(a, b) || bySequence(a, b));
    for (const [n, file] of timed.entries()) file.sequence = places[n] ?? file.sequence;
    this.#files.sort(bySequence);
  }

  /** New files that are not the newest may be copies of one that was truncated since, or have been read under another name. */
  #place(fresh: readonly LogFile[]): void {
    for (const file of this.#files.filter((each) => each.changed())) this.#truncated(file);
    for (const file of fresh) this.#placeFresh(file);
  }

  #placeFresh(file: LogFile): void {
    if (this.#files.at(-1) === file) return;
    file.identify();
    file.close();
    if (this.#readOnFrom(file)) return;
    if (file.rotation === undefined || this.#isCopy(file)) this.#setAside(file);
    else if (this.#passedRotations.has(file.rotation)) {
      this.#files.splice(this.#files.indexOf(file), 1);
      this.#passUnread(file);
    }
  }

  #isCopy(file: LogFile): boolean {
    const { rotation } = file;
    return (
      rotation !== undefined &&
      this.#files.some((other) => other !== file && other.rotation === rotation && isCopyOf(file, other))
    );
  }

  #setAside(file: LogFile): void {
    this.#files.splice(this.#files.indexOf(file), 1);
    this.#copies.push(file);
  }

  /** Goes on in a copy of a file that was truncated. */
  #readOnFrom(copy: LogFile): boolean {
    const orphan = this.#orphans.find(({ rotation }) => rotation === copy.rotation);
    if (!orphan) return false;
    this.#orphans = this.#orphans.filter((other) => other !== orphan);
    this.#copies = this.#copies.filter((other) => other !== copy);
    copy.offset = orphan.offset;
    if (!this.#files.includes(copy)) this.#files.push(copy);
    this.#files.sort(bySequence);
    return true;
  }

  #pass(file: LogFile): void {
    if (file.rotation !== undefined) remember(this.#passedRotations, file.rotation);
    file.close();
    this.#passed.push(file);
  }

  /** Its content was read before, or under another name. */
  #passUnread(file: LogFile): void {
    file.offset = Math.max(file.offset, file.size);
    this.#pass(file);
  }
}

function bySequence(a: LogFile, b: LogFile): number {
  return a.sequence - b.sequence;
}

/** Of two files that begin alike: a compressed one is never written, and of others the one that is written is the later. */
function isCopyOf(file: LogFile, other: LogFile): boolean {
  return file.isCompressed === other.isCompressed ? file.sequence < other.sequence : file.isCompressed;
}

function compareRotations(a: LogFile, b: LogFile | LogPosition): number {
  return comparePositions({ rotation: a.rotation ?? '', offset: 0 }, { rotation: b.rotation ?? '', offset: 0 });
}

function closes(file: LogFile, key: string): boolean {
  if (file.key !== key) return false;
  file.close();
  return true;
}

function remember(set: Set<string>, value: string): void {
  set.add(value);
  for (const oldest of set) {
    if (set.size <= MAX_PASSED) break;
    set.delete(oldest);
  }
}
