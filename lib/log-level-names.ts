import { logLevels, type LogLevel } from './log-record.ts';

/** How loggers write levels, in lower case. */
export const levelNames: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  trc: 'trace',
  verbose: 'trace',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  inf: 'info',
  notice: 'info',
  information: 'info',
  warn: 'warn',
  wrn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  severe: 'error',
  fatal: 'fatal',
  ftl: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  panic: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
};

/** pino's and bunyan's numbers. */
export const numberLevels: Readonly<Record<string, LogLevel>> = {
  '10': 'trace',
  '20': 'debug',
  '30': 'info',
  '40': 'warn',
  '50': 'error',
  '60': 'fatal',
};

/** The level that a word names, in any case. */
export function levelNamed(word: string): LogLevel | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(levelNames, lower) ? levelNames[lower] : undefined;
}

/** The levels between two, from least to most severe; an absent end is open. */
export function levelsBetween(
  from: { readonly level: LogLevel; readonly isInclusive: boolean } | undefined,
  to: { readonly level: LogLevel; readonly isInclusive: boolean } | undefined,
): readonly LogLevel[] {
  const rank = (level: LogLevel) => logLevels.indexOf(level);
  return logLevels.filter(
    (level) =>
      (from === undefined || rank(level) > rank(from.level) || (from.isInclusive && level === from.level)) &&
      (to === undefined || rank(level) < rank(to.level) || (to.isInclusive && level === to.level)),
  );
}
