import { connect } from 'node:tls';
import type { Identity } from '../control-plane-process.ts';

/** What is sent, byte for byte: nothing is checked, encoded or mended on the way. */
export interface Sent {
  /** The request line and headers, without what `sendRaw` adds. */
  readonly head: string;
  /** A function is asked for one more piece for as long as the server takes them. */
  readonly body?: Buffer | (() => Buffer);
  /** Without the administrator's certificate. */
  readonly isAnonymous?: boolean;
}

/** What came back before the server closed the connection. */
export interface Received {
  /** 0: it closed the connection without a word. */
  readonly status: number;
  /** By lower-case name; the values of repeated headers are joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Server {
  readonly port: number;
  readonly ca: string;
  readonly admin: Identity;
}

const WAIT_MS = 20_000;
/** More than any limit of the server: whoever is sent this much has not refused. */
const MAX_SENT_BYTES = 64 * 1024 * 1024;

/** Sends one request on a connection of its own and reads until the server closes it. */
export function sendRaw(server: Server, { head, body, isAnonymous = false }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: server.port,
      ca: server.ca,
      servername: '',
      ...(isAnonymous ? {} : server.admin),
    });
    const received: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer in ${WAIT_MS} ms to ${head.slice(0, 200)}`));
    }, WAIT_MS);
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      if (isWhole(Buffer.concat(received))) socket.destroy();
    });
    // A server that refuses a body may close while it is still being sent.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(parseAnswer(Buffer.concat(received)));
    });
    socket.on('secureConnect', () => {
      socket.write(Buffer.from(head, 'latin1'));
      if (typeof body === 'function') pour(socket, body);
      else if (body) socket.write(body);
    });
  });
}

function pour(socket: ReturnType<typeof connect>, piece: () => Buffer): void {
  let sentBytes = 0;
  const more = () => {
    while (!socket.destroyed && sentBytes < MAX_SENT_BYTES) {
      const next = piece();
      sentBytes += next.length;
      if (!socket.write(next)) return;
    }
  };
  socket.on('drain', more);
  more();
}

/** An answer whose length was told; of others only the end of the connection tells. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.subarray(0, end).toString('latin1'))?.[1];
  return length !== undefined && bytes.length >= end + 4 + Number(length);
}

function parseAnswer(bytes: Buffer): Received {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return { status: 0, headers: new Map(), body: '' };
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  const rest = bytes.subarray(end + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? joinChunks(rest) : rest;
  return { status: Number(first.split(' ')[1]), headers, body: body.toString('utf8') };
}

function joinChunks(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    if (!(size > 0)) break;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
