import { levelNamed, numberLevels } from '../../lib/log-level-names.ts';
import type { LogLevel } from '../../lib/log-record.ts';

/** Fields found in a line. */
export type Fields = Record<string, unknown>;

const MAX_FIELDS = 100;

/** The object that a line consists of; `undefined` when it is not one. */
export function parseJsonLine(text: string): Fields | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** `key=value key="quoted \" value" flag`; `undefined` when there is no `key=value` at all. */
export function parseLogfmt(text: string): Fields | undefined {
  const fields: Fields = {};
  let count = 0;
  for (const [, key, quoted, plain] of text.matchAll(/([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/g)) {
    if (key === undefined || count >= MAX_FIELDS) break;
    fields[key] =
      quoted === undefined
        ? plain
        : quoted.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char === 't' ? '\t' : char));
    count++;
  }
  return count > 0 ? fields : undefined;
}

/** Takes the message out of the fields: whatever it is called. */
export function takeMessage(fields: Fields): string | undefined {
  for (const key of ['message', 'msg', 'log']) {
    const value = fields[key];
    if (typeof value === 'string') {
      delete fields[key];
      return value;
    }
  }
  return undefined;
}

/** The level that the fields name. */
export function levelOfFields(fields: Fields): LogLevel | undefined {
  for (const key of ['level', 'severity', 'lvl', 'log.level']) {
    const value = fields[key];
    if (typeof value === 'number') return numberLevels[String(value)];
    if (typeof value === 'string') return levelNamed(value);
  }
  return undefined;
}
