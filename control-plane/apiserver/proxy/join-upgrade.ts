import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { serviceUnavailable } from '../../../lib/kube/status-errors.ts';

const SWITCHING_PROTOCOLS = 101;
/** Of an answer to an upgrade no more than this may stand before its body. */
const MAX_HEAD_BYTES = 64 * 1024;
/** For the backend to agree, or to say all of why it does not. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Sends an upgrade to a backend and joins the two connections when it agrees. Before that, and when it refuses, nothing that the client sends goes on: the
 * connection is this server's, with this server's certificate, and whatever else came over it would be taken for this server's word. Resolves with the status
 * of the answer, or rejects when there is none. `onEnd` is called once, when both sides are closed.
 */
export function joinUpgrade(
  client: Duplex,
  backend: Socket,
  request: { readonly head: string; readonly rest: Buffer },
  onEnd: () => void,
): Promise<number> {
  (client as Socket).setTimeout?.(0);
  (client as Socket).setNoDelay?.(true);
  let isOver = false;
  return new Promise((resolve, reject) => {
    const end = () => {
      if (isOver) return;
      isOver = true;
      onEnd();
      client.destroy();
      backend.destroy();
    };
    /** Before there is an answer the client is told of the failure in words. */
    const fail = () => {
      isOver = true;
      onEnd();
      backend.destroy();
      reject(serviceUnavailable('the connection was closed before the upgrade was answered'));
    };
    let onClosed = fail;
    const closed = () => {
      if (!isOver) onClosed();
    };
    for (const side of [client, backend]) side.on('error', closed).on('close', closed);
    backend.setTimeout(ANSWER_TIMEOUT_MS, closed);
    let received = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) {
        if (received.length > MAX_HEAD_BYTES) closed();
        return;
      }
      backend.off('data', onData);
      onClosed = end;
      const head = received.toString('latin1', 0, headEnd);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
      resolve(status);
      client.write(received);
      if (status === SWITCHING_PROTOCOLS) {
        backend.setTimeout(0);
        if (request.rest.length > 0) backend.write(request.rest);
        client.pipe(backend);
        backend.pipe(client);
      } else passRefusal(client, backend, head, received.length - headEnd - 4);
    };
    backend.on('data', onData);
    backend.write(request.head);
  });
}

/** The rest of an ordinary answer, after which both connections end. */
function passRefusal(client: Duplex, backend: Socket, head: string, alreadyBytes: number): void {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  let leftBytes = length === undefined ? Number.POSITIVE_INFINITY : Number(length) - alreadyBytes;
  client.resume();
  if (leftBytes <= 0) {
    client.end();
    return;
  }
  backend.on('data', (chunk: Buffer) => {
    client.write(chunk);
    leftBytes -= chunk.length;
    if (leftBytes <= 0) client.end();
  });
  backend.once('end', () => client.end());
}
