import { compareNanoTime, parseNanoTime, type NanoTime } from '../../lib/nano-time.ts';
import type { LogPosition } from '../../lib/log-position.ts';
import type { JsonEntry } from './json-entry.ts';

/** A whole line, put together from the entries that Docker cut it into. */
export interface LogLine {
  /** Still escaped as in the file. */
  readonly escaped: Buffer;
  readonly stream: 'stdout' | 'stderr';
  /** Time and position of its first entry. */
  readonly time: string;
  readonly position: LogPosition;
  /** False for what a container left behind without a newline. */
  readonly isWhole: boolean;
}

/** Where every reader cuts a line that does not end: only the bytes of the file decide. */
const MAX_JOINED_BYTES = 4 * 1024 * 1024;

interface Open {
  readonly parts: Buffer[];
  sizeBytes: number;
  readonly time: string;
  readonly position: LogPosition;
}

/** Joins entries to lines, each stream by itself, also from one file into the next. */
export class LineJoiner {
  readonly #open = new Map<'stdout' | 'stderr', Open>();

  /** The line that the entry completes, if it does. */
  add(entry: JsonEntry, position: LogPosition): LogLine | undefined {
    const open = this.#open.get(entry.stream);
    if (!open && entry.isLineEnd) {
      return { escaped: entry.escaped, stream: entry.stream, time: entry.time, position, isWhole: true };
    }
    const line = open ?? { parts: [], sizeBytes: 0, time: entry.time, position };
    // The bytes belong to a chunk that will be read over.
    line.parts.push(Buffer.from(entry.escaped));
    line.sizeBytes += entry.escaped.length;
    if (!entry.isLineEnd && line.sizeBytes < MAX_JOINED_BYTES) {
      this.#open.set(entry.stream, line);
      return undefined;
    }
    this.#open.delete(entry.stream);
    return whole(line, entry.stream, true);
  }

  /** What is left when there will be no more. */
  rest(): LogLine[] {
    const lines = [...this.#open].map(([stream, open]) => whole(open, stream, false));
    this.#open.clear();
    return lines;
  }
}

function whole(open: Open, stream: 'stdout' | 'stderr', isWhole: boolean): LogLine {
  return { escaped: Buffer.concat(open.parts), stream, time: open.time, position: open.position, isWhole };
}

export function isAtOrAfter(line: LogLine, since: NanoTime): boolean {
  const time = parseNanoTime(line.time);
  return time === undefined || compareNanoTime(time, since) >= 0;
}
