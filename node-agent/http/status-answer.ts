import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { VigilError } from '../../lib/errors.ts';
import type { Status } from '../../lib/kube/types.ts';

const codes: Readonly<Record<string, readonly [number, string]>> = {
  invalid: [400, 'BadRequest'],
  notFound: [404, 'NotFound'],
  conflict: [409, 'Conflict'],
  gone: [410, 'Gone'],
  forbidden: [403, 'Forbidden'],
  transient: [503, 'ServiceUnavailable'],
};

/** What an error is told as; only errors made for callers show their message. */
export function statusOfThrown(error: unknown): Status {
  if (error instanceof VigilError) {
    const [code, reason] = codes[error.class] ?? [500, 'InternalError'];
    return statusOf(code, reason, error.message);
  }
  return statusOf(500, 'InternalError', 'the node agent failed to answer');
}

export function statusOf(code: number, reason: string, message: string): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

export function answerStatus(response: ServerResponse, status: Status): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status.code ?? 500, { 'content-type': 'application/json' });
  response.end(JSON.stringify(status));
}

/** The same on a connection that asked for an upgrade. */
export function refuseUpgrade(socket: Duplex, status: Status): void {
  const body = JSON.stringify(status);
  const code = status.code ?? 500;
  socket.end(
    `HTTP/1.1 ${code} ${status.reason ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
