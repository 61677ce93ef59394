import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 4096;
const TAIL_LINES = 8;

/** The last lines of a log, with the file's name before them; '' when there are none. */
export function lastLogLines(path: string): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES);
    return lines[0] === '' ? '' : `${path}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  } finally {
    closeSync(file);
  }
}
