import { setFlagsFromString } from 'node:v8';

/** Patterns come from users: bounded, so that none is a program. */
const MAX_PATTERN_LENGTH = 500;
/** Steps back after which V8 goes on with the engine that takes none. Usual patterns need a few dozen a line. */
const STEPS_BEFORE_LINEAR = 20_000;

/** Why a text is not a pattern, and the character (from 0) that is to blame. */
export class PatternError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * Compiles a user's pattern: what stands between slashes, or all of it. Whatever the pattern and the line, matching takes time in proportion to the line's length:
 * V8's engine that steps back gives over to its linear one when it steps back too much, and what that cannot do (look-ahead, back-references, large counts) is
 * refused. Throws `PatternError`.
 */
export function compilePattern(text: string, flags: '' | 'g'): RegExp {
  const isDelimited = text.length >= 2 && text.startsWith('/') && text.endsWith('/');
  const source = isDelimited ? text.slice(1, -1) : text;
  const shift = isDelimited ? 1 : 0;
  if (source === '') throw new PatternError('a pattern has at least one character', shift);
  if (source.length > MAX_PATTERN_LENGTH)
    throw new PatternError(`a pattern has at most ${MAX_PATTERN_LENGTH} characters`, shift + MAX_PATTERN_LENGTH);
  const compiled = tryCompile(source, flags);
  if (!(compiled instanceof RegExp)) throw new PatternError(compiled, shift + faultOf(source, compiled));
  if (linearEngine()) {
    if (tryCompile(source, 'l') instanceof RegExp) return compiled;
    const at = slowPart.exec(source)?.index ?? 0;
    throw new PatternError('look-ahead, back-references and large counts could take forever', shift + at);
  }
  const nested = nestedRepetition.exec(source);
  if (nested) throw new PatternError('a repetition inside a repetition could take forever', shift + nested.index);
  return compiled;
}

const slowPart = /\(\?[=!]|\\[1-9k]|\{\d*,?\d{2,}\}/;
const nestedRepetition = /\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/;

let isLinear: boolean | undefined;

/** Turns V8's linear engine on, once; false where it has none. */
function linearEngine(): boolean {
  if (isLinear !== undefined) return isLinear;
  setFlagsFromString('--enable-experimental-regexp-engine');
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  setFlagsFromString(`--regexp-backtracks-before-fallback=${STEPS_BEFORE_LINEAR}`);
  isLinear = tryCompile('a', 'l') instanceof RegExp;
  return isLinear;
}

/** The pattern, or why it is none. */
function tryCompile(source: string, flags: string): RegExp | string {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.slice(message.lastIndexOf(': ') + 2).toLowerCase();
  }
}

/** Where the fault is that makes V8 refuse a pattern: it does not say. */
function faultOf(source: string, message: string): number {
  const open = openPartsOf(source);
  const unclosed = open.at(-1);
  if (unclosed !== undefined && /unterminated|unclosed|missing/.test(message)) return unclosed;
  // The first character with which the pattern, otherwise completed, has the same fault.
  for (let end = 1; end <= source.length; end++) {
    const begin = source.slice(0, end);
    const closing = openPartsOf(begin)
      .map((at) => (begin[at] === '[' ? ']' : ')'))
      .toReversed()
      .join('');
    if (tryCompile(begin + closing, '') === message) return end - 1;
  }
  return source.length - 1;
}

/** Positions of the brackets and parentheses that are not closed. */
function openPartsOf(source: string): readonly number[] {
  const open: number[] = [];
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    const isInClass = source[open.at(-1) ?? -1] === '[';
    if (char === '\\') at++;
    else if (isInClass) {
      if (char === ']') open.pop();
    } else if (char === '(' || char === '[') open.push(at);
    else if (char === ')') open.pop();
  }
  return open;
}
