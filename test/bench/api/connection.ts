import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { ServerAddress } from './client-protocol.ts';

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
}

/** An HTTP/1.1 request as it goes over the wire. */
export function requestBytes(method: string, path: string, body = '', contentType = 'application/json'): Buffer {
  const content = body === '' ? '' : `content-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: bench\r\nuser-agent: bench\r\naccept: application/json\r\n${content}\r\n${body}`,
  );
}

export async function openSocket({ port, ca, cert, key }: ServerAddress): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, cert, key });
  socket.setNoDelay(true);
  await once(socket, 'secureConnect');
  return socket;
}

const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** A keep-alive connection that reads as little of an answer as it can: the client runs on the cores that the server runs on. */
export class Connection {
  readonly #socket: TLSSocket;
  #rest: Buffer = Buffer.alloc(0);
  #missing = 0;
  /** Of an answer in chunks, until its last one is here. `bodyBytes` counts the chunks' own lines. */
  #chunks: { readonly status: number; bodyBytes: number; tail: Buffer } | undefined;
  #answer: Answer = { status: 0, bodyBytes: 0 };
  #resolve: (answer: Answer) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#reject(error));
    socket.on('close', () => this.#reject(new Error('the server closed a connection')));
  }

  static async open(address: ServerAddress): Promise<Connection> {
    return new Connection(await openSocket(address));
  }

  /** One at a time. Resolves when the last byte of the answer is there. */
  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#chunks) {
      this.#takeChunks(chunk);
      return;
    }
    if (this.#missing > 0) {
      this.#missing -= chunk.length;
    } else {
      this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#rest.toString('latin1', 0, end);
      const status = Number(head.slice(9, 12));
      const body = this.#rest.subarray(end + 4);
      this.#rest = Buffer.alloc(0);
      if (/^transfer-encoding: chunked/im.test(head)) {
        this.#chunks = { status, bodyBytes: 0, tail: Buffer.alloc(0) };
        this.#takeChunks(body);
        return;
      }
      const bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      this.#answer = { status, bodyBytes };
      this.#missing = bodyBytes - body.length;
    }
    if (this.#missing > 0) return;
    this.#missing = 0;
    this.#resolve(this.#answer);
  }

  /** JSON has no line feed behind a carriage return, so that these bytes are the last chunk's. */
  #takeChunks(bytes: Buffer): void {
    const chunks = this.#chunks;
    if (!chunks) return;
    chunks.bodyBytes += bytes.length;
    chunks.tail = Buffer.concat([chunks.tail, bytes.subarray(-LAST_CHUNK.length)]).subarray(-LAST_CHUNK.length);
    if (!chunks.tail.equals(LAST_CHUNK)) return;
    this.#chunks = undefined;
    this.#resolve({ status: chunks.status, bodyBytes: chunks.bodyBytes });
  }
}
