import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import type { Logger } from '../log.ts';
import { OPEN_SUFFIX, spoolFileName } from './record-file.ts';
import type { RecordWriter } from './record-writer.ts';
import type { Dataset } from './records.ts';

/** A file is closed at this size, so that what was shipped can be removed piece by piece. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** A non-empty file is closed at this age, for the same reason at low rates. */
const MAX_FILE_AGE_MS = 60_000;
/** What a spool may hold on disk while nobody takes it; then the oldest closed file is lost, counted. */
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
/** What may wait in memory for a slow or full disk; then the oldest records are lost, counted. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;
/** Records of one burst share a write; short enough that a record is searchable at once. */
const FLUSH_DELAY_MS = 20;
/** After a failed write the disk is left alone for this long. */
const RETRY_DELAY_MS = 1_000;

export interface RecordSpoolOptions {
  /** Folder of this process alone; made when missing. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log?: Logger | undefined;
  readonly maxTotalBytes?: number | undefined;
  readonly maxFileBytes?: number | undefined;
  readonly maxFileAgeMs?: number | undefined;
  readonly maxPendingBytes?: number | undefined;
  /** Tells this run's files from those of every other process; random by default. */
  readonly run?: string | undefined;
}

export interface RecordSpoolStats {
  readonly written: number;
  readonly lost: number;
  /** Bytes on disk that the shipper has not removed yet. */
  readonly diskBytes: number;
}

interface Pending {
  readonly lines: string[];
  bytes: number;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly openedMs: number;
  bytes: number;
}

/**
 * Appends records to NDJSON files in a folder, from which the log-shipper takes them. While a file grows it ends in `.open`; once closed it is renamed to
 * `.ndjson` and never changes again, so the shipper may remove it when its last byte is acknowledged. `append` may be called at any time, even before `start`
 * and while the disk is full: it never blocks and never throws; what cannot be kept is counted in `stats.lost`, oldest first.
 */
