import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

/** Cost of one check: about 50 ms and 16 MB, as the OWASP cheat sheet asks of interactive logins. */
const COST = { N: 2 ** 14, r: 8, p: 5 };
const HASH_BYTES = 32;
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** `scrypt$N$r$p$salt$hash`, both in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Whether the password is the one that was hashed; the time it takes does not depend on how much of it is right. */
export async function matchesPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parseHash(stored);
  if (!parsed) return false;
  const hash = await derive(password, parsed.salt, parsed.hash.length, parsed.cost);
  return timingSafeEqual(hash, parsed.hash);
}

export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined;
}

function parseHash(text: string): { cost: typeof COST; salt: Buffer; hash: Buffer } | undefined {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(text);
  if (!match?.[4] || !match[5]) return undefined;
  const hash = Buffer.from(match[5], 'base64');
  const cost = { N: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  // Node refuses costs that need more than 32 MB.
  if (hash.length < 16 || cost.N < 2 || 128 * cost.N * cost.r > 32 * 1024 * 1024) return undefined;
  return { cost, salt: Buffer.from(match[4], 'base64'), hash };
}
