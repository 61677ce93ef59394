import type { Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { sendWhole } from './exchange.ts';
import { methodNotAllowed } from '../../lib/kube/status-errors.ts';

const TEXT = 'text/plain; charset=utf-8';
const badRequestText = '400 Bad Request';
/** A request line that is right but for its method. */
const requestLine = /^[A-Z]+ \S+ HTTP\/1\.[01]\r?\n/;
/** The beginning of a request is enough to know its first line. */
const MAX_LINE = 1024;

interface ParseError extends Error {
  readonly code?: string;
  readonly reason?: string;
  /** A `Buffer`, whatever the framework says of it. */
  readonly rawPacket?: unknown;
}

/** A path that is not percent-encoded as it says. */
export function refuseBadPath(response: ServerResponse): void {
  response.setHeader('connection', 'close');
  sendWhole(response, 400, badRequestText, TEXT);
}

/** Who is refused while he still sends has to be listened to for a moment, or the end of the connection overtakes the answer. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 4 * 1024 * 1024;

/** How much had been read of a connection when it was answered. */
const answered = new WeakMap<Socket, number>();

/** Answers what is no HTTP, in upstream's words, and closes the connection: nobody knows where the next request would begin. */
export function refuseMalformed(error: ParseError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const readBytes = answered.get(socket);
  if (readBytes !== undefined) {
    if (socket.bytesRead - readBytes > LINGER_BYTES) socket.destroy();
    return;
  }
  answered.set(socket, socket.bytesRead);
  if (socket.writable) socket.end(answerTo(error));
  socket.setTimeout(LINGER_MS, () => socket.destroy());
}

function answerTo({ code, reason, rawPacket }: ParseError): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return answer(431, 'Request Header Fields Too Large', '431 Request Header Fields Too Large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return answer(408, 'Request Timeout', '408 Request Timeout');
    case 'HPE_INVALID_VERSION':
      return answer(505, 'HTTP Version Not Supported', '505 HTTP Version Not Supported: unsupported protocol version');
    case 'HPE_INVALID_TRANSFER_ENCODING':
      // Both lengths at once are how requests are smuggled.
      if (reason?.includes('Content-Length')) break;
      return answer(501, 'Not Implemented', 'Unsupported transfer encoding');
    case 'HPE_INVALID_METHOD':
      if (!requestLine.test(firstLine(rawPacket))) break;
      return answer(405, 'Method Not Allowed', `${JSON.stringify(methodNotAllowed().status)}\n`, 'application/json');
    default:
  }
  return answer(400, 'Bad Request', badRequestText);
}

function answer(status: number, phrase: string, body: string, contentType = TEXT): string {
  return `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function firstLine(rawPacket: unknown): string {
  return Buffer.isBuffer(rawPacket) ? rawPacket.subarray(0, MAX_LINE).toString('latin1') : '';
}
