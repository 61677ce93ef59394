import { patternSource } from '../../lib/log-query/pattern-source.ts';
import { parsePattern } from '../../lib/log-query/pattern.ts';
import type { LogLevel } from '../../lib/log-record.ts';
import { compareTimes, type LogLine } from './log-line.ts';

export interface LineFilterOptions {
  readonly grep: readonly string[];
  readonly exclude: readonly string[];
  readonly stream?: string | undefined;
  readonly levels?: readonly LogLevel[] | undefined;
  /** RFC 3339: inclusive and exclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** The same selection on lines from a node as the store makes on its own. Throws `QueryError` that points into a pattern. */
export function lineFilter(options: LineFilterOptions): (line: LogLine) => boolean {
  const wanted = options.grep.map((pattern) => compile('--grep', pattern));
  const unwanted = options.exclude.map((pattern) => compile('--exclude', pattern));
  const levels = options.levels === undefined ? undefined : new Set<string | undefined>(options.levels);
  return (line) =>
    (options.stream === undefined || line.stream === options.stream) &&
    (options.since === undefined || compareTimes(line.time, options.since) >= 0) &&
    (options.until === undefined || compareTimes(line.time, options.until) < 0) &&
    (levels === undefined || levels.has(line.level)) &&
    wanted.every((pattern) => pattern.test(line.message)) &&
    !unwanted.some((pattern) => pattern.test(line.message));
}

function compile(option: string, pattern: string): RegExp {
  return new RegExp(patternSource(option, parsePattern(option, pattern)));
}
