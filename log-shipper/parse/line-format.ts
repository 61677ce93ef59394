import { newDockerLine, parseDockerLine } from './docker-json.ts';
import { parseCriLine } from './cri.ts';
import type { LogLine } from './log-line.ts';

/** How the lines of a file are written. */
export interface LineFormat {
  readonly name: 'docker' | 'cri';
  /** Whether text is JSON-escaped as it stands, so that it can be spliced into a document. */
  readonly isEscaped: boolean;
  /** Finds the parts of the line between `start` and `end`; false when it has another shape. */
  readonly parse: (bytes: Buffer, start: number, end: number, line: LogLine) => boolean;
}

export const dockerFormat: LineFormat = { name: 'docker', isEscaped: true, parse: parseDockerLine };
export const criFormat: LineFormat = { name: 'cri', isEscaped: false, parse: parseCriLine };

export const newLogLine = newDockerLine;

/** The format of a file, told from its first line. What is in no known format is read like Docker's, each line as text. */
export function formatOf(firstLine: Buffer): LineFormat {
  return parseCriLine(firstLine, 0, firstLine.length, newLogLine()) ? criFormat : dockerFormat;
}
