import type { Position } from '../buffer/position.ts';

/** A joined line is cut at this size: deterministic, because only the bytes of the file decide. */
const MAX_JOINED_BYTES = 4 * 1024 * 1024;

export interface JoinedLine {
  /** Escaped text, complete. */
  readonly text: Buffer;
  /** Time and position of the first piece. */
  readonly time: Buffer;
  readonly position: Position;
  readonly stderr: boolean;
}

interface Pieces {
  readonly texts: Buffer[];
  bytes: number;
  readonly time: Buffer;
  readonly position: Position;
}

/** Joins the pieces that Docker cuts long lines into, per stream, also across files. */
export class PartialLines {
  #boundary: Position | undefined;
  readonly #open: [Pieces | undefined, Pieces | undefined] = [undefined, undefined];

  /** Whether a piece of this stream waits for its continuation. */
  isOpen(stderr: boolean): boolean {
    return this.#open[stderr ? 1 : 0] !== undefined;
  }

  /** Takes a piece; the whole line when it is complete (or as long as lines may be). */
  add(text: Buffer, time: Buffer, position: Position, stderr: boolean, last: boolean): JoinedLine | undefined {
    const slot = stderr ? 1 : 0;
    this.#boundary ??= position;
    let pieces = this.#open[slot];
    if (!pieces) this.#open[slot] = pieces = { texts: [], bytes: 0, time: Buffer.from(time), position };
    pieces.texts.push(Buffer.from(text));
    pieces.bytes += text.length;
    return last || pieces.bytes >= MAX_JOINED_BYTES ? this.#take(stderr) : undefined;
  }

  /** What is left when there will be no more. */
  flush(): JoinedLine[] {
    return [false, true].flatMap((stderr) => this.#take(stderr) ?? []);
  }

  /**
   * Where to read again after a restart: the last point at which no line was open in either stream. Not simply the first piece of an open line, since pieces of
   * the other stream may stand behind it whose beginning stands before it.
   */
  earliest(): Position | undefined {
    return this.#boundary;
  }

  #take(stderr: boolean): JoinedLine | undefined {
    const slot = stderr ? 1 : 0;
    const pieces = this.#open[slot];
    if (!pieces) return undefined;
    this.#open[slot] = undefined;
    if (!this.#open[0] && !this.#open[1]) this.#boundary = undefined;
    return { text: Buffer.concat(pieces.texts), time: pieces.time, position: pieces.position, stderr };
  }
}
