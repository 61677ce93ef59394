import { once } from 'node:events';
import { stringify } from 'yaml';
import { VigilError } from '../../lib/errors.ts';
import type { KctlContext, ParsedArguments } from '../command.ts';

export function print(context: KctlContext, text: string): void {
  context.stdout.write(`${text}\n`);
}

/** Prints when the reader has taken what came before, so that a long output is never held in memory. */
export async function printPaced(context: KctlContext, text: string): Promise<void> {
  if (!context.stdout.write(`${text}\n`)) await once(context.stdout, 'drain', { signal: context.signal });
}

/** Columns of the terminal; `undefined` when the output is piped and must be whole. */
export function columnsOf(context: KctlContext): number | undefined {
  return context.stdout.isTTY === true ? context.stdout.columns : undefined;
}

/** Prints `value` when `-o json|yaml` asks for it; false = the verb prints its text. */
export function printStructured(args: ParsedArguments, context: KctlContext, value: unknown): boolean {
  const output = args.string('output');
  if (output === undefined || output === 'wide' || output === 'name') return false;
  if (output === 'json') print(context, JSON.stringify(value, undefined, 2));
  else if (output === 'yaml') context.stdout.write(stringify(value));
  else throw new VigilError('USAGE', 'invalid', `-o ${output}: choose json or yaml`);
  return true;
}
