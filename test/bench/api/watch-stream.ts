import type { TLSSocket } from 'node:tls';
import type { ServerAddress } from './client-protocol.ts';
import { openSocket, requestBytes } from './connection.ts';

/** The query of a watch of what happens from now on. */
export const PODS_WATCH = '?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';

const LINE_FEED = 10;
const CLOSING_BRACE = 125;
const nameField = Buffer.from('"name":"');

/**
 * A watch that tells the name in each event when its last byte is there. Objects come as single lines that end in a brace, which the lines of chunked encoding
 * never do: so neither needs to be parsed.
 */
export class WatchStream {
  readonly #socket: TLSSocket;
  readonly #onEvent: (name: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: TLSSocket, onEvent: (name: string) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
  }

  /** Resolves when the server has begun to answer. `path` has the query. */
  static async open(address: ServerAddress, path: string, onEvent: (name: string) => void): Promise<WatchStream> {
    const socket = await openSocket(address);
    const stream = new WatchStream(socket, onEvent);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', (chunk: Buffer) => {
        if (chunk.toString('latin1', 0, 12).endsWith('200')) resolve();
        else reject(new Error(chunk.toString('latin1')));
      });
      socket.on('data', (chunk: Buffer) => stream.#take(chunk));
      socket.write(requestBytes('GET', path));
    });
    return stream;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let start = 0;
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
      if (at === 0 || bytes[at - 1] !== CLOSING_BRACE) continue;
      const from = bytes.indexOf(nameField, start) + nameField.length;
      this.#onEvent(bytes.toString('latin1', from, bytes.indexOf('"', from)));
      start = at + 1;
    }
    this.#rest = bytes.subarray(start);
  }
}
