import { open, type FileHandle } from 'node:fs/promises';
import { parseJsonEntry, unescapeText } from './json-entry.ts';

/** So much of the end of a log is searched for its last lines; longer lines are cut anyway. */
const MAX_TAIL_BYTES = 512 * 1024;

const NEWLINE = Buffer.from('\n');

/** The last `count` lines of a json-file, oldest first, each at most `maxLineBytes` long. Empty when the file is gone. */
export async function lastLines(path: string, count: number, maxLineBytes: number): Promise<string[]> {
  const lines = await endOf(path, count);
  return lines.map(({ text }) => text.subarray(0, maxLineBytes).toString('utf8'));
}

/** The end of a log as it was written, a line that was not ended staying so: at most `count` lines and `maxBytes`. Empty when the file is gone. */
export async function endOfLog(path: string, count: number, maxBytes: number): Promise<string> {
  const lines = await endOf(path, count);
  const bytes = Buffer.concat(lines.flatMap(({ text, isEnded }) => (isEnded ? [text, NEWLINE] : [text])));
  return bytes.subarray(-maxBytes).toString('utf8');
}

interface LoggedLine {
  readonly text: Buffer;
  /** False for what was written without a newline at the end of the log. */
  readonly isEnded: boolean;
}

async function endOf(path: string, count: number): Promise<readonly LoggedLine[]> {
  const current = await tailOf(path);
  const lines = current === undefined ? [] : linesIn(current);
  if (lines.length < count) {
    // Rotated a moment ago: what is missing lies in the file before.
    const before = await tailOf(`${path}.1`);
    if (before) lines.unshift(...linesIn(before));
  }
  return lines.slice(-count);
}

async function tailOf(path: string): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = await file.stat();
    const length = Math.min(size, MAX_TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const bytes = buffer.subarray(0, bytesRead);
    // Begin at a whole entry.
    return length === size ? bytes : bytes.subarray(bytes.indexOf(10) + 1);
  } finally {
    await file.close();
  }
}

function linesIn(bytes: Buffer): LoggedLine[] {
  const lines: LoggedLine[] = [];
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const entry = parseJsonEntry(bytes.subarray(start, end));
    start = end + 1;
    if (!entry) continue;
    parts[entry.stream].push(unescapeText(entry.escaped));
    if (!entry.isLineEnd) continue;
    lines.push({ text: Buffer.concat(parts[entry.stream]), isEnded: true });
    parts[entry.stream] = [];
  }
  for (const rest of [parts.stdout, parts.stderr])
    if (rest.length > 0) lines.push({ text: Buffer.concat(rest), isEnded: false });
  return lines;
}
