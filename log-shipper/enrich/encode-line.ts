import type { Batch } from '../buffer/batch.ts';
import type { LogLevel } from '../../lib/log-record.ts';
import { actionEnd, levelParts, streamParts, type ContainerMetadata } from './container-metadata.ts';

/** Room for both offsets, all fixed parts and the longest time. */
const FIXED_BYTES = 192;
const ZERO = 0x30;

/** Appends one line as a bulk item, by copying bytes: the text is still escaped as it was in the file. */
export function encodeLine(
  batch: Batch,
  action: Buffer,
  metadata: ContainerMetadata,
  offset: number,
  stderr: boolean,
  level: LogLevel | undefined,
  bytes: Buffer,
  timeStart: number,
  timeEnd: number,
  text: Buffer,
  textStart: number,
  textEnd: number,
): void {
  const { tail } = metadata;
  batch.beginItem(action.length + tail.length + (textEnd - textStart) + FIXED_BYTES);
  const out = batch.bytes;
  let at = batch.length;
  at += action.copy(out, at);
  at = writeNumber(out, at, offset, 36);
  at += actionEnd.copy(out, at);
  for (let n = timeStart; n < timeEnd; n++) out[at++] = bytes[n] ?? 0;
  at += (stderr ? streamParts.stderr : streamParts.stdout).copy(out, at);
  at += text.copy(out, at, textStart, textEnd);
  at += levelParts[level ?? 'none'].copy(out, at);
  at = writeNumber(out, at, offset, 10);
  at += tail.copy(out, at);
  batch.length = at;
}

const digits = new Uint8Array(16);

/** Writes a whole number's digits without making a string. */
function writeNumber(out: Buffer, start: number, value: number, base: number): number {
  let count = 0;
  let rest = value;
  do {
    const digit = rest % base;
    digits[count++] = digit < 10 ? ZERO + digit : 87 + digit;
    rest = Math.floor(rest / base);
  } while (rest > 0);
  let at = start;
  while (count > 0) out[at++] = digits[--count] ?? ZERO;
  return at;
}
