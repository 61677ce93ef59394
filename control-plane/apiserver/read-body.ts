import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge } from '../../lib/kube/status-errors.ts';

/** Reads a request's whole body. Fails with 413 as soon as it is known to be larger than `maxBytes`, and with 400 when the connection breaks. */
export function readBody(
  payload: IncomingMessage,
  maxBytes: number,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  if (Number(payload.headers['content-length']) > maxBytes) {
    done(tooLarge());
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  const leave = () => {
    payload.off('data', onData);
    payload.off('end', onEnd);
    payload.off('error', onError);
  };
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      leave();
      done(tooLarge());
    } else chunks.push(chunk);
  };
  const onEnd = () => {
    leave();
    // A copy also of a single part: it is a view of the socket's buffer.
    done(null, Buffer.concat(chunks, bytes));
  };
  const onError = (error: Error) => {
    leave();
    done(badRequest(error.message));
  };
  payload.on('data', onData);
  payload.on('end', onEnd);
  payload.on('error', onError);
}
