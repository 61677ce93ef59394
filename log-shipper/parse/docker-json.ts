/**
 * Finds the parts of a line of Docker's json-file without parsing it:
 *
 *     {"log":"GET / 200\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}
 *
 * The text between the quotes of `log` is already JSON-escaped, so it can be spliced into another document as it is.
 */
export interface DockerLine {
  /** Bounds of the escaped text, without the final `\n`. */
  textStart: number;
  textEnd: number;
  /** No final `\n`: the line goes on in the next entry of the same stream. */
  partial: boolean;
  stderr: boolean;
  /** Bounds of the RFC 3339 time. */
  timeStart: number;
  timeEnd: number;
}

export function newDockerLine(): DockerLine {
  return { textStart: 0, textEnd: 0, partial: false, stderr: false, timeStart: 0, timeEnd: 0 };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7d;
const LOWER_N = 0x6e;
const prefix = Buffer.from('{"log":"');
const timeKey = Buffer.from('","time":"');
const stdoutKey = Buffer.from('","stream":"stdout');
const stderrKey = Buffer.from('","stream":"stderr');
/** `2026-01-02T03:04:05.678901234Z` or with an offset instead of `Z`. */
const MAX_TIME_BYTES = 35;
const MIN_TIME_BYTES = 20;

/** Reads the entry between `start` and `end` (without the newline) into `line`; false when it does not have exactly this shape. */
export function parseDockerLine(bytes: Buffer, start: number, end: number, line: DockerLine): boolean {
  if (end - start < prefix.length + timeKey.length + stdoutKey.length + MIN_TIME_BYTES) return false;
  if (bytes[end - 1] !== BRACE || bytes[end - 2] !== QUOTE || !hasAt(bytes, start, prefix)) return false;
  const timeEnd = end - 2;
  let timeStart = timeEnd - MIN_TIME_BYTES;
  const lowest = timeEnd - MAX_TIME_BYTES;
  while (timeStart >= lowest && bytes[timeStart - 1] !== QUOTE) timeStart--;
  if (!hasAt(bytes, timeStart - timeKey.length, timeKey)) return false;
  const streamAt = timeStart - timeKey.length - stdoutKey.length;
  if (hasAt(bytes, streamAt, stdoutKey)) line.stderr = false;
  else if (hasAt(bytes, streamAt, stderrKey)) line.stderr = true;
  else return false;
  const textStart = start + prefix.length;
  if (streamAt < textStart) return false;
  line.timeStart = timeStart;
  line.timeEnd = timeEnd;
  line.textStart = textStart;
  line.partial = !endsWithNewline(bytes, textStart, streamAt);
  line.textEnd = line.partial ? streamAt : streamAt - 2;
  return true;
}

/** Whether escaped text ends in the two bytes `\n` that stand for a newline, not in an escaped backslash before the letter n. */
function endsWithNewline(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 2 || bytes[end - 1] !== LOWER_N) return false;
  let backslashes = 0;
  while (end - 2 - backslashes >= start && bytes[end - 2 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function hasAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let n = 0; n < wanted.length; n++) if (bytes[at + n] !== wanted[n]) return false;
  return true;
}

/** The same for entries of another shape (more attributes, other order): by a real parser, for which the text is escaped again. */
export interface ParsedEntry {
  readonly text: string;
  readonly partial: boolean;
  readonly stderr: boolean;
  readonly time: string;
}

export function parseDockerEntry(bytes: Buffer, start: number, end: number): ParsedEntry | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { log, stream, time } = parsed as Record<string, unknown>;
  if (typeof log !== 'string' || typeof time !== 'string') return undefined;
  const partial = !log.endsWith('\n');
  return { text: partial ? log : log.slice(0, -1), partial, stderr: stream === 'stderr', time };
}
