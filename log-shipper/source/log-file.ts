import { closeSync, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { rotationOf } from '../../lib/log-position.ts';
import { nanosOf, parseNanoTime } from '../../lib/nano-time.ts';
import { parseDockerEntry } from '../parse/docker-json.ts';
import { dockerFormat, formatOf, newLogLine, type LineFormat } from '../parse/line-format.ts';
import type { HeldFile } from './hold/held-file.ts';

/** How much of a file's beginning is looked at for its first entry: Docker's entries are at most 16 KiB of text, six times that when escaped. */
const HEAD_BYTES = 128 * 1024;
const FIRST_LOOK_BYTES = 4 * 1024;
/** Bytes by which a file is known again. */
const MARK_BYTES = 64;

/** One file of a log, readable as long as it is held. Opened when it is needed. */
export class LogFile {
  readonly key: string;
  /** Its place among the files of its log. */
  sequence: number;
  /** Named by the time of its first entry; `undefined` while there is none. */
  rotation: string | undefined;
  format: LineFormat = dockerFormat;
  /** Read up to here. */
  offset = 0;
  #link: string | undefined;
  #compressed: boolean;
  #heldFd: number | undefined;
  #fd: number | undefined;
  #mark: { readonly at: number; readonly bytes: Buffer } | undefined;

  constructor(held: HeldFile) {
    this.key = held.key;
    this.sequence = held.sequence;
    this.#link = held.link;
    this.#compressed = held.compressed;
    this.#heldFd = held.fd;
  }

  /** The file got another place, or was decompressed. */
  move(held: HeldFile): void {
    this.sequence = held.sequence;
    this.#link = held.link ?? this.#link;
    if (this.#compressed && !held.compressed) this.close();
    this.#compressed = held.compressed;
  }

  /** Whether the file must be decompressed before it can be read. */
  get isCompressed(): boolean {
    return this.#compressed;
  }

  /** Bytes in the file; as many as were read when it is gone. Of a compressed file, what its end says. */
  get size(): number {
    const size = this.#stat()?.size ?? this.offset;
    return this.#compressed ? this.#inflatedSize(size) : size;
  }

  get unreadBytes(): number {
    return Math.max(0, this.size - this.offset);
  }

  /** When the file was last written, in milliseconds since the epoch; 0 when it is gone. */
  get writtenMs(): number {
    return this.#stat()?.mtimeMs ?? 0;
  }

  /** Reads the first entry's time, if there is one yet. */
  identify(): void {
    if (this.rotation !== undefined) return;
    const head = this.#readHead();
    if (!head) return;
    this.format = formatOf(head);
    const line = newLogLine();
    let time: string | undefined;
    let at = 0;
    if (this.format.parse(head, 0, head.length, line)) {
      time = head.toString('latin1', line.timeStart, line.timeEnd);
      at = line.timeStart;
    } else time = parseDockerEntry(head, 0, head.length)?.time;
    const parsed = time === undefined ? undefined : parseNanoTime(time);
    this.rotation = parsed ? rotationOf(nanosOf(parsed)) : this.#rotationWithoutTime(head);
    this.#mark = { at, bytes: Buffer.from(head.subarray(at, at + MARK_BYTES)) };
  }

  /** There will never be a first entry: the file is named all the same. */
  nameWithoutEntry(): void {
    this.rotation ??= '0';
  }

  /** Whether the beginning is no longer what it was, or what was read is gone: the file was truncated and is being written anew. */
  changed(): boolean {
    const mark = this.#mark;
    if (!mark || this.#compressed) return false;
    const fd = this.#open();
    if (fd === undefined) return false;
    const bytes = Buffer.allocUnsafe(mark.bytes.length);
    const count = readSync(fd, bytes, 0, bytes.length, mark.at);
    return count !== bytes.length || !bytes.equals(mark.bytes) || this.size < this.offset;
  }

  /** Takes the file as another one that begins anew. */
  startOver(): void {
    this.rotation = undefined;
    this.#mark = undefined;
    this.offset = 0;
  }

  read(into: Buffer): number {
    const fd = this.#open();
    return fd === undefined ? 0 : readSync(fd, into, 0, into.length, this.offset);
  }

  /** Newlines behind what was read, up to a bound: for counting what is lost. */
  countUnreadLines(maxBytes: number): number {
    const fd = this.#open();
    if (fd === undefined) return 0;
    const bytes = Buffer.allocUnsafe(HEAD_BYTES);
    let lines = 0;
    for (let at = this.offset; at < this.offset + maxBytes;) {
      const count = readSync(fd, bytes, 0, bytes.length, at);
      if (count === 0) break;
      const read = bytes.subarray(0, count);
      for (let newline = read.indexOf(10); newline >= 0; newline = read.indexOf(10, newline + 1)) lines++;
      at += count;
    }
    return lines;
  }

  /** Gives the descriptor back; the next use opens the file again. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number | undefined {
    if (this.#heldFd !== undefined) return this.#heldFd;
    if (this.#fd !== undefined || this.#link === undefined) return this.#fd;
    try {
      this.#fd = openSync(this.#link, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return this.#fd;
  }

  #stat(): Stats | undefined {
    const fd = this.#heldFd ?? this.#fd;
    if (fd !== undefined) return fstatSync(fd);
    return this.#link === undefined ? undefined : statSync(this.#link, { throwIfNoEntry: false });
  }

  /**
   * A first line that is no entry still needs a name that later reads agree on. In Docker's files that is a torn line, and the agent calls such a file `0` too; a
   * file of plain text is called by its birth, which no rename changes.
   */
  #rotationWithoutTime(head: Buffer): string {
    return head[0] === 0x7b || head[0] === 0 || head.length === 0 ? '0' : (this.key.split('.')[1] ?? '0');
  }

  /** The first line without its newline. */
  #readHead(): Buffer | undefined {
    const fd = this.#open();
    if (fd === undefined) return undefined;
    for (const size of [FIRST_LOOK_BYTES, HEAD_BYTES]) {
      const raw = Buffer.allocUnsafe(size);
      const count = readSync(fd, raw, 0, size, 0);
      const bytes = this.#compressed ? inflatedHead(raw.subarray(0, count)) : raw.subarray(0, count);
      const newline = bytes.indexOf(10);
      if (newline >= 0) return bytes.subarray(0, newline);
      if (count < size) return undefined;
    }
    return Buffer.alloc(0);
  }

  /** The last four bytes of a gzip file. */
  #inflatedSize(sizeBytes: number): number {
    const fd = this.#open();
    const bytes = Buffer.alloc(4);
    if (fd === undefined || readSync(fd, bytes, 0, 4, Math.max(0, sizeBytes - 4)) < 4) return this.offset;
    return bytes.readUInt32LE(0);
  }
}

/** What the first bytes of a gzip file hold; at most a thousand times as much, so it is bounded. */
function inflatedHead(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}
