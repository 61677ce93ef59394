import { levelNamed, levelsBetween } from '../log-level-names.ts';
import type { LogLevel } from '../log-record.ts';
import { QueryError } from './query-error.ts';

/** The levels that a choice means: `error`, `warn,error`, `>=warn`. Throws `QueryError` on `level`. */
export function levelsOf(text: string): readonly LogLevel[] {
  const comparison = /^([<>]=?)\s*/.exec(text);
  if (comparison?.[1]) {
    const bound = { level: levelAt(text, comparison[0].length, text.length), isInclusive: comparison[1].endsWith('=') };
    return comparison[1].startsWith('>') ? levelsBetween(bound, undefined) : levelsBetween(undefined, bound);
  }
  const levels: LogLevel[] = [];
  for (let at = 0; at <= text.length;) {
    const comma = text.indexOf(',', at);
    const end = comma < 0 ? text.length : comma;
    levels.push(levelAt(text, at, end));
    at = end + 1;
  }
  return levels;
}

function levelAt(text: string, from: number, to: number): LogLevel {
  const level = levelNamed(text.slice(from, to).trim());
  if (level === undefined)
    throw new QueryError('level', text, from, 'a level (trace, debug, info, warn, error, fatal) expected');
  return level;
}