export class RecordSpool implements RecordWriter, Component {
  readonly name = 'record-spool';
  readonly #options: RecordSpoolOptions;
  readonly #clock: Clock;
  readonly #run: string;
  readonly #pending = new Map<Dataset, Pending>();
  readonly #files = new Map<Dataset, OpenFile>();
  #pendingBytes = 0;
  #counter = 0;
  #written = 0;
  #lost = 0;
  #diskBytes = 0;
  #started = false;
  #stopped = false;
  #cancelTimer: (() => void) | undefined;
  #cancelRotation: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(options: RecordSpoolOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#run = options.run ?? randomBytes(4).toString('hex');
  }

  get stats(): RecordSpoolStats {
    return { written: this.#written, lost: this.#lost, diskBytes: this.#diskBytes };
  }

  append(dataset: Dataset, document: Readonly<Record<string, unknown>>): void {
    if (this.#stopped) {
      this.#lost++;
      return;
    }
    const line = encode(document);
    if (line === undefined) {
      this.#lost++;
      this.#options.log?.error({ dataset }, 'record cannot be written as JSON');
      return;
    }
    let pending = this.#pending.get(dataset);
    if (!pending) this.#pending.set(dataset, (pending = { lines: [], bytes: 0 }));
    pending.lines.push(line);
    pending.bytes += line.length;
    this.#pendingBytes += line.length;
    this.#boundPending();
    this.#schedule(FLUSH_DELAY_MS);
  }

  async start(): Promise<void> {
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
    // Files that an earlier run left open will never grow again.
    for (const name of await readdir(this.#options.dir)) {
      if (!name.endsWith(OPEN_SUFFIX)) continue;
      const path = join(this.#options.dir, name);
      await rename(path, path.slice(0, -OPEN_SUFFIX.length));
    }
    this.#started = true;
    await this.#boundDisk();
    if (this.#pendingBytes > 0) this.#schedule(0);
  }

  /** Resolves when everything appended so far is in the files (or, with a disk that refuses, still waits in memory). */
  flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#work = this.#work.then(() => this.#write());
    return this.#work;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    await this.flush();
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#cancelRotation?.();
    await this.#work;
    for (const dataset of this.#files.keys()) await this.#close(dataset);
    if (this.#pendingBytes > 0) {
      for (const pending of this.#pending.values()) this.#lost += pending.lines.length;
      this.#options.log?.error({ lost: this.#lost }, 'records were lost at the end: the spool could not be written');
    }
  }

  #schedule(delayMs: number): void {
    if (!this.#started || this.#cancelTimer || this.#stopped) return;
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.flush();
    });
  }

  async #write(): Promise<void> {
    if (!this.#started) return;
    for (const [dataset, pending] of this.#pending) {
      if (pending.lines.length === 0) continue;
      const { lines, bytes } = pending;
      this.#pending.delete(dataset);
      this.#pendingBytes -= bytes;
      try {
        await this.#writeLines(dataset, lines);
        this.#written += lines.length;
      } catch (error) {
        this.#options.log?.warn({ err: error, dataset }, 'record spool cannot be written, will try again');
        this.#putBack(dataset, lines, bytes);
        await this.#close(dataset);
        this.#schedule(RETRY_DELAY_MS);
        return;
      }
    }
    await this.#boundDisk();
  }

  async #writeLines(dataset: Dataset, lines: readonly string[]): Promise<void> {
    const file = this.#files.get(dataset) ?? (await this.#open(dataset));
    const body = Buffer.from(lines.join(''));
    const goodBytes = file.bytes;
    try {
      // One write a burst; a short write (full disk) is cut off again so that the file holds whole lines only.
      const { bytesWritten } = await file.handle.write(body, 0, body.length, goodBytes);
      if (bytesWritten !== body.length) throw new Error(`only ${bytesWritten} of ${body.length} bytes were written`);
    } catch (error) {
      await file.handle.truncate(goodBytes).catch(() => undefined);
      throw error;
    }
    file.bytes += body.length;
    this.#diskBytes += body.length;
    if (file.bytes >= (this.#options.maxFileBytes ?? MAX_FILE_BYTES)) await this.#close(dataset);
    else this.#scheduleRotation();
  }

  async #open(dataset: Dataset): Promise<OpenFile> {
    const name = spoolFileName(dataset, this.#clock.now(), `${this.#run}${(this.#counter++).toString(36)}`);
    const path = join(this.#options.dir, name + OPEN_SUFFIX);
    const file = { handle: await open(path, 'w', 0o600), path, openedMs: this.#clock.monotonicMs(), bytes: 0 };
    this.#files.set(dataset, file);
    return file;
  }

  async #close(dataset: Dataset): Promise<void> {
    const file = this.#files.get(dataset);
    if (!file) return;
    this.#files.delete(dataset);
    await file.handle.close().catch(() => undefined);
    try {
      if (file.bytes === 0) await rm(file.path, { force: true });
      else await rename(file.path, file.path.slice(0, -OPEN_SUFFIX.length));
    } catch (error) {
      this.#options.log?.warn({ err: error, dataset }, 'record file cannot be closed, the next start will');
    }
  }

  #scheduleRotation(): void {
    if (this.#cancelRotation || this.#stopped) return;
    this.#cancelRotation = this.#clock.after(this.#options.maxFileAgeMs ?? MAX_FILE_AGE_MS, () => {
      this.#cancelRotation = undefined;
      this.#work = this.#work.then(() => this.#closeAged());
    });
  }

  async #closeAged(): Promise<void> {
    const oldestMs = this.#clock.monotonicMs() - (this.#options.maxFileAgeMs ?? MAX_FILE_AGE_MS);
    for (const [dataset, file] of this.#files) if (file.openedMs <= oldestMs) await this.#close(dataset);
    if (this.#files.size > 0) this.#scheduleRotation();
  }

  /** Oldest first; called only after something grew, so an idle spool costs nothing. */
  async #boundDisk(): Promise<void> {
    const maxBytes = this.#options.maxTotalBytes ?? MAX_TOTAL_BYTES;
    if (this.#started && this.#diskBytes > 0 && this.#diskBytes <= maxBytes) return;
    try {
      const files = await this.#listFiles();
      this.#diskBytes = files.reduce((sum, file) => sum + file.bytes, 0);
      for (const file of files) {
        if (this.#diskBytes <= maxBytes) return;
        if (file.path.endsWith(OPEN_SUFFIX)) continue;
        const lines = countLines(await readFile(file.path));
        await rm(file.path, { force: true });
        this.#diskBytes -= file.bytes;
        this.#lost += lines;
        this.#options.log?.error({ file: file.path, lines }, 'record spool is full: the oldest file was dropped');
      }
    } catch (error) {
      // The shipper removes files at the same time; the next write looks again.
      this.#options.log?.debug({ err: error }, 'record spool could not be measured');
    }
  }

  async #listFiles(): Promise<{ path: string; bytes: number; time: number }[]> {
    const files = [];
    for (const name of await readdir(this.#options.dir)) {
      const path = join(this.#options.dir, name);
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile()) files.push({ path, bytes: info.size, time: info.mtimeMs });
    }
    return files.sort((a, b) => a.time - b.time);
  }

  #putBack(dataset: Dataset, lines: string[], bytes: number): void {
    const later = this.#pending.get(dataset);
    this.#pending.set(dataset, { lines: [...lines, ...(later?.lines ?? [])], bytes: bytes + (later?.bytes ?? 0) });
    this.#pendingBytes += bytes;
    this.#boundPending();
  }

  #boundPending(): void {
    const maxBytes = this.#options.maxPendingBytes ?? MAX_PENDING_BYTES;
    while (this.#pendingBytes > maxBytes) {
      const largest = [...this.#pending.values()].reduce((a, b) => (a.bytes >= b.bytes ? a : b));
      const dropped = largest.lines.splice(0, Math.ceil(largest.lines.length / 4));
      const bytes = dropped.reduce((sum, line) => sum + line.length, 0);
      largest.bytes -= bytes;
      this.#pendingBytes -= bytes;
      this.#lost += dropped.length;
      if (dropped.length === 0) return;
    }
  }
}

function encode(document: Readonly<Record<string, unknown>>): string | undefined {
  try {
    return `${JSON.stringify(document)}\n`;
  } catch {
    return undefined;
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
