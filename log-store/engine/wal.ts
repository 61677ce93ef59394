import {
  closeSync,
  openSync,
  readdirSync,
  fstatSync,
  readSync,
  statSync,
  rmSync,
  writeSync,
  writevSync,
  fdatasync,
  mkdirSync,
  fsyncSync,
  ftruncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

const fdatasyncAsync = promisify(fdatasync);

/** Frame header: payload length and CRC-32 of the payload. */
const FRAME_HEADER_BYTES = 8;
/** A length beyond this is garbage, not a frame: request bodies are bounded far below. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;
const walName = /^wal-(\d{1,10})\.log$/;

interface Waiting {
  readonly frame: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A file of the log that is no longer written to. */
export interface WalFile {
  readonly number: number;
  readonly path: string;
}

/**
 * A write-ahead log of opaque frames with group commit: frames appended while a sync is under way share the next one. `append` resolves when the frame is on
 * disk and rejects when it could not be written; then the whole file is given up and a new one begun, so that nothing follows a torn frame.
 */
export class Wal {
  /** Frames that could not be read at the start; a person should know. */
  damagedFrames = 0;
  /** Bytes of files that were there at the start. */
  bytesBefore = 0;
  readonly #dir: string;
  #fd = -1;
  #number = 0;
  #bytes = 0;
  #syncedBytes = 0;
  #ended: WalFile[] = [];
  #waiting: Waiting[] = [];
  #syncing: Promise<void> | undefined;
  #broken = false;
  #failures = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  get number(): number {
    return this.#number;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Calls `each` with every whole frame of every file, oldest first, then begins a new file. A torn end is expected after a crash and ignored. */
  open(each: (payload: Buffer) => void): readonly WalFile[] {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const files = readdirSync(this.#dir)
      .flatMap((name) => {
        const match = walName.exec(name);
        return match?.[1] ? [{ number: Number(match[1]), path: join(this.#dir, name) }] : [];
      })
      .sort((a, b) => a.number - b.number);
    for (const file of files) {
      this.bytesBefore += statSync(file.path).size;
      this.damagedFrames += readFrames(file.path, each);
    }
    this.#begin((files.at(-1)?.number ?? 0) + 1);
    return files;
  }

  /** Appends one frame, given in pieces that must not change any more. */
  append(pieces: readonly Uint8Array[]): Promise<void> {
    let bytes = 0;
    let crc = 0;
    for (const piece of pieces) {
      bytes += piece.length;
      crc = crc32(piece, crc);
    }
    const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
    header.writeUInt32LE(bytes, 0);
    header.writeUInt32LE(crc, 4);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame: [header, ...pieces], bytes: bytes + FRAME_HEADER_BYTES, resolve, reject });
      this.#syncing ??= this.#commit().finally(() => {
        this.#syncing = undefined;
      });
    });
  }

  /** Resolves when everything appended before is on disk; rejects when some of it could not be written. */
  async barrier(): Promise<void> {
    const failures = this.#failures;
    while (this.#syncing) await this.#syncing;
    if (this.#failures !== failures) throw new Error('the write-ahead log could not be written');
  }

  /** Begins a new file after everything appended so far is on disk; returns those that ended since the last time. */
  async rotate(): Promise<readonly WalFile[]> {
    while (this.#syncing) await this.#syncing;
    const current = { number: this.#number, path: this.#pathOf(this.#number) };
    this.#begin(this.#number + 1);
    const ended = [...this.#ended, current];
    this.#ended = [];
    return ended;
  }

  remove(file: WalFile): void {
    rmSync(file.path, { force: true });
  }

  async close(): Promise<void> {
    while (this.#syncing) await this.#syncing;
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  async #commit(): Promise<void> {
    // One turn of the event loop lets requests that arrived together share the sync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#broken) this.#replaceBroken();
        for (const { frame, bytes } of group) {
          writeAll(this.#fd, frame, bytes);
          this.#bytes += bytes;
        }
        await fdatasyncAsync(this.#fd);
        this.#syncedBytes = this.#bytes;
        for (const { resolve } of group) resolve();
      } catch (error) {
        this.#broken = true;
        this.#failures++;
        for (const { reject } of group) reject(error);
      }
    }
  }

  /** What was written since the last sync was not acknowledged and will come again: it must not be found at the next start. */
  #replaceBroken(): void {
    ftruncateSync(this.#fd, this.#syncedBytes);
    fsyncSync(this.#fd);
    this.#ended.push({ number: this.#number, path: this.#pathOf(this.#number) });
    this.#begin(this.#number + 1);
    this.#broken = false;
  }

  #begin(number: number): void {
    const fd = openSync(this.#pathOf(number), 'w', 0o600);
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = fd;
    this.#number = number;
    this.#bytes = 0;
    this.#syncedBytes = 0;
    syncDirectory(this.#dir);
  }

  #pathOf(number: number): string {
    return join(this.#dir, `wal-${String(number).padStart(8, '0')}.log`);
  }
}

function writeAll(fd: number, pieces: readonly Uint8Array[], bytes: number): void {
  const written = writevSync(fd, pieces);
  if (written === bytes) return;
  // The disk took a part: whether there is room for the rest is seen by writing it.
  const rest = Buffer.concat(pieces, bytes).subarray(written);
  for (let at = 0; at < rest.length;) at += writeSync(fd, rest, at);
}

/**
 * Calls `each` for every whole frame of a file, in memory that the next one overwrites, and returns how many are damaged: those whose bytes are wrong although readable ones follow. Wrong bytes at the end are a
 * torn frame, which was not acknowledged.
 */
function readFrames(path: string, each: (payload: Buffer) => void): number {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    // One frame at a time: whole files would stay in memory long after the start.
    let memory = Buffer.alloc(0);
    let damaged = 0;
    let suspect = 0;
    for (let at = 0; at + FRAME_HEADER_BYTES <= size;) {
      readSync(fd, header, 0, FRAME_HEADER_BYTES, at);
      const length = header.readUInt32LE(0);
      if (length > MAX_FRAME_BYTES || at + FRAME_HEADER_BYTES + length > size) break;
      if (memory.length < length) memory = Buffer.allocUnsafe(length * 2);
      readSync(fd, memory, 0, length, at + FRAME_HEADER_BYTES);
      const payload = memory.subarray(0, length);
      if (crc32(payload) === header.readUInt32LE(4)) {
        damaged += suspect;
        suspect = 0;
        each(payload);
      } else suspect++;
      at += FRAME_HEADER_BYTES + length;
    }
    return damaged;
  } finally {
    closeSync(fd);
  }
}

/** Makes renames and new files in a folder survive a power cut. */
export function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
