import { VigilError } from '../../lib/errors.ts';
import { checkRange, parseInstant } from '../../lib/log-query/instant.ts';
import { QueryError } from '../../lib/log-query/query-error.ts';
import { logQueryLimits } from '../../lib/log-query.ts';
import type { OptionSpec, ParsedArguments } from '../command.ts';

/** Options that choose lines, the same for `logs` and `search`. */
export const lineOptions = {
  since: { type: 'string', help: 'TIME or duration before now: 10m, 2026-01-31, 2026-01-31T10:00:00Z' },
  until: { type: 'string', help: 'TIME or duration before now' },
  grep: {
    type: 'string',
    multiple: true,
    help: 'REGEX that lines match (several: all of them); (?i) before it = in any case',
  },
  exclude: { type: 'string', multiple: true, help: 'REGEX that lines do not match' },
  stream: { type: 'string', help: 'STREAM stdout or stderr' },
  level: { type: 'string', help: "LEVEL of the lines: error, 'warn,error', '>=warn'" },
  context: {
    type: 'string',
    help: `NUMBER of lines before and after, of the same container, at most ${logQueryLimits.context}`,
  },
  histogram: { type: 'string', implied: 'auto', help: 'INTERVAL to count by instead of showing lines: 10s, 1m' },
} satisfies Readonly<Record<string, OptionSpec>>;

export interface TimeRange {
  /** RFC 3339, UTC: inclusive and exclusive. */
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** `--since` (or kubectl's `--since-time`) and `--until`. Throws `QueryError` that points at the character, or names both when they are in the wrong order. */
export function timeRangeOf(args: ParsedArguments, nowMs: number): TimeRange {
  const instant = (option: string) => {
    const text = args.string(option);
    return text === undefined ? undefined : parseInstant(`--${option}`, text, nowMs);
  };
  if (args.has('since') && args.has('since-time')) throw usage('--since and --since-time: choose one');
  const range = { since: instant('since') ?? instant('since-time'), until: instant('until') };
  try {
    checkRange(range.since, range.until);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const since = args.string('since') ?? args.string('since-time');
    throw usage(`--until ${args.string('until')} (${range.until}) is not after --since ${since} (${range.since})`);
  }
  return range;
}

export function streamOf(args: ParsedArguments): 'stdout' | 'stderr' | undefined {
  const text = args.string('stream');
  if (text === undefined || text === 'stdout' || text === 'stderr') return text;
  throw usage(`--stream ${text}: choose stdout or stderr`);
}

/** A whole number of an option. Throws `USAGE` naming the option and what it takes. */
export function wholeNumberOf(args: ParsedArguments, option: string, min: number, max: number): number | undefined {
  const text = args.string(option);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < min || number > max)
    throw usage(
      `--${option} ${text}: a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${max}`} expected`,
    );
  return number;
}

export function usage(message: string): VigilError {
  return new VigilError('USAGE', 'invalid', message);
}
