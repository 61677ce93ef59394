import { QueryError } from '../../lib/log-query/query-error.ts';
import { dayTimeOf, type LogLine } from './log-line.ts';

/** A template longer than this is a mistake. */
const MAX_LENGTH = 1000;
const MAX_WIDTH = 200;

/** What a template can show of a line. */
export const templateFields: Readonly<Record<string, (line: LogLine) => string>> = {
  time: (line) => line.time,
  clock: (line) => dayTimeOf(line.time),
  ns: (line) => line.namespace,
  pod: (line) => line.pod,
  container: (line) => line.container,
  node: (line) => line.node,
  stream: (line) => line.stream,
  level: (line) => line.level ?? '',
  restarts: (line) => String(line.restartCount),
  message: (line) => line.message,
};

/**
 * `{{time}} {{pod:20}} {{message}}`: fields by name, with `:N` filled up with blanks to N characters; `\n` and `\t` as they are known. Throws `QueryError` on `--output` that
 * points at the character.
 */
export function lineTemplate(text: string): (line: LogLine) => string {
  if (text.length > MAX_LENGTH)
    throw new QueryError(
      '--output',
      text,
      MAX_LENGTH,
      `at most ${MAX_LENGTH} characters expected, this one is too many`,
    );
  const parts: ((line: LogLine) => string)[] = [];
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('{{', at);
    const plain = text
      .slice(at, open < 0 ? undefined : open)
      .replaceAll(/\\([nt\\])/g, (_whole, char: string) => ({ n: '\n', t: '\t' })[char] ?? char);
    parts.push(() => plain);
    if (open < 0) break;
    const close = text.indexOf('}}', open);
    if (close < 0) throw new QueryError('--output', text, open, '"}}" expected behind this "{{"');
    parts.push(fieldPart(text, open + 2, close));
    at = close + 2;
  }
  return (line) => parts.map((part) => part(line)).join('');
}

function fieldPart(text: string, from: number, to: number): (line: LogLine) => string {
  const [, name = '', width] = /^\s*(\w*)(?::(\d{1,3}))?\s*$/.exec(text.slice(from, to)) ?? [];
  const show = Object.hasOwn(templateFields, name) ? templateFields[name] : undefined;
  if (!show) throw new QueryError('--output', text, from, `one of ${Object.keys(templateFields).join(', ')} expected`);
  if (width === undefined) return show;
  if (Number(width) > MAX_WIDTH)
    throw new QueryError('--output', text, from, `a width of at most ${MAX_WIDTH} expected`);
  return (line) => show(line).padEnd(Number(width));
}
