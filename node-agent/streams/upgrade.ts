import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { messageOf, VigilError } from '../../lib/errors.ts';

/** A connection that a client asked to upgrade, with what Node read of it beyond the request. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Set once the handshake was answered: from then on a refusal can only cut the connection. */
  isAccepted?: boolean;
}

/** One WebSocket message in; clients write standard input in pieces of 32 KiB, some libraries whole files. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

export function wantsWebSocket(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
}

export function wantsSpdy(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'spdy/3.1';
}

/** The comma-separated values of a header, in the client's order of preference. */
export function offered(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The first of the client's protocols that we speak. */
export function negotiate<T extends string>(offers: readonly string[], spoken: readonly T[]): T | undefined {
  return offers.map((offer) => spoken.find((protocol) => protocol === offer)).find((found) => found !== undefined);
}

/**
 * Answers the WebSocket handshake with `subprotocol`. It is negotiated here because `ws` refuses names with a slash, which `SPDY/3.1+portforward.k8s.io` has.
 */
export function acceptWebSocket(upgrade: Upgrade, subprotocol: string | undefined): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  if (subprotocol !== undefined) {
    server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`));
  }
  const { request, socket, head } = upgrade;
  upgrade.isAccepted = true;
  delete request.headers['sec-websocket-protocol'];
  return new Promise((resolve, reject) => {
    server.on('wsClientError', (error) => {
      reject(new VigilError('WEBSOCKET_HANDSHAKE_INVALID', 'invalid', error.message, { cause: error }));
      socket.end();
    });
    server.handleUpgrade(request, socket, head, resolve);
  });
}

/** Answers the SPDY handshake; the socket carries frames from here on. */
export function acceptSpdy(upgrade: Upgrade, protocol: string): Duplex {
  const { socket, head } = upgrade;
  upgrade.isAccepted = true;
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** Refuses an upgrade with a Kubernetes Status and closes the connection. */
export function refuse(socket: Duplex, error: unknown): void {
  const { code, reason, phrase } = answerTo(error);
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(error),
    reason,
    code,
  });
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${code} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

interface Answer {
  readonly code: number;
  readonly reason: string;
  readonly phrase: string;
}

function answerTo(error: unknown): Answer {
  const errorClass = error instanceof VigilError ? error.class : 'bug';
  switch (errorClass) {
    case 'notFound':
      return { code: 404, reason: 'NotFound', phrase: 'Not Found' };
    case 'invalid':
      return { code: 400, reason: 'BadRequest', phrase: 'Bad Request' };
    case 'conflict':
      return { code: 409, reason: 'Conflict', phrase: 'Conflict' };
    case 'forbidden':
      return { code: 403, reason: 'Forbidden', phrase: 'Forbidden' };
    default:
      return { code: 500, reason: 'InternalError', phrase: 'Internal Server Error' };
  }
}
