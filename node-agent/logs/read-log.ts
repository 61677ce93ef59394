import type { LogPosition } from '../../lib/log-position.ts';
import { parseJsonEntry } from './json-entry.ts';
import type { LogChanges } from './log-changes.ts';
import { closeAll, MAX_ENTRY_BYTES, openLogFiles, type LogFile } from './log-file.ts';
import { LineJoiner, type LogLine } from './log-line.ts';
import { findTailStart } from './tail-start.ts';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

export interface ReadLogOptions {
  readonly path: string;
  /** Lines from the end to begin with, counted within `stream`. */
  readonly tailLines?: number | undefined;
  readonly stream: 'all' | 'stdout' | 'stderr';
  /** Where an earlier reading stopped; reading begins with that line. */
  readonly from?: LogPosition | undefined;
  /** Go on as the log grows. */
  readonly follow?: { readonly changes: LogChanges; readonly hasEnded: () => boolean } | undefined;
  readonly signal: AbortSignal;
}

/**
 * The lines of a json-file log over all of its rotated files, in order and each exactly once, in batches. With `follow` it goes on through growth and rotations until
 * the container has ended and everything was given. An aborted signal ends it quietly.
 */
export async function* readLog(options: ReadLogOptions): AsyncGenerator<readonly LogLine[]> {
  const { path, signal, follow } = options;
  const joiner = new LineJoiner();
  let files = [...(await openLogFiles(path))];
  try {
    let offset = await startAt(files, options);
    while (!signal.aborted) {
      const file = files[0];
      if (file) {
        const isOlder = files.length > 1;
        const cursor = new FileCursor(file, offset, joiner);
        yield* cursor.toEnd(signal);
        offset = cursor.offset;
        if (isOlder) {
          files.shift();
          await file.close();
          offset = 0;
          continue;
        }
      }
      if (!follow || signal.aborted) break;
      // Asked before looking for more: what is written before the end is seen by the last look.
      const hasEnded = follow.hasEnded();
      const newer = await filesAfter(path, file);
      if (newer.length > 0) {
        // The engine may have written to this file until the moment of the rotation: it is read once more, now as an older one.
        files = [...(file ? [file] : []), ...newer];
        if (!file) offset = 0;
        continue;
      }
      if (file && (await file.size()) > offset) {
        if (!(await endsInTornEntry(file, offset))) continue;
      }
      if (hasEnded) break;
      await follow.changes.next(signal);
    }
    if (!signal.aborted) yield joiner.rest();
  } finally {
    await closeAll(files);
  }
}

/** Reads entries of one file and joins them to lines. */
class FileCursor {
  offset: number;
  readonly #file: LogFile;
  readonly #joiner: LineJoiner;

  constructor(file: LogFile, offset: number, joiner: LineJoiner) {
    this.#file = file;
    this.offset = offset;
    this.#joiner = joiner;
  }

  async *toEnd(signal: AbortSignal): AsyncGenerator<readonly LogLine[]> {
    const rotation = await this.#file.rotation();
    if (rotation === undefined) return;
    while (!signal.aborted) {
      const chunk = await this.#file.read(this.offset, CHUNK_BYTES);
      if (chunk.length === 0) return;
      const lines: LogLine[] = [];
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        const entry = parseJsonEntry(chunk.subarray(start, end));
        const line = entry && this.#joiner.add(entry, { rotation, offset: this.offset + start });
        if (line) lines.push(line);
        start = end + 1;
      }
      // No entry is as long as a chunk: what has no end in it is not an entry and is passed over.
      if (start === 0 && chunk.length < CHUNK_BYTES) return;
      this.offset += start === 0 ? chunk.length : start;
      if (lines.length > 0) yield lines;
    }
  }
}

/** Closes the files that are not needed and tells the offset in the first that is. */
async function startAt(files: LogFile[], options: ReadLogOptions): Promise<number> {
  const { tailLines, stream, from } = options;
  let fileIndex = 0;
  let offset = 0;
  if (from) {
    const rotations = await Promise.all(files.map((file) => file.rotation()));
    const found = rotations.indexOf(from.rotation);
    if (found >= 0) {
      fileIndex = found;
      offset = from.offset;
    }
  } else if (tailLines !== undefined) {
    const start = await findTailStart(files, tailLines, stream);
    fileIndex = start.fileIndex;
    offset = start.offset;
  }
  await closeAll(files.splice(0, fileIndex));
  return offset;
}

/** Files newer than `current`; all of them when it is no longer among them. Those returned are the caller's to close. */
async function filesAfter(path: string, current: LogFile | undefined): Promise<LogFile[]> {
  const all = await openLogFiles(path);
  const at = current ? all.findIndex((file) => file.key === current.key) : -1;
  await closeAll(all.slice(0, at + 1));
  return all.slice(at + 1);
}

/** True when what follows is the beginning of an entry whose end is not written yet. */
async function endsInTornEntry(file: LogFile, offset: number): Promise<boolean> {
  const rest = await file.read(offset, MAX_ENTRY_BYTES);
  return rest.length < MAX_ENTRY_BYTES && !rest.includes(NEWLINE);
}
