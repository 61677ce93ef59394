import { comparePositions, logRecordId } from '../../lib/log-position.ts';
import { unescapeText } from './json-entry.ts';
import type { LogParameters } from './log-parameters.ts';
import { isAtOrAfter, type LogLine } from './log-line.ts';

export interface RunOfLog {
  readonly containerId: string;
  readonly restartCount: number;
}

const NEWLINE = Buffer.from('\n');

/** Chooses lines by the parameters and turns them into bytes for the wire, without decoding what can be copied. */
export class LineWriter {
  readonly #parameters: LogParameters;
  readonly #run: RunOfLog;
  #isSinceReached: boolean;
  #leftBytes: number;

  constructor(parameters: LogParameters, run: RunOfLog) {
    this.#parameters = parameters;
    this.#run = run;
    this.#isSinceReached = parameters.since === undefined;
    this.#leftBytes = parameters.limitBytes ?? Infinity;
  }

  /** True when the limit of bytes is reached. */
  get isFull(): boolean {
    return this.#leftBytes <= 0;
  }

  encode(lines: readonly LogLine[]): Buffer {
    const parts: Buffer[] = [];
    for (const line of lines) {
      if (!this.#isWanted(line)) continue;
      if (this.#parameters.format === 'records') this.#addRecord(parts, line);
      else this.#addText(parts, line);
    }
    const bytes = Buffer.concat(parts);
    const taken = bytes.length > this.#leftBytes ? bytes.subarray(0, this.#leftBytes) : bytes;
    this.#leftBytes -= taken.length;
    return taken;
  }

  #isWanted(line: LogLine): boolean {
    const { stream, after, since } = this.#parameters;
    if (stream !== 'all' && line.stream !== stream) return false;
    if (after && comparePositions(line.position, after) <= 0) return false;
    if (this.#isSinceReached || since === undefined) return true;
    // Times of one log do not go back: once reached, always reached.
    this.#isSinceReached = isAtOrAfter(line, since);
    return this.#isSinceReached;
  }

  #addText(parts: Buffer[], line: LogLine): void {
    if (this.#parameters.timestamps) parts.push(Buffer.from(`${line.time} `));
    parts.push(unescapeText(line.escaped));
    if (line.isWhole) parts.push(NEWLINE);
  }

  #addRecord(parts: Buffer[], line: LogLine): void {
    const { containerId, restartCount } = this.#run;
    const { rotation, offset } = line.position;
    const id = logRecordId(containerId, line.position);
    parts.push(
      Buffer.from(
        `{"id":"${id}","containerId":"${containerId}","restartCount":${restartCount},"rotation":"${rotation}","offset":${offset},"time":"${line.time}","stream":"${line.stream}","message":"`,
      ),
      line.escaped,
      Buffer.from('"}\n'),
    );
  }
}
