/**
 * One entry of Docker's json-file, found by bytes: `{"log":"…","stream":"stdout","time":"…"}` with the three fields in this order (optional `attrs` between
 * them) and nothing else. The log text stays as it is written until somebody wants it decoded.
 */
export interface JsonEntry {
  /** The still escaped text between the quotes of `log`, without the `\n` at its end if it had one. */
  readonly escaped: Buffer;
  /** False for a part of a line that goes on in the next entry. */
  readonly isLineEnd: boolean;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds, as Docker wrote it. */
  readonly time: string;
}

const PREFIX = Buffer.from('{"log":"');
const STREAM = Buffer.from('"stream":"');
const TIME = Buffer.from('"time":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;

/** `undefined` when the bytes are not an entry (torn by a crash, for instance). `line` is without its newline. */
export function parseJsonEntry(line: Buffer): JsonEntry | undefined {
  if (line.length < PREFIX.length || line.compare(PREFIX, 0, PREFIX.length, 0, PREFIX.length) !== 0) return undefined;
  const end = closingQuote(line, PREFIX.length);
  if (end < 0) return undefined;
  const streamAt = line.indexOf(STREAM, end);
  const timeAt = line.lastIndexOf(TIME);
  if (streamAt < 0 || timeAt < streamAt) return undefined;
  const timeEnd = line.indexOf(QUOTE, timeAt + TIME.length);
  if (timeEnd < 0) return undefined;
  const hasNewline =
    end - PREFIX.length >= 2 && line[end - 1] === LETTER_N && line[end - 2] === BACKSLASH && isEscape(line, end - 2);
  return {
    escaped: line.subarray(PREFIX.length, hasNewline ? end - 2 : end),
    isLineEnd: hasNewline,
    stream: line[streamAt + STREAM.length + 3] === 0x65 ? 'stderr' : 'stdout',
    time: line.toString('latin1', timeAt + TIME.length, timeEnd),
  };
}

/** The text itself: escapes undone, as UTF-8 bytes. Cheap when nothing is escaped. */
export function unescapeText(escaped: Buffer): Buffer {
  if (!escaped.includes(BACKSLASH)) return escaped;
  return Buffer.from(JSON.parse(`"${escaped.toString('utf8')}"`) as string, 'utf8');
}

/** The first quote at or after `from` that is not escaped. */
function closingQuote(line: Buffer, from: number): number {
  for (let at = line.indexOf(QUOTE, from); at >= 0; at = line.indexOf(QUOTE, at + 1)) {
    if (!isEscaped(line, at)) return at;
  }
  return -1;
}

/** True when an odd number of backslashes stands before `at`. */
function isEscaped(line: Buffer, at: number): boolean {
  let count = 0;
  for (let before = at - 1; before >= 0 && line[before] === BACKSLASH; before--) count++;
  return count % 2 === 1;
}

/** True when the backslash at `at` begins an escape, that is: is not escaped itself. */
function isEscape(line: Buffer, at: number): boolean {
  return !isEscaped(line, at);
}
