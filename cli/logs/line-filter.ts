import { VigilError } from '../../lib/errors.ts';
import { compareTimes, type LogLine } from './log-line.ts';

export interface LineFilterOptions {
  readonly grep: readonly string[];
  readonly exclude: readonly string[];
  readonly stream?: string | undefined;
  readonly level?: string | undefined;
  /** RFC 3339: inclusive and exclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** The same selection on lines from a node as the store makes on its own. Throws `USAGE` for a pattern that is none. */
export function lineFilter(options: LineFilterOptions): (line: LogLine) => boolean {
  const wanted = options.grep.map((pattern) => compile('--grep', pattern));
  const unwanted = options.exclude.map((pattern) => compile('--exclude', pattern));
  const level =
    options.level === undefined ? undefined : new RegExp(`\\b${options.level.replace(/[^a-z]/gi, '')}\\b`, 'i');
  return (line) =>
    (options.stream === undefined || line.stream === options.stream) &&
    (options.since === undefined || compareTimes(line.time, options.since) >= 0) &&
    (options.until === undefined || compareTimes(line.time, options.until) < 0) &&
    (level === undefined ||
      (line.level === undefined ? level.test(line.message) : line.level === options.level?.toLowerCase())) &&
    wanted.every((pattern) => pattern.test(line.message)) &&
    !unwanted.some((pattern) => pattern.test(line.message));
}

function compile(option: string, pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new VigilError('USAGE', 'invalid', `${option} "${pattern}" is not a regular expression`, { cause });
  }
}
