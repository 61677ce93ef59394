import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { rotationOf } from '../../lib/log-position.ts';
import { nanosOf, parseNanoTime } from '../../lib/nano-time.ts';
import { newDockerLine, parseDockerEntry, parseDockerLine } from '../parse/docker-json.ts';

/** How much of a file's beginning is looked at for its first entry: Docker's entries are at most 16 KiB of text, six times that when escaped. */
const HEAD_BYTES = 128 * 1024;
const FIRST_LOOK_BYTES = 4 * 1024;

/** An open log file. It stays readable when it is renamed or deleted. */
export class LogFile {
  readonly key: string;
  readonly fd: number;
  /** Named by the time of its first entry; `undefined` while there is none. */
  rotation: string | undefined;
  /** Read up to here. */
  offset = 0;
  /** A newer file of the same log was known before the last read that found nothing: there will be no more. */
  finalRead = false;
  #head: { readonly at: number; readonly bytes: Buffer } | undefined;

  private constructor(key: string, fd: number) {
    this.key = key;
    this.fd = fd;
  }

  /** `undefined` when there is no such file (any more). */
  static open(path: string): LogFile | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return undefined;
    }
    const info = fstatSync(fd);
    if (!info.isFile()) {
      closeSync(fd);
      return undefined;
    }
    const file = new LogFile(`${info.dev}:${info.ino}`, fd);
    file.identify();
    return file;
  }

  get size(): number {
    return fstatSync(this.fd).size;
  }

  /** Reads the first entry's time, if there is one yet. */
  identify(): void {
    if (this.rotation !== undefined) return;
    const head = this.#readHead();
    if (!head) return;
    const line = newDockerLine();
    let time: string | undefined;
    let at = 0;
    if (parseDockerLine(head, 0, head.length, line)) {
      time = head.toString('latin1', line.timeStart, line.timeEnd);
      at = line.timeStart;
    } else time = parseDockerEntry(head, 0, head.length)?.time;
    const parsed = time === undefined ? undefined : parseNanoTime(time);
    // A first line that is no entry still needs a name that later reads agree on.
    this.rotation = parsed ? rotationOf(nanosOf(parsed)) : '0';
    this.#head = { at, bytes: Buffer.from(head.subarray(at, at + 64)) };
  }

  /** Whether the beginning is no longer what it was: the file was truncated and is being written anew. */
  changed(): boolean {
    const head = this.#head;
    if (!head) return false;
    const bytes = Buffer.allocUnsafe(head.bytes.length);
    const count = readSync(this.fd, bytes, 0, bytes.length, head.at);
    return count !== bytes.length || !bytes.equals(head.bytes);
  }

  read(into: Buffer, at: number): number {
    return readSync(this.fd, into, at, into.length - at, this.offset + at);
  }

  close(): void {
    closeSync(this.fd);
  }

  /** The first line without its newline. */
  #readHead(): Buffer | undefined {
    for (const size of [FIRST_LOOK_BYTES, HEAD_BYTES]) {
      const bytes = Buffer.allocUnsafe(size);
      const count = readSync(this.fd, bytes, 0, size, 0);
      const newline = bytes.subarray(0, count).indexOf(10);
      if (newline >= 0) return bytes.subarray(0, newline);
      if (count < size) return undefined;
    }
    return Buffer.alloc(0);
  }
}
