import type { LogLine } from './log-line.ts';

const SPACE = 0x20;
const COLON = 0x3a;
const FULL = 0x46;
const PARTIAL = 0x50;
const LETTER_T = 0x54;
const streamPrefix = Buffer.from('std');
const out = Buffer.from('out ');
const err = Buffer.from('err ');
const MIN_TIME_BYTES = 20;
const MAX_TIME_BYTES = 35;

/**
 * Finds the parts of a line as container runtimes write them for the kubelet (the CRI logging format):
 *
 *     2026-01-02T03:04:05.678901234Z stdout F text
 *
 * `P` says that the line goes on in the next one of its stream. False when the line does not have this shape.
 */
export function parseCriLine(bytes: Buffer, start: number, end: number, line: LogLine): boolean {
  let timeEnd = start + MIN_TIME_BYTES;
  const furthest = Math.min(end, start + MAX_TIME_BYTES + 1);
  while (timeEnd < furthest && bytes[timeEnd] !== SPACE) timeEnd++;
  if (timeEnd >= furthest || bytes[start + 10] !== LETTER_T) return false;
  const streamAt = timeEnd + 1;
  const tagAt = streamAt + streamPrefix.length + out.length;
  if (tagAt >= end || !hasAt(bytes, streamAt, streamPrefix)) return false;
  const isStderr = hasAt(bytes, streamAt + streamPrefix.length, err);
  if (!isStderr && !hasAt(bytes, streamAt + streamPrefix.length, out)) return false;
  const tag = bytes[tagAt];
  if (tag !== FULL && tag !== PARTIAL) return false;
  // Behind the first tag there may be others, set off by colons.
  let tagEnd = tagAt + 1;
  if (bytes[tagEnd] === COLON) while (tagEnd < end && bytes[tagEnd] !== SPACE) tagEnd++;
  // An empty line may end with its tag.
  if (tagEnd < end && bytes[tagEnd] !== SPACE) return false;
  line.timeStart = start;
  line.timeEnd = timeEnd;
  line.stderr = isStderr;
  line.partial = tag === PARTIAL;
  line.textStart = Math.min(tagEnd + 1, end);
  line.textEnd = end;
  return true;
}

function hasAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let n = 0; n < wanted.length; n++) if (bytes[at + n] !== wanted[n]) return false;
  return true;
}
