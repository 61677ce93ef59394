import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OPEN_SUFFIX, parseSpoolFileName } from '../../lib/signals/record-file.ts';
import { dataStreamOf } from '../../lib/signals/records.ts';
import type { Batch } from '../buffer/batch.ts';
import { Progress, type Position } from '../buffer/position.ts';
import type { ReadResult, Tail } from './tail.ts';

const CHUNK_BYTES = 64 * 1024;
/** A record is at most this long; a spool never writes longer ones. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;
const ROTATION = '0';

/** Reads one file of a record spool: a complete document a line. `_id` is the file's name and the line's offset. */
export class RecordTail implements Tail {
  readonly key: string;
  readonly progress: Progress;
  readonly #dir: string;
  readonly #id: string;
  readonly #action: string;
  readonly #fd: number;
  #closed: boolean;
  #offset: number;
  #chunkBytes = CHUNK_BYTES;

  private constructor(dir: string, name: string, fd: number, start: Position | undefined) {
    const parsed = parseSpoolFileName(name);
    if (!parsed) throw new RangeError(`${name} is not a spool file`);
    this.#dir = dir;
    this.#id = parsed.id;
    this.key = recordKey(dir, name);
    this.#closed = !parsed.open;
    this.#action = `{"create":{"_index":"${dataStreamOf(parsed.dataset)}","_id":"${parsed.id}-`;
    this.#fd = fd;
    this.#offset = start?.offset ?? 0;
    this.progress = new Progress(start);
  }

  /** `undefined` when the file is gone. */
  static open(dir: string, name: string, start: Position | undefined): RecordTail | undefined {
    let fd: number;
    try {
      fd = openSync(join(dir, name), 'r');
    } catch {
      return undefined;
    }
    return new RecordTail(dir, name, fd, start);
  }

  /** The writer renamed the file: it will not grow any more. */
  markClosed(): void {
    this.#closed = true;
  }

  hasNews(): boolean {
    return fstatSync(this.#fd).size > this.#offset;
  }

  backlogBytes(): number {
    return Math.max(0, fstatSync(this.#fd).size - this.#offset);
  }

  position(): Position {
    return { rotation: ROTATION, offset: this.#offset };
  }

  /** Closed by its writer, and every line acknowledged. A torn last line was never a record. */
  get complete(): boolean {
    return this.#closed && this.progress.settled && !this.#hasWholeLine();
  }

  read(batch: Batch): ReadResult {
    const bytes = Buffer.allocUnsafe(this.#chunkBytes);
    const count = readSync(this.#fd, bytes, 0, bytes.length, this.#offset);
    if (count === 0) return 'idle';
    let start = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline < 0 || newline >= count) break;
      if (batch.full) {
        this.#offset += start;
        return 'full';
      }
      this.#record(batch, bytes.subarray(start, newline + 1), this.#offset + start);
      start = newline + 1;
    }
    this.#offset += start;
    if (start > 0) return 'more';
    if (count < bytes.length) return 'idle';
    // The record is longer than the chunk: read more at once, up to what a record may be; beyond, it is skipped as damaged.
    if (this.#chunkBytes < MAX_RECORD_BYTES) this.#chunkBytes *= 4;
    else this.#offset += count;
    return 'more';
  }

  acknowledged(batch: Batch): void {
    this.progress.acknowledge(batch);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Everything in it is stored. */
  removeFile(): void {
    rmSync(join(this.#dir, `${this.#id}.ndjson`), { force: true });
  }

  #record(batch: Batch, line: Buffer, offset: number): void {
    if (line.length < 3) return;
    const head = `${this.#action}${offset.toString(36)}"}}\n`;
    batch.beginItem(head.length + line.length);
    batch.length += batch.bytes.write(head, batch.length, 'latin1');
    batch.length += line.copy(batch.bytes, batch.length);
    batch.contribute(this);
  }

  #hasWholeLine(): boolean {
    const rest = fstatSync(this.#fd).size - this.#offset;
    if (rest <= 0) return false;
    const bytes = Buffer.alloc(Math.min(rest, MAX_RECORD_BYTES));
    readSync(this.#fd, bytes, 0, bytes.length, this.#offset);
    return bytes.includes(NEWLINE);
  }
}

/** Key of a spool file's checkpoint, the same while it is open and after. */
export function recordKey(dir: string, name: string): string {
  return join(dir, name.endsWith(OPEN_SUFFIX) ? name.slice(0, -OPEN_SUFFIX.length) : name);
}
