import { parseKeepingDigits } from '../../lib/exact-json.ts';
import { parsingError } from '../engine/store-error.ts';
import type { Principal } from '../security/principal.ts';

/** A request after transport: decompressed, authenticated, path decoded piece by piece. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded path segments: `/a%2Fb/_doc` → `['a/b', '_doc']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** Who asks. */
  readonly principal: Principal;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface ApiResponse {
  readonly status: number;
  /** An object becomes JSON; a string goes out as it is. */
  readonly body: unknown;
  readonly contentType?: string | undefined;
}

export function ok(body: unknown): ApiResponse {
  return { status: 200, body };
}

export const acknowledged: ApiResponse = { status: 200, body: { acknowledged: true } };

/** The body as a JSON object; empty when there is none. */
export function jsonBody(request: ApiRequest): Record<string, unknown> {
  return request.body.length === 0 ? {} : jsonObject(request.body.toString(), 'the body');
}

/** Whole numbers that would be rounded (times in nanoseconds) are strings of their digits. Errors speak of `what`. */
export function jsonObject(text: string, what: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseKeepingDigits(text);
  } catch (error) {
    throw parsingError(`${what} is not JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw parsingError(`${what} is a JSON object`);
  return parsed as Record<string, unknown>;
}

export function flag(request: ApiRequest, name: string): boolean {
  const value = request.query.get(name);
  return value === '' || value === 'true';
}
