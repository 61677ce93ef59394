import type { Environment } from '@marcbachmann/cel-js';
import { findPattern } from './regular-expressions.ts';
import { formatString } from './string-format.ts';

/** Namespace of `strings.quote`. */
class StringFunctions {
  readonly quote = quote;
}

/** The functions on text that Kubernetes adds and the library has not: `find`, `findAll`, `replace`, `charAt`, `format`, `strings.quote`. */
export function addStringFunctions(environment: Environment): void {
  environment
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => findPattern(text, pattern, 1)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findPattern(text, pattern),
    )
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) =>
      findPattern(text, pattern, limit < 0n ? undefined : Number(limit)),
    )
    .registerFunction('string.replace(string, string): string', (text: string, what: string, by: string) =>
      replace(text, what, by, -1n),
    )
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.format(list): string', formatString)
    .registerType('StringFunctions', StringFunctions)
    .registerConstant('strings', 'StringFunctions', new StringFunctions())
    .registerFunction('StringFunctions.quote(string): string', (strings: StringFunctions, text: string) =>
      strings.quote(text),
    );
}

/** What is empty is found before each character, and at the end. */
function replace(text: string, what: string, by: string, limit: bigint): string {
  let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  if (what !== '') return text.replaceAll(what, (found) => (left-- > 0 ? by : found));
  return [...Array.from(text), ''].map((character) => (left-- > 0 ? by : '') + character).join('');
}

function charAt(text: string, at: bigint): string {
  const characters = Array.from(text);
  if (at < 0n || at > BigInt(characters.length)) throw new Error(`index out of range: ${at}`);
  return characters[Number(at)] ?? '';
}

const escapes: Readonly<Record<string, string>> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '\\': String.raw`\\`,
  '"': String.raw`\"`,
};

function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return `"${text.toWellFormed().replaceAll(/[\u0007\b\f\n\r\t\v\\"]/g, (mark) => escapes[mark] ?? mark)}"`;
}
