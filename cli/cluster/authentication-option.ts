import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import type { OptionSpec, ParsedArguments } from '../command.ts';

/** `--authentication-config`. */
export const authenticationOptions: Readonly<Record<string, OptionSpec>> = {
  'authentication-config': {
    type: 'string',
    help: 'FILE with an AuthenticationConfiguration (apiserver.config.k8s.io/v1): tokens of other issuers that the API takes; it is read where it lies at each start of the control plane',
  },
};

/** The absolute path of the option's file; `undefined` = nothing is said. What is in it is the control plane's to judge. Throws `USAGE` when there is none. */
export function authenticationOption(args: ParsedArguments, cwd: string): string | undefined {
  const text = args.string('authentication-config');
  if (text === undefined) return undefined;
  const path = resolve(cwd, text);
  if (!existsSync(path))
    throw new VigilError('USAGE', 'invalid', `--authentication-config ${path}: there is no such file`);
  return path;
}
