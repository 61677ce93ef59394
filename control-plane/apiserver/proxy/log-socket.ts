import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Who reads a log has nothing to say. */
const MAX_MESSAGE_BYTES = 1024;
const SWITCHING_PROTOCOLS = 101;

type Encode = (piece: Buffer) => Buffer | string;

const asBytes: Encode = (piece) => piece;

/** How pieces are sent, by subprotocol; upstream sends bytes to whoever asks for none. */
const encodings: ReadonlyMap<string, Encode> = new Map([
  ['binary.k8s.io', asBytes],
  ['base64.binary.k8s.io', (piece) => piece.toString('base64')],
]);

/** A connection that asks to become a WebSocket, with what Node read of it beyond the request. */
export interface AskedUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/**
 * Answers the handshake and sends `log` as it comes, a message for each piece and before them an empty one, by which a client knows that the log is being read.
 * Resolves with the status of the answer; `onEnd` is called once, when the connection is closed.
 */
export async function sendOverWebSocket(
  upgrade: AskedUpgrade,
  log: AsyncIterable<Buffer>,
  onEnd: () => void,
): Promise<number> {
  const offered = (upgrade.request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const protocol = offered.find((name) => encodings.has(name));
  const encode = encodings.get(protocol ?? '') ?? asBytes;
  const socket = await accept(upgrade, protocol);
  socket.on('close', onEnd);
  socket.on('error', () => socket.terminate());
  void sendAll(socket, log, encode);
  return SWITCHING_PROTOCOLS;
}

async function sendAll(socket: WebSocket, log: AsyncIterable<Buffer>, encode: Encode): Promise<void> {
  try {
    await send(socket, encode(Buffer.alloc(0)));
    for await (const piece of log) await send(socket, encode(piece));
    socket.close(1000);
  } catch {
    // The reader is gone, or the agent: either way there is no more to say.
    socket.terminate();
  }
}

/** Loaded with the first of them: few clients read logs this way. The subprotocol is answered here, for the client may have offered its credentials beside it. */
async function accept({ request, socket, head }: AskedUpgrade, protocol: string | undefined): Promise<WebSocket> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: MAX_MESSAGE_BYTES });
  if (protocol !== undefined) server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  delete request.headers['sec-websocket-protocol'];
  return new Promise((resolve, reject) => {
    server.on('wsClientError', (error) => {
      reject(error);
      socket.end();
    });
    server.handleUpgrade(request, socket, head, resolve);
  });
}

/** Resolves when the piece is on its way: a slow reader slows the reading. */
function send(socket: WebSocket, piece: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(piece, (error) => (error ? reject(error) : resolve()));
  });
}
