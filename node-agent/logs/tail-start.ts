import { parseJsonEntry } from './json-entry.ts';
import type { LogFile } from './log-file.ts';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 10;

export interface TailStart {
  readonly fileIndex: number;
  readonly offset: number;
}

/**
 * Where the last `count` lines begin (of one stream, if given), found backwards from the end, so that the tail of a large log costs as much as that of a small
 * one. A last line without its end is not counted.
 */
export async function findTailStart(
  files: readonly LogFile[],
  count: number,
  stream: 'all' | 'stdout' | 'stderr',
): Promise<TailStart> {
  const last = files.length - 1;
  if (count === 0) return { fileIndex: Math.max(last, 0), offset: (await files[last]?.size()) ?? 0 };
  let left = count;
  for (let fileIndex = last; fileIndex >= 0; fileIndex--) {
    const file = files[fileIndex];
    if (!file) continue;
    const ends = new EndCounter(left, stream);
    const offset = await scanBack(file, ends);
    if (offset !== undefined) return { fileIndex, offset };
    left -= ends.found;
  }
  return { fileIndex: 0, offset: 0 };
}

/** Counts ends of lines, going backwards; what is wanted begins behind the first end too many. */
class EndCounter {
  found = 0;
  readonly #wanted: number;
  readonly #stream: 'all' | 'stdout' | 'stderr';

  constructor(wanted: number, stream: 'all' | 'stdout' | 'stderr') {
    this.#wanted = wanted;
    this.#stream = stream;
  }

  /** True when the entry ends a line that is no longer wanted. */
  isBeyond(entryBytes: Buffer): boolean {
    const entry = parseJsonEntry(entryBytes);
    if (!entry?.isLineEnd || (this.#stream !== 'all' && entry.stream !== this.#stream)) return false;
    if (this.found === this.#wanted) return true;
    this.found++;
    return false;
  }
}

/** The offset behind the entry that `ends` says is beyond; `undefined` when the whole file is wanted. */
async function scanBack(file: LogFile, ends: EndCounter): Promise<number | undefined> {
  let position = await file.size();
  let pending: Buffer = Buffer.alloc(0);
  let isFirstBlock = true;
  while (position > 0) {
    const length = Math.min(BLOCK_BYTES, position);
    position -= length;
    let bytes = Buffer.concat([await file.read(position, length), pending]);
    if (isFirstBlock) {
      // An entry that is being written has no newline yet.
      bytes = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
      isFirstBlock = false;
    }
    let end = bytes.length;
    while (end > 0) {
      const before = bytes.lastIndexOf(NEWLINE, end - 2);
      if (before < 0 || end < 2) break;
      if (ends.isBeyond(bytes.subarray(before + 1, end - 1))) return position + end;
      end = before + 1;
    }
    pending = bytes.subarray(0, end);
  }
  return pending.length > 1 && ends.isBeyond(pending.subarray(0, pending.length - 1)) ? pending.length : undefined;
}
