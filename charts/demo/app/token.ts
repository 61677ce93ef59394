import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Claims {
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

const header = encode({ alg: 'HS256', typ: 'JWT' });

/** A JSON Web Token (RFC 7519) signed with HMAC-SHA256. */
export function issueToken(claims: Claims, key: string): string {
  const body = `${header}.${encode(claims)}`;
  return `${body}.${sign(body, key)}`;
}

/** The claims of a token that `key` signed and that has not run out; otherwise `undefined`. */
export function verifyToken(token: string, key: string, nowMs: number): Claims | undefined {
  const [head, payload, signature] = token.split('.');
  if (key === '' || head !== header || payload === undefined || signature === undefined) return undefined;
  const expected = Buffer.from(sign(`${head}.${payload}`, key));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return isClaims(claims) && claims.exp * 1000 > nowMs ? claims : undefined;
}

function isClaims(value: unknown): value is Claims {
  return (
    typeof value === 'object' && value !== null && 'sub' in value && 'exp' in value && typeof value.exp === 'number'
  );
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(body: string, key: string): string {
  return createHmac('sha256', key).update(body).digest('base64url');
}
