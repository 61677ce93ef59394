import type { Environment } from '@marcbachmann/cel-js';

/** Bound on the patterns of `find` and `findAll`, which are the expression's own. */
const MAX_PATTERN_LENGTH = 1_000;

/** The functions on text that Kubernetes adds: `find`, `findAll`, `replace`, `charAt`, `format`, `quote`. */
export function addStringFunctions(environment: Environment): void {
  environment
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => regex(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction(
      'string.findAll(string): list',
      (text: string, pattern: string) => text.match(regex(pattern, 'gu')) ?? [],
    )
    .registerFunction('string.findAll(string, int): list', (text: string, pattern: string, limit: bigint) => {
      const found = text.match(regex(pattern, 'gu')) ?? [];
      return limit < 0n ? found : found.slice(0, Number(limit));
    })
    .registerFunction('string.replace(string, string): string', (text: string, what: string, by: string) =>
      text.replaceAll(what, () => by),
    )
    .registerFunction('string.replace(string, string, int): string', replaceSome)
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => Array.from(text)[Number(at)] ?? '')
    .registerFunction('string.format(list): string', (text: string, values: readonly unknown[]) =>
      format(text, values),
    );
}

function regex(pattern: string, flags = 'u'): RegExp {
  if (pattern.length > MAX_PATTERN_LENGTH) throw new Error(`a pattern may have ${MAX_PATTERN_LENGTH} characters`);
  return new RegExp(pattern, flags);
}

function replaceSome(text: string, what: string, by: string, limit: bigint): string {
  let left = limit < 0n ? Number.MAX_SAFE_INTEGER : Number(limit);
  return text.replaceAll(what, (found) => (left-- > 0 ? by : found));
}

/** `%s`, `%d`, `%f` with a precision, `%e`, `%x`, `%X`, `%o`, `%b`, `%%`. */
function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replaceAll(/%(?:\.(\d+))?([sdfexXob%])/g, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    return formatted(values[next++], verb, precision === undefined ? 6 : Number(precision));
  });
}

function formatted(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case 'f':
      return Number(value).toFixed(precision);
    case 'e':
      return Number(value).toExponential(precision);
    case 'x':
      return integer(value).toString(16);
    case 'X':
      return integer(value).toString(16).toUpperCase();
    case 'o':
      return integer(value).toString(8);
    case 'b':
      return typeof value === 'boolean' ? String(value) : integer(value).toString(2);
    default:
      return shown(value);
  }
}

function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  throw new Error('integers can be formatted in another base, other values cannot');
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, member]) => `${name}: ${shown(member)}`)
      .join(', ')}}`;
  return typeof value === 'string' ? value : `${value as number}`;
}
