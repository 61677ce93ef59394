import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { User } from '../apiserver/extension.ts';
import { userOfConnection } from './client-certificate.ts';

/** Who presents a bearer token; `undefined` when it is not a token of this kind. Throws when it is one and not valid. */
export interface TokenAuthenticator {
  authenticate(token: string): Promise<User | undefined>;
}

/** The same for whoever is shown a token and asks about it: for any of the audiences given, and for which of them. */
export interface TokenReviewer {
  review(
    token: string,
    audiences: readonly string[],
  ): Promise<{ readonly user: User; readonly audiences: readonly string[] } | undefined>;
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

export interface Credentials {
  readonly socket: Socket;
  readonly headers: IncomingHttpHeaders;
}

/** Finds out who asks: by client certificate, then by bearer token; without either it is the anonymous user. `undefined`: credentials that do not hold (401). */
export class Authenticator {
  readonly #tokens: TokenAuthenticator;

  constructor(tokens: TokenAuthenticator) {
    this.#tokens = tokens;
  }

  authenticate({ socket, headers }: Credentials): User | Promise<User | undefined> {
    const byCertificate = userOfConnection(socket);
    if (byCertificate) return byCertificate;
    const token = bearerToken(headers);
    return token === undefined ? anonymous : this.#tokens.authenticate(token);
  }
}

const PROTOCOL_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** From the `Authorization` header, or, where browsers cannot set it, from a WebSocket subprotocol. */
function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  // What is no bearer token is no credential that anybody here knows.
  const match = /^Bearer +(\S+)/i.exec(headers.authorization ?? '');
  if (match) return match[1];
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const carrier = offered.find((one) => one.startsWith(PROTOCOL_PREFIX));
  return carrier === undefined
    ? undefined
    : Buffer.from(carrier.slice(PROTOCOL_PREFIX.length), 'base64url').toString('utf8');
}
