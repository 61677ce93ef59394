import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util';
import { VigilError } from '../lib/errors.ts';

/** What a verb knows of the world outside: passed in, so that verbs can be run in tests. */
export interface KctlContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts on Ctrl-C: every verb ends promptly and leaves nothing behind. */
  readonly signal: AbortSignal;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

export interface OptionSpec extends ParseArgsOptionDescriptor {
  /** One line for `--help`; the placeholder of a value is its first word in capitals: `FILE to read`. */
  readonly help: string;
  /** Value of an option that may stand without one: `--previous` is then `--previous=1`. Its value is only ever written behind `=`. */
  readonly implied?: string;
}

export interface ParsedArguments {
  readonly positionals: readonly string[];
  /** Everything after `--`. */
  readonly rest: readonly string[];
  flag(name: string): boolean;
  string(name: string): string | undefined;
  strings(name: string): readonly string[];
  /** Whether the option was given at all (`--x` or `--no-x`). */
  has(name: string): boolean;
}

/** One verb of kctl. `run` resolves with the exit code. */
export interface Verb {
  /** After the verb's name: `POD [-c CONTAINER]`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Whole commands, each with what it shows, for `--help`. */
  readonly examples?: readonly (readonly [command: string, what: string])[];
  run(args: ParsedArguments, context: KctlContext): Promise<number>;
}

/** Parses a verb's arguments; throws `VigilError` `USAGE` naming the option that is wrong. */
export function parseVerbArguments(verb: Pick<Verb, 'options'>, argv: readonly string[]): ParsedArguments {
  const end = argv.indexOf('--');
  const before = end < 0 ? argv : argv.slice(0, end);
  const rest = end < 0 ? [] : argv.slice(end + 1);
  const options = Object.fromEntries(
    Object.entries(verb.options).map(([name, { help: _help, implied: _implied, ...descriptor }]) => [name, descriptor]),
  );
  try {
    const parsed = parseArgs({
      args: joinNegativeNumbers(before.map((word) => withImpliedValue(verb.options, word))),
      options,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    });
    return argumentsOf(parsed.values, parsed.positionals, rest);
  } catch (error) {
    throw new VigilError('USAGE', 'invalid', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** `--previous` or `-p` with the value that it has when none is given. */
function withImpliedValue(options: Verb['options'], word: string): string {
  const option = Object.entries(options).find(
    ([long, { short, implied }]) => implied !== undefined && (word === `--${long}` || word === `-${short}`),
  );
  return option ? `--${option[0]}=${option[1].implied}` : word;
}

/** `--tail -1` means the number, as kubectl takes it, and not an option called `-1`. */
function joinNegativeNumbers(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const last = joined.at(-1);
    if (/^-\d+$/.test(word) && last !== undefined && /^--[a-z][a-z-]*$/.test(last))
      joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

function argumentsOf(
  values: Readonly<Record<string, unknown>>,
  positionals: readonly string[],
  rest: readonly string[],
): ParsedArguments {
  return {
    positionals,
    rest,
    flag: (name) => values[name] === true,
    string: (name) => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
    strings: (name) => {
      const value = values[name];
      if (Array.isArray(value)) return value.filter((item) => typeof item === 'string');
      return typeof value === 'string' ? [value] : [];
    },
    has: (name) => values[name] !== undefined,
  };
}

/** The text of `kctl VERB --help`. */
export function helpOf(name: string, verb: Verb): string {
  const lines = [verb.summary, '', `usage: kctl ${name} ${verb.usage}`.trimEnd()];
  const options = Object.entries(verb.options);
  if (options.length > 0) lines.push('', 'options:');
  for (const [long, spec] of options) {
    const value = /^[A-Z][A-Z|]*/.exec(spec.help)?.[0] ?? 'VALUE';
    const placeholder = spec.type !== 'string' ? '' : spec.implied === undefined ? ` ${value}` : `[=${value}]`;
    const left = `${spec.short ? `-${spec.short}, ` : '    '}--${long}${placeholder}`;
    lines.push(`  ${left.padEnd(30)} ${spec.help}`);
  }
  const examples = verb.examples ?? [];
  if (examples.length > 0) lines.push('', 'examples:');
  for (const [command, what] of examples) lines.push(`  ${command}`, `      ${what}`);
  return lines.join('\n');
}
