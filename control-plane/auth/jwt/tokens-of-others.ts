import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../lib/clock.ts';
import { messageOf, VigilError } from '../../../lib/errors.ts';
import { yaml } from '../../../lib/lazy-yaml.ts';
import type { Logger } from '../../../lib/log.ts';
import { tokenIssuer } from '../service-account-tokens.ts';
import { parseAuthentication } from './authentication-config.ts';
import { JwtAuthenticator } from './jwt-authenticator.ts';

/** What the configuration's file (YAML or JSON) says of other issuers; `undefined` when there is no file, or it names none. Throws an error that names what is wrong. */
export async function tokensOfOthers(
  file: string | undefined,
  clock: Clock,
  log: Logger,
): Promise<JwtAuthenticator | undefined> {
  if (file === undefined) return undefined;
  const config = parseAuthentication(parsed(file, await readFile(file, 'utf8')), [tokenIssuer]);
  return config.jwt.length === 0 ? undefined : new JwtAuthenticator({ config, clock, log });
}

function parsed(file: string, text: string): unknown {
  try {
    return yaml().parse(text) as unknown;
  } catch (cause) {
    throw new VigilError('BAD_CONFIG', 'invalid', `authentication configuration ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
