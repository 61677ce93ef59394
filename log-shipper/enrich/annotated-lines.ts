import type { LogLevel } from '../../lib/log-record.ts';
import type { Position } from '../buffer/position.ts';
import { levelOf } from '../../lib/log-level.ts';
import { levelOfFields, parseJsonLine, parseLogfmt, takeMessage } from '../parse/structured.ts';
import type { EmitDocument, Line, LineTransform } from './line-transform.ts';

export interface LineRules {
  readonly parse?: 'json' | 'logfmt';
  /** What the first line of a message matches; all others go on the one before. */
  readonly firstLine?: RegExp;
  readonly drop?: RegExp;
  readonly keep?: RegExp;
  /** Share of lines below level warn that are kept, 0–1. */
  readonly sample?: number;
  readonly redact?: RegExp;
}

/** Lines and bytes of one joined message: beyond, the rest begins a new one. Decided by the lines alone, so that a second reading joins alike. */
const MAX_JOINED_LINES = 500;
const MAX_JOINED_LENGTH = 256 * 1024;
/** Patterns look at this much of a line. */
const MAX_MATCHED_LENGTH = 16 * 1024;
/** Whether a line is the first of a message shows at its beginning. */
const MAX_FIRST_LENGTH = 2 * 1024;

interface Held {
  readonly first: Line;
  readonly texts: string[];
  length: number;
}

/** Applies a pod's rules: joins, leaves out, parses, redacts. */
export class AnnotatedLines implements LineTransform {
  readonly #rules: LineRules;
  readonly #held: [Held | undefined, Held | undefined] = [undefined, undefined];
  #boundary: Position | undefined;

  constructor(rules: LineRules) {
    this.#rules = rules;
  }

  line(line: Line, emit: EmitDocument): number {
    const { firstLine } = this.#rules;
    if (!firstLine) return this.#message(line, emit);
    const slot = line.stderr ? 1 : 0;
    const held = this.#held[slot];
    const goesOn = !firstLine.test(line.text.slice(0, MAX_FIRST_LENGTH));
    if (held && goesOn && held.texts.length < MAX_JOINED_LINES && held.length < MAX_JOINED_LENGTH) {
      held.texts.push(line.text);
      held.length += line.text.length;
      return 0;
    }
    const dropped = this.#emitHeld(slot, emit);
    this.#boundary ??= line.position;
    this.#held[slot] = { first: line, texts: [line.text], length: line.text.length };
    return dropped;
  }

  flush(emit: EmitDocument): void {
    this.#emitHeld(0, emit);
    this.#emitHeld(1, emit);
  }

  /** The last point at which nothing was held; see `PartialLines.earliest`. */
  earliest(): Position | undefined {
    return this.#boundary;
  }

  #emitHeld(slot: 0 | 1, emit: EmitDocument): number {
    const held = this.#held[slot];
    if (!held) return 0;
    this.#held[slot] = undefined;
    if (!this.#held[0] && !this.#held[1]) this.#boundary = undefined;
    return this.#message({ ...held.first, text: held.texts.join('\n') }, emit);
  }

  #message(line: Line, emit: EmitDocument): number {
    const { drop, keep, redact, sample, parse } = this.#rules;
    const looked = line.text.slice(0, MAX_MATCHED_LENGTH);
    if (drop?.test(looked) || (keep && !keep.test(looked))) return 1;
    const text = redact ? line.text.replaceAll(redact, '[redacted]') : line.text;
    const fields = parse === 'json' ? parseJsonLine(text) : parse === 'logfmt' ? parseLogfmt(text) : undefined;
    const bytes = Buffer.from(text.slice(0, 256));
    const level = (fields && levelOfFields(fields)) ?? levelOf(bytes, 0, bytes.length);
    if (sample !== undefined && !isSevere(level) && shareOf(line.position) >= sample) return 1;
    const message = (fields && takeMessage(fields)) ?? text;
    emit(
      {
        '@timestamp': line.time,
        stream: line.stderr ? 'stderr' : 'stdout',
        message,
        log: level === undefined ? {} : { level },
        ...(fields ? { vigil: { fields } } : {}),
      },
      line.position,
    );
    return 0;
  }
}

function isSevere(level: LogLevel | undefined): boolean {
  return level === 'warn' || level === 'error' || level === 'fatal';
}

/** A number from 0 to 1 that is the same whenever the same line is read. */
function shareOf(position: Position): number {
  let hash = 0x811c9dc5;
  for (const char of `${position.rotation}-${position.offset}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
