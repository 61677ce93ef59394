import {
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../../lib/clock.ts';
import { dockerRootOf, heldBeside } from '../../../lib/held-logs.ts';
import type { LogSource } from '../../../lib/log-source.ts';
import type { Logger } from '../../../lib/log.ts';
import type { ReleaseGate } from '../release-gate.ts';
import { parseSource } from '../source-files.ts';
import { BesideFolder } from './beside-folder.ts';
import type { HeldFile, HeldLog, LookResult } from './held-file.ts';
import { planDrops, type Disk, type DropReason, type HoldBounds, type KeptFile } from './hold-bounds.ts';
import type { HoldAnswer, HoldRequest } from './hold-messages.ts';

/** How long a thread that ended stays ended. */
const RESTART_MS = 500;
/** In a folder of links: whose they are. */
const SOURCE = 'source.json';
/** What `startLean` compiles beforehand. */
export const holdThread = new URL('hold-thread.ts', import.meta.url);

/** One output's interest in a log. */
export interface HoldListener {
  /** Files that are new or have another place, and whether some before them may have been missed. */
  files(files: readonly HeldFile[], missed: boolean): void;
  /** The file is given up: whatever of it was not read is lost. */
  dropped(key: string, reason: DropReason): void;
}

/** What is held now. */
export interface HoldFigures {
  readonly files: number;
  /** Bytes of files that would be gone if they were not held. */
  readonly bytes: number;
}

export interface HoldsOptions {
  /** Folder of the links, one folder in it a log; best on the file system of the logs. */
  readonly dir: string;
  /** Names the folder in Docker's data folder that is used when that is on another mount. */
  readonly stateDir: string;
  readonly bounds: HoldBounds;
  readonly gate: ReleaseGate;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Held {
  readonly log: HeldLog;
  readonly files: Map<string, HeldFile>;
  readonly listeners: Set<HoldListener>;
  /** Waiting for a look that began after they asked. */
  readonly waiting: (() => void)[];
  /** Whether everything that was there at the beginning is known. */
  isOpen: boolean;
}

/**
 * Holds the files of logs for all outputs: a thread of its own keeps them, this side tells outputs of them, lets them go when every required output has them, and
 * gives up the oldest when there are too many.
 */
export class Holds {
  readonly #options: HoldsOptions;
  readonly #held = new Map<string, Held>();
  /** Our folders in engines' data folders. */
  readonly #beside = new Map<string, BesideFolder>();
  #thread: Worker | undefined;
  #cancelRestart: (() => void) | undefined;
  #figures: HoldFigures = { files: 0, bytes: 0 };
  #isStopped = false;

  constructor(options: HoldsOptions) {
    this.#options = options;
  }

  start(): void {
    mkdirSync(this.#options.dir, { recursive: true, mode: 0o700 });
    this.#startThread();
  }

  /** Links stay: the next run finds them again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRestart?.();
    const thread = this.#thread;
    if (!thread) return;
    // Nothing else may keep the process until it has ended.
    thread.ref();
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    this.#post({ kind: 'stop' });
    await ended;
  }

  get figures(): HoldFigures {
    return this.#figures;
  }

  /** Holds the container's log from now on and tells the listener of its files. */
  follow(source: LogSource, listener: HoldListener): void {
    const { containerId: id, path } = source;
    const known = this.#held.get(id);
    if (known) {
      known.listeners.add(listener);
      if (known.isOpen) listener.files([...known.files.values()], false);
      return;
    }
    const log: HeldLog = { id, path, holdDirs: this.#linkDirs(id, path) };
    this.#remember(source, log.holdDirs[0]);
    this.#held.set(id, { log, files: new Map(), listeners: new Set([listener]), waiting: [], isOpen: false });
    this.#post({ kind: 'follow', log: this.#thread ? { ...log, fd: openOf(path) } : log });
  }

  unfollow(id: string, listener: HoldListener): void {
    this.#held.get(id)?.listeners.delete(listener);
  }

  /** Containers of which an earlier run held something. */
  left(): readonly LogSource[] {
    const { dir, log } = this.#options;
    return readdirSync(dir).flatMap((id) => {
      try {
        return [parseSource(readFileSync(join(dir, id, SOURCE), 'utf8'))];
      } catch (error) {
        log.warn({ id, err: error }, 'held log files are of an unknown container and are left alone');
        return [];
      }
    });
  }

  /** Removes what an earlier run held of a container of which everything is stored. */
  discard({ containerId, path }: LogSource): void {
    if (this.#held.has(containerId)) return;
    for (const dir of this.#linkDirs(containerId, path)) rmSync(dir, { recursive: true, force: true });
  }

  /** Calls back when everything that is in the log's folder now is known. */
  look(id: string, done: () => void): void {
    const held = this.#held.get(id);
    if (!held) {
      done();
      return;
    }
    held.waiting.push(done);
    this.#post({ kind: 'look', id });
  }

  /** Whether every file of the log that is kept is kept by a link, which outlasts this process. */
  isLinked(id: string): boolean {
    const held = this.#held.get(id);
    return held !== undefined && held.isOpen && [...held.files.values()].every((file) => file.link !== undefined);
  }

  /** Has a compressed file decompressed; its listeners are told of it again when it is. */
  inflate(id: string, key: string): void {
    this.#post({ kind: 'inflate', id, key });
  }

  /** `output` has acknowledged these files. */
  release(output: string, id: string, keys: readonly string[]): void {
    const held = this.#held.get(id);
    const { gate } = this.#options;
    const released = keys.filter((key) => gate.pass(output, gateKey(id, key), () => held?.files.delete(key)));
    for (const key of released) gate.forget(gateKey(id, key));
    if (released.length === 0) return;
    // Outputs that are not waited for lose what they have not read.
    for (const listener of held?.listeners ?? []) for (const key of released) listener.dropped(key, 'released');
    this.#post({ kind: 'release', id, keys: released });
  }

  /** `output` has acknowledged everything, and the log is no more. */
  finish(output: string, id: string): void {
    const { gate } = this.#options;
    if (!gate.pass(output, gateKey(id, ''), () => this.#post({ kind: 'remove', id }))) return;
    gate.forget(gateKey(id, ''));
    for (const key of this.#held.get(id)?.files.keys() ?? []) gate.forget(gateKey(id, key));
    this.#held.delete(id);
  }

  /** Counts what is held and gives up what is beyond the bounds. Called about once a second. */
  enforce(): void {
    const { dir, bounds, clock, log } = this.#options;
    for (const folder of this.#beside.values()) folder.tend(clock.now());
    const folders = new Set([dir]);
    const kept: KeptFile[] = [];
    let files = 0;
    for (const [id, held] of this.#held) {
      files += held.files.size;
      for (const file of held.files.values()) {
        const size = keptHere(file);
        if (!size) continue;
        kept.push({ id, key: file.key, ...size });
        if (file.link !== undefined) folders.add(dirname(dirname(file.link)));
      }
    }
    const drops = planDrops(kept, fullestDisk(folders), bounds, clock.now());
    this.#figures = { files, bytes: kept.reduce((sum, file) => sum + file.sizeBytes, 0) };
    for (const { file, reason } of drops) this.#drop(file, reason);
    if (drops.length > 0) {
      log.error(
        { files: drops.length, bytes: drops.reduce((sum, { file }) => sum + file.sizeBytes, 0) },
        'log files were given up before they were shipped: too many wait',
      );
    }
  }

  #linkDirs(id: string, path: string): readonly [string, ...string[]] {
    const { dir, stateDir } = this.#options;
    const dockerRoot = dockerRootOf(path);
    if (dockerRoot === undefined) return [join(dir, id)];
    const beside = heldBeside(dockerRoot, stateDir);
    if (!this.#beside.has(beside)) this.#beside.set(beside, new BesideFolder(beside));
    return [join(dir, id), join(beside, id)];
  }

  /** Held files are of use only as long as it is known whose they are. */
  #remember(source: LogSource, holdDir: string): void {
    mkdirSync(holdDir, { recursive: true, mode: 0o700 });
    const path = join(holdDir, SOURCE);
    writeFileSync(`${path}.tmp`, JSON.stringify(source), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }

  #drop({ id, key }: KeptFile, reason: DropReason): void {
    const held = this.#held.get(id);
    for (const listener of held?.listeners ?? []) listener.dropped(key, reason);
    held?.files.delete(key);
    this.#options.gate.forget(gateKey(id, key));
    this.#post({ kind: 'release', id, keys: [key] });
  }

  #post(request: HoldRequest): void {
    this.#thread?.postMessage(request);
  }

  #startThread(): void {
    const { clock, log } = this.#options;
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    // Descriptors that the thread opened are read by this one.
    const thread = new Worker(holdThread, { workerData: 'hold', trackUnmanagedFds: false, name: 'hold' });
    this.#thread = thread;
    thread.unref();
    thread.on('message', (answer: HoldAnswer) => this.#answered(answer));
    thread.on('error', (error) => log.error({ err: error }, 'holding of log files ended, begins again'));
    thread.on('exit', () => {
      this.#thread = undefined;
      if (!this.#isStopped) this.#cancelRestart = clock.after(RESTART_MS, () => this.#startThread());
    });
    for (const { log: held, waiting } of this.#held.values()) {
      this.#post({ kind: 'follow', log: held });
      for (let n = 0; n < waiting.length; n++) this.#post({ kind: 'look', id: held.id });
    }
  }

  #answered(answer: HoldAnswer): void {
    if (answer.kind === 'found') {
      this.#found(answer.result);
      return;
    }
    this.#held.get(answer.id)?.waiting.shift()?.();
  }

  #found({ id, files, missed, unlinkable }: LookResult): void {
    const held = this.#held.get(id);
    if (!held) return;
    const { log } = this.#options;
    held.isOpen = true;
    for (const file of files) held.files.set(file.key, file);
    if (unlinkable !== undefined) {
      log.warn(
        { log: held.log.path, reason: unlinkable, dir: this.#options.dir },
        'log files cannot be held by hard links and are held open instead: put holds.dir on their file system, in one mount with them',
      );
    }
    for (const listener of held.listeners) listener.files(files, missed);
  }
}

function gateKey(id: string, key: string): string {
  return `hold ${id} ${key}`;
}

/** Opens a file for the holder, since a log may be gone before that gets to it. */
function openOf(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** Size and time of a file that has no other name; `undefined` when it has one, or is gone. */
function keptHere({ link, fd }: HeldFile): { readonly sizeBytes: number; readonly writtenMs: number } | undefined {
  const info = link === undefined ? fd !== undefined && fstatSync(fd) : statSync(link, { throwIfNoEntry: false });
  if (!info || info.nlink > (link === undefined ? 0 : 1)) return undefined;
  return { sizeBytes: info.size, writtenMs: info.mtimeMs };
}

/** Of the disks that files are held on, the one with the least left. */
function fullestDisk(folders: Iterable<string>): Disk | undefined {
  let fullest: Disk | undefined;
  for (const folder of folders) {
    try {
      const { bavail, blocks, bsize } = statfsSync(folder);
      const disk = { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
      if (!fullest || disk.freeBytes / disk.totalBytes < fullest.freeBytes / fullest.totalBytes) fullest = disk;
    } catch {
      // Gone since: nothing is held there.
    }
  }
  return fullest;
}
